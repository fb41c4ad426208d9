//! A field that is needed and never there.

use serde_json::Value;

use crate::{
    rules::rule::{About, Check, Example, Fix, Hit, Level, Levels, SchemaRule},
    schema::{Alternative, Objects, Rest, Shapes},
};

pub(crate) static RULE: SchemaRule = SchemaRule {
    about: About {
        id: "field-missing",
        title: "a field that is needed is not written",
        rationale: "Who reads has no value for the field, and refuses the whole message.",
        fix: Fix {
            reader: "give the field a default (`#[serde(default)]`, `Option`) until everyone writes it",
            writer: "go on writing the field until nobody reads it",
        },
        level: Levels::always(Level::Breaking),
        example: Example {
            writes: r#"{"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}"#,
            reads: r#"{"type": "object", "properties": {"id": {"type": "integer"}, "at": {"type": "string"}}, "required": ["id", "at"]}"#,
        },
    },
    check: Check::Objects(check),
};

fn check(shapes: &Shapes, writer: &Objects, reader: &Objects) -> Vec<Hit> {
    let needed = reader.fields.iter().filter(|(_, it)| it.required);
    let missing = needed.filter(|(name, _)| !writer.fields.contains_key(*name));
    let whole = missing.map(|(name, field)| Hit {
        field: Some(name.clone()),
        writes: match writer.rest {
            Rest::Unsaid | Rest::Refused => "not written".to_owned(),
            Rest::Any | Rest::Each(_) => "written if a map happens to have it".to_owned(),
        },
        reads: format!("required, {}", shapes.describe(field.shape)),
        value: without(shapes, writer, name),
    });
    whole.collect()
}

/// The writer's plainest object, without one field.
pub(super) fn without(shapes: &Shapes, writer: &Objects, name: &str) -> Option<Value> {
    let mut value = shapes.sample_of(&Alternative::Object(writer.clone()))?;
    value.as_object_mut()?.remove(name);
    Some(value)
}
