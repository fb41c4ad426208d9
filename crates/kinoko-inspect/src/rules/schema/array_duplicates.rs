//! Lists with two equal elements where sets are read.

use serde_json::Value;

use crate::{
    rules::rule::{About, Check, Example, Fix, Hit, Level, Levels, SchemaRule},
    schema::{Alternative, Arrays, Shapes},
};

pub(crate) static RULE: SchemaRule = SchemaRule {
    about: About {
        id: "array-duplicates",
        title: "a list may have an element twice where a set is read",
        rationale: "The reader's schema says that no two elements are equal (`uniqueItems`). Rust's own sets take a second one and keep the first; readers that check the schema refuse it.",
        fix: Fix {
            reader: "read a list until everyone writes sets",
            writer: "write a set, or have everyone read a list first",
        },
        level: Levels::always(Level::Breaking),
        example: Example {
            writes: r#"{"type": "array", "items": {"type": "string"}}"#,
            reads: r#"{"type": "array", "items": {"type": "string"}, "uniqueItems": true}"#,
        },
    },
    check: Check::Arrays(check),
};

fn check(shapes: &Shapes, writer: &Arrays, reader: &Arrays) -> Option<Hit> {
    if writer.unique || !reader.unique || writer.most.is_some_and(|most| most < 2) {
        return None;
    }
    let twice = Arrays { least: writer.least.max(2), ..writer.clone() };
    let words = |it: &Arrays| shapes.one_of(&Alternative::Array(it.clone()), 2);
    Some(Hit {
        field: None,
        writes: words(writer),
        reads: words(reader),
        value: shapes.sample_of(&Alternative::Array(twice)).filter(repeats),
    })
}

fn repeats(value: &Value) -> bool {
    let values = value.as_array().map_or(&[][..], Vec::as_slice);
    values.iter().enumerate().any(|(at, it)| values[..at].contains(it))
}
