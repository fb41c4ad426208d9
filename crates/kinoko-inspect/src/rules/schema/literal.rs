//! One of a list of values that the reader's list does not have.

use crate::rules::rule::{About, Check, Example, Fix, Level, Levels, SchemaRule};

pub(crate) static RULE: SchemaRule = SchemaRule {
    about: About {
        id: "value",
        title: "a value may be one that is not on the reader's list",
        rationale: "An enum reads the variants it has, and refuses others unless it has a catch-all.",
        fix: Fix {
            reader: "go on reading the value until nobody writes it",
            writer: "have everyone read the value, or give their enum a catch-all (`#[serde(other)]` with `kinoko::schema::other`), before it is written",
        },
        level: Levels::always(Level::Breaking),
        example: Example {
            writes: r#"{"enum": ["placed", "paid", "returned"]}"#,
            reads: r#"{"enum": ["placed", "paid"]}"#,
        },
    },
    check: Check::Walk,
};
