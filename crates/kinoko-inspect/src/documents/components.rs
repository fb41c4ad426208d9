//! [`Components`]: the schemas that a document has under a name.

use std::collections::BTreeMap;

use kinoko_manifest::Schema;
use serde_json::{Map, Value, json};

use crate::schema::{Fingerprint, Fingerprints};

/// Named schemas, in the order of their names. Those of two services that share a name and do not mean the same get
/// the service's before it.
#[derive(Debug, Default)]
pub(super) struct Components {
    schemas: BTreeMap<String, Value>,
    /// Of each schema what it was made from: itself, and all that it refers to.
    meanings: BTreeMap<String, Fingerprint>,
    fingerprints: Fingerprints,
}

impl Components {
    /// A schema as it stands in the document: what it refers to is a component.
    pub(super) fn place(&mut self, service: &str, schema: &Schema) -> Value {
        let none = Map::new();
        let types = schema.get("$defs").and_then(Value::as_object).unwrap_or(&none);
        let mut names = BTreeMap::new();
        let mut new = Vec::new();
        for (name, of) in types {
            let meaning = self.fingerprints.of(&with_what_it_needs(name, types));
            let component = self.name(service, name, meaning);
            if self.meanings.insert(component.clone(), meaning).is_none() {
                new.push((component.clone(), of));
            }
            names.insert(name.clone(), component);
        }
        for (component, of) in new {
            self.schemas.insert(component, referred(of, &names));
        }
        referred(schema, &names)
    }

    /// The name a type has in the document: one that is free, or that of what means the same.
    fn name(&self, service: &str, name: &str, meaning: Fingerprint) -> String {
        // A name of a component has letters, digits, dots, dashes and underlines.
        let plain = |name: &str| -> String {
            let allowed = |it: char| it.is_ascii_alphanumeric() || "._-".contains(it);
            name.chars().map(|it| if allowed(it) { it } else { '_' }).collect()
        };
        let (plain, service) = (plain(name), plain(service));
        let with_service = format!("{service}.{plain}");
        let numbered = (2..).map(|number| format!("{with_service}{number}"));
        let candidates = [plain, with_service.clone()].into_iter().chain(numbered);
        let free = |it: &String| self.meanings.get(it).is_none_or(|there| *there == meaning);
        candidates.into_iter().find(free).unwrap_or(with_service)
    }

    pub(super) fn into_json(self) -> Map<String, Value> {
        self.schemas.into_iter().collect()
    }
}

/// A type and those it refers to, be it by way of others.
fn with_what_it_needs<'a>(
    name: &'a str,
    types: &'a Map<String, Value>,
) -> BTreeMap<&'a str, &'a Value> {
    let mut all = BTreeMap::new();
    let mut open = vec![name];
    while let Some(name) = open.pop() {
        if let Some(of) = types.get(name)
            && all.insert(name, of).is_none()
        {
            references(of, &mut open);
        }
    }
    all
}

/// The types a schema refers to itself.
fn references<'a>(schema: &'a Value, found: &mut Vec<&'a str>) {
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
fn referred(schema: &Value, names: &BTreeMap<String, String>) -> Value {
    match schema {
        Value::Object(keywords) => {
            let mut kept = Map::new();
            for (key, value) in keywords {
                match (key.as_str(), value) {
                    ("$schema" | "$defs", _) => {}
                    ("$ref", Value::String(reference)) => {
                        let name = reference.strip_prefix("#/$defs/").unwrap_or(reference);
                        let name = names.get(name).map_or(name, String::as_str);
                        kept.insert(key.clone(), json!(format!("#/components/schemas/{name}")));
                    }
                    _ => drop(kept.insert(key.clone(), referred(value, names))),
                }
            }
            Value::Object(kept)
        }
        Value::Array(items) => items.iter().map(|it| referred(it, names)).collect(),
        scalar => scalar.clone(),
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
        let schemas = components.into_json();
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
        let names: Vec<String> = components.into_json().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["Line", "b.Line"]);
    }
}
