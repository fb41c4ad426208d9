//! Numbers beyond what is read.

use serde_json::Value;

use crate::{
    rules::rule::{About, Check, Example, Fix, Hit, Level, Levels, SchemaRule},
    schema::{Bound, Numbers, allows, describe, sample},
};

pub(crate) static RULE: SchemaRule = SchemaRule {
    about: About {
        id: "number-range",
        title: "a number may be out of the range that is read",
        rationale: "A number too large or too small for the reader's type is refused.",
        fix: Fix {
            reader: "read the wider type until nobody writes such numbers",
            writer: "have everyone read the wider type before such numbers are written",
        },
        level: Levels::always(Level::Breaking),
        example: Example {
            writes: r#"{"type": "integer", "format": "int64"}"#,
            reads: r#"{"type": "integer", "format": "int32"}"#,
        },
    },
    check: Check::Numbers(check),
};

fn check(writer: &Numbers, reader: &Numbers) -> Option<Hit> {
    // Values that are written out are compared one by one, by another rule.
    if writer.values.is_some() || reader.values.is_some() {
        return None;
    }
    if !reaches_below(writer.least, reader.least) && !reaches_above(writer.most, reader.most) {
        return None;
    }
    Some(Hit {
        field: None,
        writes: describe::numbers(writer),
        reads: describe::numbers(reader),
        value: outside(writer, reader),
    })
}

fn reaches_below(writer: Option<Bound>, reader: Option<Bound>) -> bool {
    match (writer, reader) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(w), Some(r)) => w.at < r.at || (w.at == r.at && r.open && !w.open),
    }
}

fn reaches_above(writer: Option<Bound>, reader: Option<Bound>) -> bool {
    match (writer, reader) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(w), Some(r)) => w.at > r.at || (w.at == r.at && r.open && !w.open),
    }
}

/// A number that is written and out of the reader's range.
fn outside(writer: &Numbers, reader: &Numbers) -> Option<Value> {
    let range = Numbers { least: reader.least, most: reader.most, ..Numbers::default() };
    let mut near = sample::candidates(reader);
    near.extend(sample::candidates(writer));
    let found = near.into_iter().find(|it| allows(writer, *it) && !allows(&range, *it))?;
    found.to_json().map(Value::Number)
}
