//! Strings that need not have the format that is read.

use crate::{
    rules::rule::{About, Check, Example, Fix, Hit, Level, Levels, SchemaRule},
    schema::{Strings, describe, pattern, sample},
};

pub(crate) static RULE: SchemaRule = SchemaRule {
    about: About {
        id: "text-format",
        title: "a string may not have the format that is read",
        rationale: "The reader makes something of the string (a date, a UUID) and refuses what it cannot.",
        fix: Fix {
            reader: "read any string until everyone writes that format",
            writer: "write the old format in its field and the new one in another",
        },
        level: Levels::always(Level::Breaking),
        example: Example {
            writes: r#"{"type": "string"}"#,
            reads: r#"{"type": "string", "format": "uuid"}"#,
        },
    },
    check: Check::Strings(check),
};

fn check(writer: &Strings, reader: &Strings) -> Option<Hit> {
    if writer.values.is_some() || reader.formats.is_subset(&writer.formats) {
        return None;
    }
    let formats = Strings { formats: reader.formats.clone(), ..Strings::default() };
    let value = sample::string(writer)
        .filter(|it| it.as_str().is_some_and(|it| pattern::string(&formats, it) == Some(false)));
    Some(Hit {
        field: None,
        writes: describe::strings(writer),
        reads: describe::strings(reader),
        value,
    })
}
