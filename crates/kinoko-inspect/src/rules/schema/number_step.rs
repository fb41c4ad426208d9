//! Numbers between the steps that are read.

use serde_json::Value;

use crate::{
    rules::rule::{About, Check, Example, Fix, Hit, Level, Levels, SchemaRule},
    schema::{Number, Numbers, allows, describe, sample},
};

pub(crate) static RULE: SchemaRule = SchemaRule {
    about: About {
        id: "number-step",
        title: "a number may not be a multiple of what is read",
        rationale: "The reader takes only multiples of a number (`multipleOf`).",
        fix: Fix {
            reader: "take every number until nobody writes others",
            writer: "have everyone take every number before others are written",
        },
        level: Levels::always(Level::Breaking),
        example: Example {
            writes: r#"{"type": "integer"}"#,
            reads: r#"{"type": "integer", "multipleOf": 5}"#,
        },
    },
    check: Check::Numbers(check),
};

fn check(writer: &Numbers, reader: &Numbers) -> Option<Hit> {
    let covers = |step: &Number, it: &Number| match (it, step) {
        (Number::Whole(it), Number::Whole(step)) => *step != 0 && it % step == 0,
        (it, step) => it == step,
    };
    let covered = reader.steps.iter().all(|step| writer.steps.iter().any(|it| covers(step, it)));
    if covered || writer.values.is_some() || reader.values.is_some() {
        return None;
    }
    let between = sample::candidates(writer)
        .into_iter()
        .chain(sample::candidates(reader))
        .chain((2..50).map(|it: i128| it.into()))
        .find(|it| {
            allows(writer, *it) && !reader.steps.iter().all(|step| it.is_multiple_of(*step))
        });
    Some(Hit {
        field: None,
        writes: describe::numbers(writer),
        reads: describe::numbers(reader),
        value: between.and_then(Number::to_json).map(Value::Number),
    })
}
