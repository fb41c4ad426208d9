//! Values that are a little other than some: what a type is asked whether it reads it.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value, json};

/// A value, and how it came to be.
#[derive(Debug, Clone)]
pub(crate) struct Mutant {
    pub(crate) value: Value,
    pub(crate) change: Change,
    /// Where it was made.
    pub(crate) at: String,
    /// What stood there, and stands there now.
    pub(crate) from: Value,
    pub(crate) to: Value,
}

/// What was done to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Nothing,
    /// A field is not there.
    Dropped,
    /// A field is there that has no business to be.
    Added,
    /// A field has another name.
    Renamed,
    /// An object has become the list of what it holds.
    Listed,
    /// A text has become an object with it as its key.
    Opened,
    /// An object with one key has become the key.
    Closed,
    /// A whole number is written as one with a fraction of zero.
    Pointed,
    /// Another number.
    Number,
    /// Another text.
    Text,
    /// A list has another length.
    Length,
    /// The fields of another value as well.
    Merged,
    /// Something of another kind.
    Other,
}

/// Each sample, and everything that is one change away from it; of each value all the ways it came to be.
pub(crate) fn mutants(samples: &[Value]) -> Vec<Vec<Mutant>> {
    let mut found = BTreeMap::<String, Vec<Mutant>>::new();
    let mut add = |it: Mutant| found.entry(it.value.to_string()).or_default().push(it);
    for sample in samples {
        add(Mutant {
            value: sample.clone(),
            change: Change::Nothing,
            at: String::new(),
            from: sample.clone(),
            to: sample.clone(),
        });
        each(sample, "", samples, &mut |change, at, from, to, value| {
            add(Mutant { value, change, at, from, to });
        });
    }
    found.into_values().collect()
}

type Found<'a> = dyn FnMut(Change, String, Value, Value, Value) + 'a;

/// Changes a value, and everything within it.
fn each(value: &Value, at: &str, samples: &[Value], found: &mut Found<'_>) {
    for (change, to) in here(value, samples) {
        found(change, at.to_owned(), value.clone(), to.clone(), to);
    }
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, it)| (key.clone(), it)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(place, it)| (place.to_string(), it)).collect()
        }
        _ => Vec::new(),
    };
    for (key, inner) in inside {
        each(inner, &format!("{at}/{key}"), &[], &mut |change, at, from, to, inner| {
            let mut whole = value.clone();
            match &mut whole {
                Value::Object(fields) => drop(fields.insert(key.clone(), inner)),
                Value::Array(items) => items[key.parse::<usize>().unwrap()] = inner,
                _ => unreachable!("nothing is inside a scalar"),
            }
            found(change, at, from, to, whole);
        });
    }
}

/// What may stand in place of a value.
fn here(value: &Value, samples: &[Value]) -> Vec<(Change, Value)> {
    let others = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(-1),
        json!(1.5),
        json!(""),
        json!("a"),
        json!("text"),
        json!("1"),
        json!([]),
        json!([null]),
        json!([1]),
        json!({}),
        json!({"unknown": 1}),
    ];
    let kind = std::mem::discriminant(value);
    let mut found: Vec<(Change, Value)> = others
        .into_iter()
        .filter(|it| std::mem::discriminant(it) != kind)
        .map(|it| (Change::Other, it))
        .collect();
    match value {
        Value::Null => {}
        Value::Bool(it) => found.push((Change::Other, json!(!it))),
        Value::Number(it) => found.extend(numbers(it)),
        Value::String(it) => found.extend(texts(it)),
        Value::Array(it) => found.extend(lists(it)),
        Value::Object(it) => found.extend(objects(it, samples)),
    }
    found
}

