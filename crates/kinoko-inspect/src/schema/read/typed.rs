//! The keywords that are about values of one type: numbers, strings, arrays, objects.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{list, rest};
use crate::schema::{
    both,
    number::Number,
    pattern,
    shape::{
        Alternative, Arrays, Bound, Field, Id, Numbers, Objects, Rest, Shape, Strings, Unread,
    },
    shapes::Reading,
};

/// The keywords that are about values of one type, and `type`.
pub(super) fn typed<'a>(reading: &mut Reading<'a, '_>, keywords: &'a Map<String, Value>) -> Shape {
    let types: Vec<&str> = match keywords.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => vec!["null", "boolean", "number", "string", "array", "object"],
    };
    let mut shape = Shape::default();
    for json_type in types {
        shape.alternatives.push(match json_type {
            "null" => Alternative::Null,
            "boolean" => Alternative::Bool(None),
            "integer" => Alternative::Number(numbers(keywords, true)),
            "number" => Alternative::Number(numbers(keywords, false)),
            "string" => Alternative::String(strings(keywords)),
            "array" => Alternative::Array(arrays(reading, keywords)),
            "object" => {
                if has_unreadable_patterns(keywords) {
                    let whole = Value::Object(keywords.clone());
                    shape.unread.insert(Unread::of("patternProperties", &whole));
                }
                Alternative::Object(objects(reading, keywords))
            }
            _ => {
                shape.unread.insert(Unread::alone("type"));
                continue;
            }
        });
    }
    shape
}

fn number(keywords: &Map<String, Value>, keyword: &str) -> Option<Number> {
    match keywords.get(keyword) {
        Some(Value::Number(it)) => Some(Number::of(it)),
        _ => None,
    }
}

fn length(keywords: &Map<String, Value>, keyword: &str) -> Option<u64> {
    // A length may be written as 2.0.
    let length = number(keywords, keyword)?.ceil()?;
    Some(u64::try_from(length.max(0)).unwrap_or(u64::MAX))
}

fn numbers(keywords: &Map<String, Value>, whole: bool) -> Numbers {
    let closed = |keyword| number(keywords, keyword).map(Bound::closed);
    let open = |keyword| number(keywords, keyword).map(|at| Bound { at, open: true });
    let steps = number(keywords, "multipleOf").into_iter().collect();
    let mut numbers = Numbers { whole, steps, ..Numbers::default() };
    for (least, most) in [
        (closed("minimum"), closed("maximum")),
        (open("exclusiveMinimum"), open("exclusiveMaximum")),
        format_range(keywords.get("format").and_then(Value::as_str)),
    ] {
        let range = Numbers { least, most, ..Numbers::default() };
        numbers = both::numbers(&numbers, &range);
    }
    numbers
}

/// What the format of an integer says of its size: `int32` and the like, as schemas of Rust types have.
fn format_range(format: Option<&str>) -> (Option<Bound>, Option<Bound>) {
    let range = |least: i128, most: i128| {
        (Some(Bound::closed(least.into())), Some(Bound::closed(most.into())))
    };
    match format.unwrap_or_default() {
        "int8" => range(i8::MIN.into(), i8::MAX.into()),
        "int16" => range(i16::MIN.into(), i16::MAX.into()),
        "int32" => range(i32::MIN.into(), i32::MAX.into()),
        "int64" | "int" => range(i64::MIN.into(), i64::MAX.into()),
        "uint8" => range(0, u8::MAX.into()),
        "uint16" => range(0, u16::MAX.into()),
        "uint32" => range(0, u32::MAX.into()),
        "uint64" | "uint" => range(0, u64::MAX.into()),
        "uint128" => (Some(Bound::closed(0.into())), None),
        _ => (None, None),
    }
}

fn strings(keywords: &Map<String, Value>) -> Strings {
    let one = |keyword| {
        let text = keywords.get(keyword).and_then(Value::as_str);
        text.map(str::to_owned).into_iter().collect()
    };
    Strings {
        values: None,
        but: excluded(keywords).unwrap_or_default(),
        least: length(keywords, "minLength").unwrap_or(0),
        most: length(keywords, "maxLength"),
        patterns: one("pattern"),
        formats: one("format"),
    }
}

/// The texts that are written out behind `not`, when nothing else is, and a `type` beside it says what it is a part of.
pub(super) fn excluded(keywords: &Map<String, Value>) -> Option<BTreeSet<String>> {
    keywords.get("type")?;
    let not = keywords.get("not")?.as_object().filter(|it| it.len() == 1)?;
    let values = match (not.get("enum"), not.get("const")) {
        (Some(Value::Array(values)), _) => values.as_slice(),
        (_, Some(value)) => std::slice::from_ref(value),
        _ => return None,
    };
    values.iter().map(|it| it.as_str().map(str::to_owned)).collect()
}

fn arrays<'a>(reading: &mut Reading<'a, '_>, keywords: &'a Map<String, Value>) -> Arrays {
    let first: Vec<Id> = list(keywords, "prefixItems").iter().map(|it| reading.node(it)).collect();
    let mut arrays = Arrays {
        first,
        rest: None,
        least: length(keywords, "minItems").unwrap_or(0),
        most: length(keywords, "maxItems"),
        unique: keywords.get("uniqueItems") == Some(&Value::Bool(true)),
    };
    match keywords.get("items") {
        None | Some(Value::Bool(true)) => {}
        Some(Value::Bool(false)) => {
            let places = arrays.first.len() as u64;
            arrays.most = Some(arrays.most.map_or(places, |it| it.min(places)));
        }
        Some(schema) => arrays.rest = Some(reading.node(schema)),
    }
    arrays
}

/// Whether `patternProperties` has a pattern in a dialect not known here.
fn has_unreadable_patterns(keywords: &Map<String, Value>) -> bool {
    let patterns = keywords.get("patternProperties").and_then(Value::as_object);
    patterns.is_some_and(|it| !it.keys().all(|it| pattern::is_readable(it)))
}

fn objects<'a>(reading: &mut Reading<'a, '_>, keywords: &'a Map<String, Value>) -> Objects {
    let named = |keyword| keywords.get(keyword).and_then(Value::as_object);
    let required: BTreeSet<&str> =
        list(keywords, "required").iter().filter_map(Value::as_str).collect();
    let mut fields = BTreeMap::new();
    for (name, schema) in named("properties").into_iter().flatten() {
        let shape = reading.node(schema);
        fields.insert(name.clone(), Field { shape, required: required.contains(name.as_str()) });
    }
    let mut patterns = BTreeMap::new();
    for (pattern, schema) in named("patternProperties").into_iter().flatten() {
        if pattern::is_readable(pattern) {
            patterns.insert(pattern.clone(), reading.node(schema));
        }
    }
    let rest = match keywords.get("additionalProperties") {
        // Which fields these are is not known, so it may be any.
        _ if has_unreadable_patterns(keywords) => Rest::Any,
        Some(schema) => rest(reading, schema),
        // Something of which nothing is said but that it may be an object as well.
        None if keywords.get("type").is_none()
            && fields.is_empty()
            && required.is_empty()
            && patterns.is_empty() =>
        {
            Rest::Any
        }
        None => Rest::Unsaid,
    };
    let mut objects = Objects { fields, patterns, rest };
    for name in required {
        if !objects.fields.contains_key(name) {
            let shape = reading.as_unnamed(name, &objects);
            objects.fields.insert(name.to_owned(), Field { shape, required: true });
        }
    }
    objects
}
