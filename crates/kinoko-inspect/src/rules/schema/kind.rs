//! A JSON type that is not read at all.

use crate::rules::rule::{About, Check, Example, Fix, Level, Levels, SchemaRule};

pub(crate) static RULE: SchemaRule = SchemaRule {
    about: About {
        id: "type",
        title: "a value may be of a type that is not read",
        rationale: "A number is no string and a list no object: the whole message is refused.",
        fix: Fix {
            reader: "read both types (an untagged enum) until nobody writes the old one",
            writer: "leave the field as it is and write the new type in a new one",
        },
        level: Levels::always(Level::Breaking),
        example: Example { writes: r#"{"type": "integer"}"#, reads: r#"{"type": "string"}"# },
    },
    check: Check::Walk,
};
