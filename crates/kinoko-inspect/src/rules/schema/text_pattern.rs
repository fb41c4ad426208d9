//! Strings that need not match the pattern that is read.

use crate::{
    rules::rule::{About, Check, Example, Fix, Hit, Level, Levels, SchemaRule},
    schema::{Strings, describe, pattern, sample},
};

pub(crate) static RULE: SchemaRule = SchemaRule {
    about: About {
        id: "text-pattern",
        title: "a string may not match the pattern that is read",
        rationale: "The reader takes only strings that match a regular expression. Whether one expression allows all that another does is not judged: only the same expression is seen to.",
        fix: Fix {
            reader: "take what was taken before until nobody writes it",
            writer: "have everyone take such strings before they are written",
        },
        level: Levels::always(Level::Breaking),
        example: Example {
            writes: r#"{"type": "string"}"#,
            reads: r#"{"type": "string", "pattern": "^[A-Z]{3}$"}"#,
        },
    },
    check: Check::Strings(check),
};

fn check(writer: &Strings, reader: &Strings) -> Option<Hit> {
    if writer.values.is_some() || reader.patterns.is_subset(&writer.patterns) {
        return None;
    }
    let patterns = Strings { patterns: reader.patterns.clone(), ..Strings::default() };
    let value = sample::string(writer)
        .filter(|it| it.as_str().is_some_and(|it| pattern::string(&patterns, it) == Some(false)));
    Some(Hit {
        field: None,
        writes: describe::strings(writer),
        reads: describe::strings(reader),
        value,
    })
}
