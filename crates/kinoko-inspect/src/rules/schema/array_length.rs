//! Lists and tuples of another length than what is read.

use serde_json::Value;

use crate::{
    rules::rule::{About, Check, Example, Fix, Hit, Level, Levels, SchemaRule},
    schema::{Alternative, Arrays, Shapes},
};

pub(crate) static RULE: SchemaRule = SchemaRule {
    about: About {
        id: "array-length",
        title: "a list may be shorter or longer than what is read",
        rationale: "A tuple or an array of fixed length is refused when an element is missing, and when there is one too many.",
        fix: Fix {
            reader: "take the lengths that were taken before until nobody writes them",
            writer: "use a struct, to which a field can be added, or a new field or method",
        },
        level: Levels::always(Level::Breaking),
        example: Example {
            writes: r#"{"type": "array", "prefixItems": [{"type": "integer"}, {"type": "integer"}, {"type": "integer"}], "minItems": 3, "maxItems": 3}"#,
            reads: r#"{"type": "array", "prefixItems": [{"type": "integer"}, {"type": "integer"}], "minItems": 2, "maxItems": 2}"#,
        },
    },
    check: Check::Arrays(check),
};

fn check(shapes: &Shapes, writer: &Arrays, reader: &Arrays) -> Option<Hit> {
    let longer = reader.most.is_some_and(|most| writer.most.is_none_or(|it| it > most));
    if writer.least >= reader.least && !longer {
        return None;
    }
    let words = |it: &Arrays| shapes.one_of(&Alternative::Array(it.clone()), 1) + &lengths(it);
    Some(Hit {
        field: None,
        writes: words(writer),
        reads: words(reader),
        value: outside(shapes, writer, reader),
    })
}

fn lengths(arrays: &Arrays) -> String {
    match (arrays.least, arrays.most) {
        (0, None) => " of any length".to_owned(),
        (least, None) => format!(" of at least {least}"),
        (least, Some(most)) if least == most => format!(" of exactly {least}"),
        (least, Some(most)) => format!(" of {least} to {most}"),
    }
}

fn outside(shapes: &Shapes, writer: &Arrays, reader: &Arrays) -> Option<Value> {
    if writer.least < reader.least {
        return shapes.sample_of(&Alternative::Array(writer.clone()));
    }
    let long = Arrays { least: reader.most?.checked_add(1)?.max(writer.least), ..writer.clone() };
    shapes.sample_of(&Alternative::Array(long))
}
