//! A field that is needed and sometimes left out.

use super::field_missing::without;
use crate::{
    rules::rule::{About, Check, Example, Fix, Hit, Level, Levels, SchemaRule},
    schema::{Objects, Shapes},
};

pub(crate) static RULE: SchemaRule = SchemaRule {
    about: About {
        id: "field-optional",
        title: "a field that is needed may be left out",
        rationale: "Messages without the field were understood, or were not written, and are refused now.",
        fix: Fix {
            reader: "give the field a default (`#[serde(default)]`, `Option`) until everyone writes it",
            writer: "write the field always (no `skip_serializing_if`) until nobody needs it",
        },
        level: Levels::always(Level::Breaking),
        example: Example {
            writes: r#"{"type": "object", "properties": {"note": {"type": "string"}}}"#,
            reads: r#"{"type": "object", "properties": {"note": {"type": "string"}}, "required": ["note"]}"#,
        },
    },
    check: Check::Objects(check),
};

fn check(shapes: &Shapes, writer: &Objects, reader: &Objects) -> Vec<Hit> {
    let needed = reader.fields.iter().filter(|(_, it)| it.required);
    let left_out =
        needed.filter(|(name, _)| writer.fields.get(*name).is_some_and(|it| !it.required));
    let hits = left_out.map(|(name, field)| Hit {
        field: Some(name.clone()),
        writes: "optional".to_owned(),
        reads: format!("required, {}", shapes.describe(field.shape)),
        value: without(shapes, writer, name),
    });
    hits.collect()
}