fn numbers(number: &Number) -> Vec<(Change, Value)> {
    let mut found = vec![(Change::Other, json!(number.to_string()))];
    // Where the types of integers begin and end, and one beyond.
    let ends = [7, 8, 15, 16, 31, 32, 53, 63].map(|bits| 1_i128 << bits);
    for end in ends {
        for it in [end - 1, end, -end, -end - 1] {
            let number = i64::try_from(it)
                .map(Number::from)
                .or_else(|_| u64::try_from(it).map(Number::from));
            if let Ok(number) = number {
                found.push((Change::Number, Value::Number(number)));
            }
        }
    }
    found.push((Change::Number, json!(u64::MAX)));
    for far in [18_446_744_073_709_551_616.0, -18_446_744_073_709_551_616.0, 1e300, -1e300] {
        found.push((Change::Number, json!(far)));
    }
    found.extend([0, 2, 3, 10, -2].map(|it| (Change::Number, json!(it))));
    if let Some(it) = number.as_i64() {
        found.push((Change::Pointed, json!(it as f64)));
        found.push((Change::Number, json!(it as f64 + 0.5)));
        found.push((Change::Number, json!(it.wrapping_neg())));
        found.push((Change::Number, json!(it.wrapping_add(1))));
    }
    found
}

fn texts(text: &str) -> Vec<(Change, Value)> {
    let mut found = vec![
        (Change::Opened, json!({ text: null })),
        (Change::Opened, json!({ text: {} })),
        (Change::Opened, json!({ text: 1 })),
        (Change::Other, json!([text])),
    ];
    let others = [
        text.to_uppercase(),
        text.to_lowercase(),
        format!("{text}x"),
        format!(" {text}"),
        text.chars().rev().collect(),
        "b".to_owned(),
        "ab".to_owned(),
        "é".to_owned(),
        "2026-11-28".to_owned(),
        String::new(),
    ];
    found.extend(others.into_iter().filter(|it| it != text).map(|it| (Change::Text, json!(it))));
    found
}

fn lists(items: &[Value]) -> Vec<(Change, Value)> {
    let mut found = Vec::new();
    let mut other = |items: Vec<Value>| found.push((Change::Length, Value::Array(items)));
    other(Vec::new());
    other(items.iter().skip(1).cloned().collect());
    other(items.iter().take(items.len().saturating_sub(1)).cloned().collect());
    for more in [
        items.first().cloned(),
        items.last().cloned(),
        Some(json!(null)),
        Some(json!(1)),
        Some(json!("a")),
    ] {
        other(items.iter().cloned().chain(more).collect());
    }
    if let [first, .., last] = items {
        found.push((Change::Other, json!([last, first])));
    }
    let named = items.iter().enumerate().map(|(place, it)| (place.to_string(), it.clone()));
    found.push((Change::Other, Value::Object(named.collect())));
    found
}

fn objects(fields: &Map<String, Value>, samples: &[Value]) -> Vec<(Change, Value)> {
    let mut found = Vec::new();
    for (key, value) in fields {
        let mut without = fields.clone();
        without.remove(key);
        found.push((Change::Dropped, Value::Object(without.clone())));
        let mut camel = String::new();
        for (place, word) in key.split('_').enumerate() {
            let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
            camel += &if place == 0 { first.to_lowercase() } else { first.to_uppercase() };
            camel += rest;
        }
        for name in [
            format!("{key}x"),
            key.to_uppercase(),
            key.to_lowercase(),
            camel,
            key.replace('_', "-"),
        ] {
            if !fields.contains_key(&name) {
                let mut renamed = without.clone();
                renamed.insert(name, value.clone());
                found.push((Change::Renamed, Value::Object(renamed)));
            }
        }
        if fields.len() == 1 {
            found.push((Change::Closed, json!(key)));
        }
    }
    for more in [json!(1), json!("text"), json!(null), json!({})] {
        let mut longer = fields.clone();
        longer.insert("unknown".to_owned(), more);
        found.push((Change::Added, Value::Object(longer)));
    }
    for other in samples.iter().filter_map(Value::as_object).filter(|it| *it != fields) {
        let mut merged = fields.clone();
        merged.extend(other.clone());
        found.push((Change::Merged, Value::Object(merged)));
    }
    found.push((Change::Dropped, json!({})));
    let values: Vec<&Value> = fields.values().collect();
    found.push((Change::Listed, json!(values)));
    found.push((Change::Listed, json!(values.iter().rev().collect::<Vec<_>>())));
    found
}
