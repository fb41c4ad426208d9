//! Fractions where integers are read.

use serde_json::Value;

use crate::{
    rules::rule::{About, Check, Example, Fix, Hit, Level, Levels, SchemaRule},
    schema::{Number, Numbers, allows, describe, sample},
};

pub(crate) static RULE: SchemaRule = SchemaRule {
    about: About {
        id: "number-fraction",
        title: "a number may have a fraction, and integers are read",
        rationale: "0.5 is no integer, and 1.0 is none to serde either.",
        fix: Fix {
            reader: "read a float until nobody writes one",
            writer: "write the integer in its old field and the float in a new one",
        },
        level: Levels::always(Level::Breaking),
        example: Example {
            writes: r#"{"type": "number", "format": "double"}"#,
            reads: r#"{"type": "integer", "format": "int64"}"#,
        },
    },
    check: Check::Numbers(check),
};

fn check(writer: &Numbers, reader: &Numbers) -> Option<Hit> {
    if writer.whole || !reader.whole || writer.values.is_some() {
        return None;
    }
    let mut fractions = sample::candidates(writer);
    for bound in [writer.least, writer.most].into_iter().flatten() {
        fractions.extend([bound.at.as_f64() + 0.5, bound.at.as_f64() - 0.5].map(Number::from));
    }
    let fraction = fractions.into_iter().find(|it| !it.is_whole() && allows(writer, *it));
    Some(Hit {
        field: None,
        writes: describe::numbers(writer),
        reads: describe::numbers(reader),
        value: fraction.and_then(Number::to_json).map(Value::Number),
    })
}
