//! A demand of the reader's schema that is not understood here.

use crate::rules::rule::{About, Check, Example, Fix, Level, Levels, SchemaRule};

pub(crate) static RULE: SchemaRule = SchemaRule {
    about: About {
        id: "not-judged",
        title: "the reader's schema has a part that is not judged",
        rationale: "JSON Schema can say things that Kinoko does not compare (`not`, `if`, references to other documents, `oneOf` whose parts overlap). What the reader demands there is only seen to when the writer's schema says the very same.",
        fix: Fix::always(
            "say it with the keywords that types of Rust are described by, or look at it yourself",
        ),
        level: Levels::always(Level::Dangerous),
        example: Example {
            writes: r#"{"type": "string"}"#,
            reads: r#"{"type": "string", "not": {"const": ""}}"#,
        },
    },
    check: Check::Walk,
};
