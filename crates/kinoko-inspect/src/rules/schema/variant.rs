//! A variant of an enum that the reader's enum does not have.

use crate::rules::rule::{About, Check, Example, Fix, Level, Levels, SchemaRule};

pub(crate) static RULE: SchemaRule = SchemaRule {
    about: About {
        id: "variant",
        title: "a variant may be written that is not read",
        rationale: "An enum reads the variants it has, and refuses others unless it has a catch-all.",
        fix: Fix {
            reader: "go on reading the variant until nobody writes it",
            writer: "have everyone read the variant, or give their enum a catch-all (`#[serde(other)]` with `kinoko::schema::other`, or an untagged last variant), before it is written",
        },
        level: Levels::always(Level::Breaking),
        example: Example {
            writes: r#"{"oneOf": [{"type": "object", "properties": {"by": {"const": "card"}}, "required": ["by"]}, {"type": "object", "properties": {"by": {"const": "bill"}}, "required": ["by"]}]}"#,
            reads: r#"{"oneOf": [{"type": "object", "properties": {"by": {"const": "card"}}, "required": ["by"]}]}"#,
        },
    },
    check: Check::Walk,
};
