//! [`Components`]: the schemas that a document has under a name.

use std::collections::{BTreeMap, BTreeSet};

use kinoko_manifest::Schema;
use serde_json::{Map, Value};

use crate::schema::{Fingerprint, Fingerprints};

/// Where the components are.
const PLACE: &str = "#/components/schemas/";

/// Named schemas, in the order of their names. Those of two services that share a name and do not mean the same get
/// the service's before it.
#[derive(Debug, Default)]
pub(super) struct Components {
    schemas: BTreeMap<String, Value>,
    /// Of each schema what it was made from: itself, and all that it refers to.
    meanings: BTreeMap<String, Fingerprint>,
    /// The components as they came, each with the name it had before it had one here.
    order: Vec<(String, String)>,
    fingerprints: Fingerprints,
}

impl Components {
    /// Of these meanings are the same what is the same by those of others with the same `fingerprints`.
    pub(super) fn new(fingerprints: Fingerprints) -> Components {
        Components { fingerprints, ..Components::default() }
    }

    /// A schema as it stands in the document: what it refers to is a component.
    pub(super) fn place(&mut self, service: &str, schema: &Schema) -> Value {
        let none = Map::new();
        let types = schema.get("$defs").and_then(Value::as_object).unwrap_or(&none);
        let meanings = self.meanings_of(types);
        let mut names = BTreeMap::new();
        let mut new = Vec::new();
        for ((name, of), meaning) in types.iter().zip(meanings) {
            let (component, is_new) = self.name(service, &plain(name), meaning);
            if is_new {
                new.push((component.clone(), of));
            }
            names.insert(name.as_str(), component);
        }
        for (component, of) in new {
            self.schemas.insert(component, referred(of, &names));
        }
        referred(schema, &names)
    }

    /// Gives the first so many components of a service's own document names here. Says which are new, by the names
    /// they had there, and which of all are called something else here.
    pub(super) fn absorb(&mut self, service: &str, other: &Components, count: usize) -> Absorbed {
        let mut absorbed = Absorbed::default();
        for (before, there) in other.order.iter().take(count) {
            let (here, is_new) = self.name(service, before, other.meanings[there]);
            if is_new {
                absorbed.new.push((there.clone(), here.clone()));
            }
            if here != *there {
                absorbed.renamed.insert(there.clone(), here);
            }
        }
        absorbed
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// Of each type what it means: what is said of it, and of those it refers to, be it by way of others.
    fn meanings_of(&self, types: &Map<String, Value>) -> Vec<Fingerprint> {
        let said: BTreeMap<&str, _> = types
            .iter()
            .map(|(name, of)| {
                let mut refers = BTreeSet::new();
                references(of, &mut refers);
                (name.as_str(), (self.fingerprints.of(of), refers))
            })
            .collect();
        let meaning = |name: &str| {
            let mut all = BTreeMap::new();
            let mut open = vec![name];
            while let Some(name) = open.pop() {
                if let Some((name, (said, refers))) = said.get_key_value(name)
                    && all.insert(*name, *said).is_none()
                {
                    open.extend(refers);
                }
            }
            self.fingerprints.of(&all)
        };
        types.keys().map(|it| meaning(it)).collect()
    }

    /// The name a type has in the document: one that is free, which is its own from now on, or that of what means
    /// the same. And whether it is new.
    fn name(&mut self, service: &str, name: &str, meaning: Fingerprint) -> (String, bool) {
        let with_service = format!("{}.{name}", plain(service));
        let numbered = (2..).map(|number| format!("{with_service}{number}"));
        let candidates = [name.to_owned(), with_service.clone()].into_iter().chain(numbered);
        let free = |it: &String| self.meanings.get(it).is_none_or(|there| *there == meaning);
        let component = candidates.into_iter().find(free).unwrap_or(with_service);
        let is_new = self.meanings.insert(component.clone(), meaning).is_none();
        if is_new {
            self.order.push((name.to_owned(), component.clone()));
        }
        (component, is_new)
    }

    /// The schemas, which are not here any more.
    pub(super) fn take(&mut self) -> Map<String, Value> {
        std::mem::take(&mut self.schemas).into_iter().collect()
    }
}

/// What became of the components of another document: each with its name there, and its name here.
#[derive(Default)]
pub(super) struct Absorbed {
    pub(super) new: Vec<(String, String)>,
    renamed: BTreeMap<String, String>,
}

impl Absorbed {
    /// Gives the components that a part of a document refers to their names here; the part is text already.
    pub(super) fn rename(&self, text: String) -> String {
        if self.renamed.is_empty() {
            return text;
        }
        // Within a string there is a backslash before each quote, so this is nothing but a reference.
        let begin = format!("\"$ref\": \"{PLACE}");
        let (mut renamed, mut rest) = (String::with_capacity(text.len()), text.as_str());
        while let Some(at) = rest.find(&begin) {
            let (before, name) = rest.split_at(at + begin.len());
            let (name, after) = name.split_at(name.find('"').unwrap_or(name.len()));
            renamed.push_str(before);
            renamed.push_str(self.renamed.get(name).map_or(name, String::as_str));
            rest = after;
        }
        renamed.push_str(rest);
        renamed
    }
}

/// A name with nothing in it but what a component's may have: letters, digits, dots, dashes and underlines.
fn plain(name: &str) -> String {
    let allowed = |it: char| it.is_ascii_alphanumeric() || "._-".contains(it);
    name.chars().map(|it| if allowed(it) { it } else { '_' }).collect()
}

/// The types a schema refers to itself.
fn references<'a>(schema: &'a Value, found: &mut BTreeSet<&'a str>) {
    match schema {
        Value::Object(keywords) => {
            let reference = keywords.get("$ref").and_then(Value::as_str);
            found.extend(reference.and_then(|it| it.strip_prefix("#/$defs/")));
            keywords.values().for_each(|it| references(it, found));
        }
        Value::Array(items) => items.iter().for_each(|it| references(it, found)),
        _ => {}
    }
}

