//! Types as a page shows them: in a few words, and what is in them.

use askama::Template;
use kinoko_manifest::Schema;
use serde_json::Value;

use super::prose as filters;
use crate::schema::{Alternative, Id, Shapes};

/// A type.
#[derive(Template)]
#[template(path = "type.html", whitespace = "minimize")]
pub(super) struct Type {
    /// In a few words: `list of Line`.
    pub(super) text: String,
    /// Its documentation.
    pub(super) docs: String,
    /// The fields, of an object.
    pub(super) fields: Vec<Field>,
    /// The named types it is put together from.
    pub(super) types: Vec<Named>,
}

pub(super) struct Field {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) required: bool,
    pub(super) docs: String,
}

pub(super) struct Named {
    pub(super) name: String,
    pub(super) docs: String,
    pub(super) fields: Vec<Field>,
    /// What it may be, of one that is no plain object: a value or variant, and what it means.
    pub(super) values: Vec<(String, String)>,
}

/// The type of a schema, and its shape.
pub(super) fn of(shapes: &mut Shapes, schema: &Schema) -> (Type, Id) {
    let (id, ids) = shapes.add_with_types(schema);
    let types = schema.get("$defs").and_then(Value::as_object).into_iter().flatten();
    let mut named = Vec::new();
    for ((name, of), id) in types.zip(ids) {
        named.push(Named {
            name: name.clone(),
            docs: text(of, "description"),
            fields: fields(shapes, id, of),
            values: values(shapes, of),
        });
    }
    let of = Type {
        text: shapes.describe(id),
        docs: text(schema, "description"),
        fields: fields(shapes, id, schema),
        types: named,
    };
    (of, id)
}

/// The fields of a schema that is one plain object.
fn fields(shapes: &Shapes, id: Id, schema: &Schema) -> Vec<Field> {
    let [Alternative::Object(objects)] = shapes.shape(id).alternatives.as_slice() else {
        return Vec::new();
    };
    let said = |name: &str| {
        let property = schema.get("properties").and_then(|it| it.get(name));
        property.map(|it| text(it, "description")).unwrap_or_default()
    };
    let field = |(name, field): (&String, &crate::schema::Field)| Field {
        name: name.clone(),
        text: shapes.describe(field.shape),
        required: field.required,
        docs: said(name),
    };
    objects.fields.iter().map(field).collect()
}

/// The values or variants of a schema that is a choice.
fn values(shapes: &mut Shapes, schema: &Schema) -> Vec<(String, String)> {
    let mut one = |it: &Value| -> String {
        if let Some(value) = it.get("const") {
            return value.to_string();
        }
        let id = shapes.add(it);
        shapes.describe(id)
    };
    let list = |key: &str| schema.get(key).and_then(Value::as_array);
    if let Some(values) = list("enum") {
        return values.iter().map(|it| (it.to_string(), String::new())).collect();
    }
    let parts = list("oneOf").or_else(|| list("anyOf"));
    parts.into_iter().flatten().map(|it| (one(it), text(it, "description"))).collect()
}

fn text(schema: &Value, key: &str) -> String {
    schema.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// An example of a schema, as indented JSON; empty when there is none.
pub(super) fn example(shapes: &Shapes, id: Id) -> String {
    shapes.example(id).map(|it| format!("{it:#}")).unwrap_or_default()
}
