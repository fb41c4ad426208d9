//! [`Components`]: the schemas that a document has under a name.

use std::collections::BTreeMap;

use kinoko_manifest::Schema;
use serde_json::{Map, Value, json};

/// Named schemas, in the order of their names. Those of two services that share a name and are not the same get the
/// service's before it.
#[derive(Debug, Default)]
pub(super) struct Components {
    schemas: BTreeMap<String, Value>,
}

impl Components {
    /// A schema as it stands in the document: what it refers to is a component.
    pub(super) fn place(&mut self, service: &str, schema: &Schema) -> Value {
        let types = schema.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default();
        let mut names = BTreeMap::new();
        for (name, of) in &types {
            names.insert(name.clone(), self.name(service, name, of));
        }
        for (name, of) in &types {
            self.schemas.insert(names[name].clone(), referred(of, &names));
        }
        referred(schema, &names)
    }

    /// The name a type has in the document.
    fn name(&self, service: &str, name: &str, of: &Value) -> String {
        // A name of a component has letters, digits, dots, dashes and underlines.
        let plain: String = name
            .chars()
            .map(|it| if it.is_ascii_alphanumeric() || "._-".contains(it) { it } else { '_' })
            .collect();
        let with_service = format!("{service}.{plain}");
        let numbered = (2..).map(|number| format!("{with_service}{number}"));
        let candidates = [plain.clone(), with_service.clone()].into_iter().chain(numbered);
        let identity = |it: &String| BTreeMap::from([(name.to_owned(), it.clone())]);
        // References to other types are compared by their names alone, which is how they are told apart.
        let free = |it: &String| {
            self.schemas.get(it).is_none_or(|there| *there == referred(of, &identity(it)))
        };
        candidates.into_iter().find(free).unwrap_or(with_service)
    }

    pub(super) fn into_json(self) -> Map<String, Value> {
        self.schemas.into_iter().collect()
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