/// A schema with its references turned to components, and without what only a document of its own has.
fn referred(schema: &Value, names: &BTreeMap<&str, String>) -> Value {
    let Value::Object(keywords) = schema else { return schema.clone() };
    let of_the_document = |keyword: &str| matches!(keyword, "$schema" | "$defs");
    let kept = keywords.iter().filter(|(keyword, _)| !of_the_document(keyword));
    let mut schema = kept.map(|(keyword, it)| (keyword.clone(), it.clone())).collect();
    refer(&mut schema, names);
    schema
}

fn refer(value: &mut Value, names: &BTreeMap<&str, String>) {
    match value {
        Value::Object(keywords) => {
            for (keyword, value) in keywords {
                match value {
                    Value::String(reference) if keyword == "$ref" => {
                        let name = reference.strip_prefix("#/$defs/").unwrap_or(reference);
                        let name = names.get(name).map_or(name, String::as_str);
                        *reference = format!("{PLACE}{name}");
                    }
                    value => refer(value, names),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|it| refer(it, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Components;

    #[test]
    fn types_that_refer_to_what_differs_differ() {
        let mut components = Components::default();
        let schema = |of: &str| json!({"$ref": "#/$defs/Line", "$defs": {"Line": {"items": {"$ref": "#/$defs/Item"}}, "Item": {"type": of}}});
        for (service, of, line) in
            [("a", "string", "Line"), ("b", "integer", "b.Line"), ("c", "string", "Line")]
        {
            let reference = format!("#/components/schemas/{line}");
            assert_eq!(components.place(service, &schema(of)), json!({"$ref": reference}));
        }
        let schemas = components.take();
        assert_eq!(schemas["Line"], json!({"items": {"$ref": "#/components/schemas/Item"}}));
        assert_eq!(schemas["b.Line"], json!({"items": {"$ref": "#/components/schemas/b.Item"}}));
        assert_eq!(schemas["b.Item"], json!({"type": "integer"}));
    }

    #[test]
    fn types_of_one_name_and_two_meanings_are_kept_apart() {
        let mut components = Components::default();
        let schema = |of: &str| json!({"$schema": "x", "$ref": "#/$defs/Line", "$defs": {"Line": {"type": of}}});
        assert_eq!(
            components.place("a", &schema("string")),
            json!({"$ref": "#/components/schemas/Line"})
        );
        assert_eq!(
            components.place("b", &schema("string")),
            json!({"$ref": "#/components/schemas/Line"})
        );
        assert_eq!(
            components.place("b", &schema("integer")),
            json!({"$ref": "#/components/schemas/b.Line"})
        );
        let names: Vec<String> = components.take().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["Line", "b.Line"]);
    }
}
