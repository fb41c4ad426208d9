//! Strings shorter or longer than what is read.

use serde_json::Value;

use crate::{
    rules::rule::{About, Check, Example, Fix, Hit, Level, Levels, SchemaRule},
    schema::{Strings, describe, pattern, sample},
};

pub(crate) static RULE: SchemaRule = SchemaRule {
    about: About {
        id: "text-length",
        title: "a string may be shorter or longer than what is read",
        rationale: "The reader says a least or greatest length, in characters, and refuses others.",
        fix: Fix {
            reader: "take the lengths that were taken before until nobody writes them",
            writer: "have everyone take such lengths before they are written",
        },
        level: Levels::always(Level::Breaking),
        example: Example {
            writes: r#"{"type": "string"}"#,
            reads: r#"{"type": "string", "maxLength": 20}"#,
        },
    },
    check: Check::Strings(check),
};

fn check(writer: &Strings, reader: &Strings) -> Option<Hit> {
    if writer.values.is_some() || reader.values.is_some() {
        return None;
    }
    let longer = reader.most.is_some_and(|most| writer.most.is_none_or(|it| it > most));
    if writer.least >= reader.least && !longer {
        return None;
    }
    // Of the lengths just beside the reader's, one that is the writer's.
    let shorter = reader.least.checked_sub(1).map(|it| (0, Some(it)));
    let longer = reader.most.and_then(|it| it.checked_add(1)).map(|it| (it, None));
    let value = [shorter, longer].into_iter().flatten().find_map(|(least, most)| {
        let most = [most, writer.most].into_iter().flatten().min();
        let beside = Strings { least: writer.least.max(least), most, ..writer.clone() };
        sample::string(&beside).filter(|it| is_outside(it, reader))
    });
    Some(Hit {
        field: None,
        writes: describe::strings(writer),
        reads: describe::strings(reader),
        value,
    })
}

fn is_outside(value: &Value, reader: &Strings) -> bool {
    let lengths = Strings { least: reader.least, most: reader.most, ..Strings::default() };
    value.as_str().is_some_and(|it| pattern::string(&lengths, it) == Some(false))
}
