//! JSON Schema (draft 2020-12) to [`Shape`].
//!
//! Read are the keywords that schemas of Rust types are made of, and those that people write by hand in
//! a manifest. What else can make a schema narrower is kept as `unread`.

mod document;
mod typed;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

pub(super) use self::document::Document;
use self::typed::{excluded, typed};
use super::{
    both, disjoint,
    number::Number,
    shape::{Alternative, Numbers, Rest, Shape, Strings, Unread},
    shapes::{Reading, circle},
};

/// Keywords that narrow a schema and are not understood here. These lists are sorted.
const UNREAD: &[&str] = &[
    "$dynamicRef",
    "$recursiveRef",
    "contains",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxContains",
    "maxProperties",
    "minContains",
    "minProperties",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
];

/// Keywords that say what values of a type must be like, or which types there are.
const TYPED: &[&str] = &[
    "additionalProperties",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "multipleOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "required",
    "type",
    "uniqueItems",
];

/// Keywords that put a schema together from others, or from values.
const COMBINED: &[&str] = &["allOf", "anyOf", "const", "enum", "oneOf", "unevaluatedProperties"];

/// What a keyword does.
#[derive(Clone, Copy, PartialEq)]
enum Does {
    /// It is about values of one type.
    Typed,
    /// It puts a schema together from others, or from values.
    Combined,
    /// It narrows, and is not understood.
    Unread,
    /// It says something about the schema, and nothing about values.
    Tell,
}

fn does(keyword: &str) -> Does {
    for (list, does) in [(TYPED, Does::Typed), (COMBINED, Does::Combined), (UNREAD, Does::Unread)] {
        if list.binary_search(&keyword).is_ok() {
            return does;
        }
    }
    Does::Tell
}

/// The shape of a schema.
pub(super) fn schema<'a>(reading: &mut Reading<'a, '_>, schema: &'a Value) -> Shape {
    let keywords = match schema {
        Value::Bool(true) => return Shape::any(),
        Value::Bool(false) => return Shape::default(),
        Value::Object(keywords) => keywords,
        _ => {
            let mut shape = Shape::any();
            shape.unread.insert(Unread::alone("(not a schema)"));
            return shape;
        }
    };
    let mut parts = Vec::new();
    if keywords.keys().any(|it| does(it) == Does::Typed) {
        parts.push(typed(reading, keywords));
    }
    if let Some(reference) = keywords.get("$ref") {
        parts.push(referred(reading, reference));
    }
    if let Some(value) = keywords.get("const") {
        parts.push(literals(std::slice::from_ref(value)));
    }
    if let Some(Value::Array(values)) = keywords.get("enum") {
        parts.push(literals(values));
    }
    for part in list(keywords, "allOf") {
        parts.push(now(reading, part));
    }
    for (keyword, exactly_one) in [("anyOf", false), ("oneOf", true)] {
        if let Some(Value::Array(parts_of)) = keywords.get(keyword) {
            parts.push(any_of(reading, parts_of, exactly_one));
        }
    }
    let mut parts = parts.into_iter();
    let mut shape = parts.next().unwrap_or_else(Shape::any);
    for part in parts {
        shape = both::shapes(reading, &shape, &part);
    }
    unevaluated(reading, keywords, &mut shape);
    for keyword in keywords.keys().filter(|it| does(it) == Does::Unread) {
        if keyword == "not" && excluded(keywords).is_some() {
            continue;
        }
        // What it means may depend on the keywords beside it.
        shape.unread.insert(Unread::of(keyword, schema));
    }
    if let Some(Value::String(title)) = keywords.get("title") {
        shape.name = Some(title.clone());
    }
    shape
}

fn list<'a>(keywords: &'a Map<String, Value>, keyword: &str) -> &'a [Value] {
    keywords.get(keyword).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The shape of a schema that is needed for the one around it.
fn now<'a>(reading: &mut Reading<'a, '_>, schema: &'a Value) -> Shape {
    let id = reading.node(schema);
    reading.shape(id).unwrap_or_else(circle)
}

fn referred<'a>(reading: &mut Reading<'a, '_>, reference: &'a Value) -> Shape {
    let target = reference.as_str().and_then(|it| reading.document.target(it));
    let Some(target) = target else {
        let mut shape = Shape::any();
        shape.unread.insert(Unread::alone("$ref"));
        return shape;
    };
    let mut shape = now(reading, target);
    let name = reference.as_str().and_then(|it| it.rsplit('/').next());
    shape.name = name.filter(|it| *it != "#").map(str::to_owned).or(shape.name);
    shape
}

