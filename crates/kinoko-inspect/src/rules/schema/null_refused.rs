//! `null` where it is not read.

use crate::rules::rule::{About, Check, Example, Fix, Level, Levels, SchemaRule};

pub(crate) static RULE: SchemaRule = SchemaRule {
    about: About {
        id: "null-refused",
        title: "a value may be null where that is not read",
        rationale: "An `Option` that is `None` is written as null, and only an `Option` reads that.",
        fix: Fix {
            reader: "go on reading an `Option` until nobody writes null",
            writer: "leave the field out instead (`skip_serializing_if`), if readers need not have it, or have everyone read an `Option` first",
        },
        level: Levels::always(Level::Breaking),
        example: Example {
            writes: r#"{"type": ["string", "null"]}"#,
            reads: r#"{"type": "string"}"#,
        },
    },
    check: Check::Walk,
};
