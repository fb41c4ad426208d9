//! A field that the reader has no place for and does not pass over.

use serde_json::Value;

use crate::{
    rules::rule::{About, Check, Example, Fix, Hit, Level, Levels, SchemaRule},
    schema::{Alternative, Id, Objects, Rest, Shapes, pattern},
};

pub(crate) static RULE: SchemaRule = SchemaRule {
    about: About {
        id: "field-refused",
        title: "a field is written that the reader refuses",
        rationale: "The reader takes no fields it does not know (`deny_unknown_fields`), and refuses the whole message.",
        fix: Fix {
            reader: "go on taking the field, or every field, until nobody writes it",
            writer: "have everyone read the field, or take unknown fields, before it is written",
        },
        level: Levels::always(Level::Breaking),
        example: Example {
            writes: r#"{"type": "object", "properties": {"id": {"type": "integer"}, "at": {"type": "string"}}, "required": ["id"]}"#,
            reads: r#"{"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"], "additionalProperties": false}"#,
        },
    },
    check: Check::Objects(check),
};

fn check(shapes: &Shapes, writer: &Objects, reader: &Objects) -> Vec<Hit> {
    if reader.rest != Rest::Refused {
        return Vec::new();
    }
    let known = |name: &str| {
        reader.fields.contains_key(name)
            || reader.patterns.keys().any(|it| pattern::matches(it, name) == Some(true))
    };
    let unknown = writer.fields.iter().filter(|(name, _)| !known(name));
    let mut hits: Vec<Hit> = unknown
        .map(|(name, field)| Hit {
            field: Some(name.clone()),
            writes: shapes.describe(field.shape),
            reads: "no such field".to_owned(),
            value: something(shapes, field.shape).and_then(|it| with(shapes, writer, name, it)),
        })
        .collect();
    let others = match writer.rest {
        Rest::Unsaid | Rest::Refused => None,
        Rest::Any => Some(Value::Null),
        Rest::Each(shape) => shapes.sample(shape),
    };
    if writer.rest == Rest::Any || matches!(writer.rest, Rest::Each(_)) {
        let value = others.and_then(|it| {
            let name = free(|name| !known(name) && !writer.fields.contains_key(name))?;
            with(shapes, writer, &name, it)
        });
        hits.push(any_key(value));
    }
    // Keys that match a pattern of the writer's and none of the reader's.
    for (pattern, shape) in &writer.patterns {
        if !reader.patterns.contains_key(pattern) {
            let value = shapes.sample(*shape).and_then(|it| {
                let name =
                    free(|name| pattern::matches(pattern, name) == Some(true) && !known(name))?;
                with(shapes, writer, &name, it)
            });
            hits.push(any_key(value));
        }
    }
    hits
}

/// A plain value, which is null only if there is no other: a field that is null may be left out.
fn something(shapes: &Shapes, of: Id) -> Option<Value> {
    let others = shapes.shape(of).alternatives.iter().filter(|it| **it != Alternative::Null);
    let plainest = |it: &Value| it.to_string().len();
    let other = others.filter_map(|it| shapes.sample_of(it)).min_by_key(plainest);
    other.or_else(|| shapes.sample(of))
}

fn any_key(value: Option<Value>) -> Hit {
    Hit {
        field: None,
        writes: "any key".to_owned(),
        reads: "only the fields it knows".to_owned(),
        value,
    }
}

/// A name that fits.
pub(crate) fn free(fits: impl Fn(&str) -> bool) -> Option<String> {
    let plain = ["key", "other", "1", "-1", "a", "x1"].map(str::to_owned);
    plain.into_iter().chain((2..100).map(|it| it.to_string())).find(|it| fits(it))
}

/// The writer's plainest object, with one more field.
pub(crate) fn with(shapes: &Shapes, writer: &Objects, name: &str, value: Value) -> Option<Value> {
    let mut object = shapes.sample_of(&Alternative::Object(writer.clone()))?;
    object.as_object_mut()?.insert(name.to_owned(), value);
    Some(object)
}