/// The values that are written out.
fn literals(values: &[Value]) -> Shape {
    let mut strings = BTreeSet::new();
    let mut numbers = Vec::new();
    let mut shape = Shape::default();
    for value in values {
        match value {
            Value::Null => shape.alternatives.push(Alternative::Null),
            Value::Bool(it) => shape.alternatives.push(Alternative::Bool(Some(*it))),
            Value::Number(it) => numbers.push(Number::of(it)),
            Value::String(it) => drop(strings.insert(it.clone())),
            // Not what a Rust type has. Any of its kind is more than it is, which is noted.
            Value::Array(_) | Value::Object(_) => {
                let any = Shape::any().alternatives.into_iter();
                let kind = if value.is_array() { "array" } else { "object" };
                shape.alternatives.extend(any.filter(|it| it.json_type() == kind));
                shape.unread.insert(Unread::of("enum", &Value::Array(values.to_vec())));
            }
        }
    }
    if !numbers.is_empty() {
        let whole = numbers.iter().all(|it| it.is_whole());
        let numbers = Numbers { whole, values: Some(numbers), ..Numbers::default() };
        shape.alternatives.push(Alternative::Number(numbers));
    }
    if !strings.is_empty() {
        let strings = Strings { values: Some(strings), ..Strings::default() };
        shape.alternatives.push(Alternative::String(strings));
    }
    shape
}

/// What any of several schemas allows.
fn any_of<'a>(reading: &mut Reading<'a, '_>, parts: &'a [Value], exactly_one: bool) -> Shape {
    let mut union = Shape::default();
    let mut texts: Option<BTreeSet<String>> = None;
    let mut seen: Vec<Alternative> = Vec::new();
    for part in parts {
        let shape = now(reading, part);
        let apart = |reading: &mut Reading<'a, '_>, it: &Alternative| {
            let look = &mut |id| reading.alternatives(id);
            seen.iter().all(|other| disjoint::alternatives(look, it, other))
        };
        if exactly_one && !shape.alternatives.iter().all(|it| apart(reading, it)) {
            union.unread.insert(Unread::of("oneOf", &Value::Array(parts.to_vec())));
        }
        seen.extend(shape.alternatives.iter().cloned());
        for Unread { keyword, of } in shape.unread {
            // What only one of them demands is not demanded of all.
            let keyword = format!("{keyword} of a part");
            let whole = Unread::of(&keyword, &Value::Array(parts.to_vec()));
            union.unread.insert(if of.is_empty() { Unread::alone(&keyword) } else { whole });
        }
        for it in shape.alternatives {
            match it {
                // The variants of an enum come as one schema each; one set of them says more.
                Alternative::String(Strings {
                    values: Some(values),
                    least: 0,
                    most: None,
                    ref patterns,
                    ref formats,
                    but: _,
                }) if patterns.is_empty() && formats.is_empty() => {
                    texts.get_or_insert_default().extend(values);
                }
                it if union.alternatives.contains(&it) => {}
                it => union.alternatives.push(it),
            }
        }
    }
    if let Some(values) = texts {
        let strings = Strings { values: Some(values), ..Strings::default() };
        union.alternatives.push(Alternative::String(strings));
    }
    union
}

/// `unevaluatedProperties`: like `additionalProperties` where nothing but the schema's own fields is evaluated; what
/// else is, by which parts a value happens to fit, is not followed.
fn unevaluated<'a>(
    reading: &mut Reading<'a, '_>,
    keywords: &'a Map<String, Value>,
    shape: &mut Shape,
) {
    let Some(schema) = keywords.get("unevaluatedProperties") else { return };
    let no_object = !shape.alternatives.iter().any(|it| matches!(it, Alternative::Object(_)));
    if *schema == Value::Bool(true) || no_object {
        return;
    }
    let properties = keywords.get("properties").and_then(Value::as_object);
    let mut required = list(keywords, "required").iter().filter_map(Value::as_str);
    let plain = keywords.contains_key("type")
        && !keywords.contains_key("$ref")
        && !keywords.contains_key("patternProperties")
        && !COMBINED.iter().any(|it| *it != "unevaluatedProperties" && keywords.contains_key(*it))
        && required.all(|it| properties.is_some_and(|fields| fields.contains_key(it)));
    if !plain {
        shape.unread.insert(Unread::of("unevaluatedProperties", &Value::Object(keywords.clone())));
        return;
    }
    let rest = rest(reading, schema);
    for it in &mut shape.alternatives {
        if let Alternative::Object(objects) = it
            && objects.rest == Rest::Unsaid
        {
            objects.rest = rest;
        }
    }
}

fn rest<'a>(reading: &mut Reading<'a, '_>, schema: &'a Value) -> Rest {
    match schema {
        Value::Bool(true) => Rest::Any,
        Value::Bool(false) => Rest::Refused,
        schema => Rest::Each(reading.node(schema)),
    }
}
