//! JSON Schema (draft 2020-12) to [`Shape`].
//!
//! Read are the keywords that schemas of Rust types are made of, and those that people write by hand in
//! a manifest. What else can make a schema narrower is kept as `unread`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::{
    both, disjoint,
    number::Number,
    pattern,
    shape::{
        Alternative, Arrays, Bound, Field, Id, Numbers, Objects, Rest, Shape, Strings, Unread,
    },
    shapes::{Reading, circle},
};

/// Keywords that narrow a schema and are not understood here.
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

/// A document, whose schemas are known by their place in memory.
pub(super) struct Document<'a> {
    root: &'a Value,
    schemas: HashMap<usize, &'a Value>,
}

impl<'a> Document<'a> {
    pub(super) fn new(root: &'a Value) -> Document<'a> {
        Document { root, schemas: HashMap::new() }
    }

    /// The number of a schema of this document.
    pub(super) fn place(&mut self, schema: &'a Value) -> usize {
        let place = std::ptr::from_ref(schema).addr();
        self.schemas.insert(place, schema);
        place
    }

    /// The schema of a number.
    pub(super) fn at(&self, place: usize) -> &'a Value {
        self.schemas[&place]
    }

    /// What a schema refers to and by which name, when it does nothing else. `None` too when that leads
    /// round in a circle, or nowhere.
    pub(super) fn only_refers(&self, schema: &Value) -> Option<(&'a Value, &'a str)> {
        let mut found = self.refers(schema)?;
        const LONGEST: usize = 64;
        for _ in 0..LONGEST {
            match self.refers(found.0) {
                Some(next) => found = next,
                None => return Some(found),
            }
        }
        None
    }

    fn refers(&self, schema: &Value) -> Option<(&'a Value, &'a str)> {
        let keywords = schema.as_object()?;
        let reference = keywords.get("$ref")?.as_str()?;
        let says_more = |it: &&String| {
            TYPED.contains(&it.as_str())
                || UNREAD.contains(&it.as_str())
                || COMBINED.contains(&it.as_str())
        };
        if keywords.keys().any(|it| says_more(&it)) {
            return None;
        }
        let place = decoded(reference.strip_prefix('#')?)?;
        // Of the document, not of the schema, so that it lives as long.
        let target = self.root.pointer(&place)?;
        let (parent, name) = place.rsplit_once('/')?;
        let name = name.replace("~1", "/").replace("~0", "~");
        let (name, _) = self.root.pointer(parent)?.as_object()?.get_key_value(&name)?;
        Some((target, name))
    }

    /// What a reference is to. Only what is in the document itself is looked up: nothing is fetched.
    fn target(&self, reference: &str) -> Option<&'a Value> {
        self.root.pointer(&decoded(reference.strip_prefix('#')?)?)
    }
}

/// A fragment of a reference without its percents (RFC 6901, 6).
fn decoded(fragment: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = fragment.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
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
    if TYPED.iter().any(|it| keywords.contains_key(*it)) {
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
    for keyword in UNREAD.iter().filter(|it| keywords.contains_key(**it)) {
        if *keyword == "not" && excluded(keywords).is_some() {
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

/// The keywords that are about values of one type, and `type`.
fn typed<'a>(reading: &mut Reading<'a, '_>, keywords: &'a Map<String, Value>) -> Shape {
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
fn excluded(keywords: &Map<String, Value>) -> Option<BTreeSet<String>> {
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
