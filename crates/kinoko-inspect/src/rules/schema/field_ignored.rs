//! A field that nobody reads.

use crate::{
    rules::rule::{About, Check, Example, Fix, Hit, Level, Levels, SchemaRule},
    schema::{Objects, Rest, Shapes, pattern},
};

pub(crate) static RULE: SchemaRule = SchemaRule {
    about: About {
        id: "field-ignored",
        title: "a field is written that the reader passes over",
        rationale: "Nothing is refused. What the field says is lost, without a word: fine for a field that is new in a reply, a surprise for who goes on sending what was read before.",
        fix: Fix {
            reader: "tell those who send the field, or go on reading it",
            writer: "nothing needs to be done",
        },
        level: Levels { reader: Level::Dangerous, writer: Level::Safe },
        example: Example {
            writes: r#"{"type": "object", "properties": {"note": {"type": "string"}}}"#,
            reads: r#"{"type": "object", "properties": {}}"#,
        },
    },
    check: Check::Objects(check),
};

fn check(shapes: &Shapes, writer: &Objects, reader: &Objects) -> Vec<Hit> {
    if reader.rest != Rest::Unsaid {
        return Vec::new();
    }
    let known = |name: &str| {
        reader.fields.contains_key(name)
            || reader.patterns.keys().any(|it| pattern::matches(it, name) == Some(true))
    };
    let unknown = writer.fields.iter().filter(|(name, _)| !known(name));
    let hits = unknown.map(|(name, field)| Hit {
        field: Some(name.clone()),
        writes: shapes.describe(field.shape),
        reads: "not read".to_owned(),
        value: None,
    });
    hits.collect()
}
