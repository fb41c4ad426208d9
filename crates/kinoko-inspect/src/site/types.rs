//! Types as a page shows them: in a few words, and what is in them.

use kinoko_manifest::Schema;
use serde::Serialize;
use serde_json::Value;

use crate::schema::{Alternative, Id, Shapes};

/// A type.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Type {
    /// In a few words: `list of Line`.
    text: String,
    /// Its documentation.
    docs: String,
    /// The fields, of an object.
    fields: Vec<Field>,
    /// The named types it is put together from.
    types: Vec<Named>,
}

#[derive(Debug, Clone, Serialize)]
struct Field {
    name: String,
    text: String,
    required: bool,
    docs: String,
}

#[derive(Debug, Clone, Serialize)]
struct Named {
    name: String,
    docs: String,
    fields: Vec<Field>,
    /// What it may be, of one that is no plain object: a value or variant, and what it means.
    values: Vec<(String, String)>,
}

/// The type of a schema.
pub(super) fn of(shapes: &mut Shapes, schema: &Schema) -> Type {
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
    Type {
        text: shapes.describe(id),
        docs: text(schema, "description"),
        fields: fields(shapes, id, schema),
        types: named,
    }
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
pub(super) fn example(shapes: &mut Shapes, schema: &Schema) -> String {
    example_value(shapes, schema).map(|it| format!("{it:#}")).unwrap_or_default()
}

pub(super) fn example_value(shapes: &mut Shapes, schema: &Schema) -> Option<Value> {
    let id = shapes.add(schema);
    shapes.example(id)
}
