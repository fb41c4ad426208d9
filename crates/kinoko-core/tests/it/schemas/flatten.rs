//! `flatten`, of everything that can be flattened.

use std::collections::{BTreeMap, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{check::Table, why::Why};

#[derive(Default, Serialize, Deserialize, JsonSchema)]
struct Inner {
    a: i32,
    b: Option<i32>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Other {
    c: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct OfStruct {
    own: u8,
    #[serde(flatten)]
    inner: Inner,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct OfTwo {
    #[serde(flatten)]
    inner: Inner,
    #[serde(flatten)]
    other: Other,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Deep {
    top: bool,
    #[serde(flatten)]
    inner: OfStruct,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct OfOption {
    own: u8,
    #[serde(flatten)]
    inner: Option<Inner>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct OfDefault {
    own: u8,
    #[serde(flatten, default)]
    inner: Inner,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct OfMap {
    own: u8,
    #[serde(flatten)]
    rest: HashMap<String, i32>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct OfAnyMap {
    own: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct OfValue {
    own: u8,
    #[serde(flatten)]
    rest: Value,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct OfStructAndMap {
    #[serde(flatten)]
    inner: Inner,
    #[serde(flatten)]
    rest: HashMap<String, Value>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum Internal {
    First { x: i32 },
    Second { y: String },
    Third,
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum External {
    First { x: i32 },
    Second(i32),
    Third,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    First { x: i32 },
    Second(i32),
    Third,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Untagged {
    First { x: i32 },
    Second { y: String },
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Of<T> {
    own: u8,
    #[serde(flatten)]
    it: T,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct OfOptional<T> {
    own: u8,
    #[serde(flatten)]
    it: Option<T>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
enum Within {
    A {
        own: u8,
        #[serde(flatten)]
        inner: Inner,
    },
    B {
        #[serde(flatten)]
        rest: BTreeMap<String, i32>,
    },
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Strict {
    own: u8,
    #[serde(flatten)]
    inner: Other,
}

#[test]
fn structs_and_maps() {
    let mut table = Table::default();
    let inner = |b| Inner { a: 1, b };
    let other = || Other { c: "c".to_owned() };
    table.of(
        "a struct",
        [OfStruct { own: 1, inner: inner(Some(1)) }, OfStruct { own: 1, inner: inner(None) }],
        &[],
    );
    table.of("two structs", [OfTwo { inner: inner(Some(1)), other: other() }], &[]);
    table.of(
        "a struct that flattens",
        [Deep { top: true, inner: OfStruct { own: 1, inner: inner(Some(1)) } }],
        &[],
    );
    table.of(
        "an Option",
        [OfOption { own: 1, inner: Some(inner(Some(1))) }, OfOption { own: 1, inner: None }],
        &[Why::FlattenedOption],
    );
    table.of("with a default", [OfDefault { own: 1, inner: inner(Some(1)) }], &[]);
    let ints = || [("x".to_owned(), 1), ("y".to_owned(), 2)];
    let values = || [("x".to_owned(), Value::from(1)), ("y".to_owned(), Value::from("a"))];
    table.of(
        "a map",
        [OfMap { own: 1, rest: HashMap::from(ints()) }, OfMap { own: 1, rest: HashMap::new() }],
        &[],
    );
    table.of("a map of anything", [OfAnyMap { own: 1, rest: BTreeMap::from(values()) }], &[]);
    table.of("a value", [OfValue { own: 1, rest: values().into_iter().collect() }], &[]);
    table.of(
        "a struct and a map",
        [OfStructAndMap { inner: inner(Some(1)), rest: HashMap::from(values()) }],
        &[],
    );
    table.of(
        "in variants",
        [Within::A { own: 1, inner: inner(Some(1)) }, Within::B { rest: BTreeMap::from(ints()) }],
        &[],
    );
    table.of("deny_unknown_fields", [Strict { own: 1, inner: other() }], &[]);
    table.done();
}

#[test]
fn enums() {
    let mut table = Table::default();
    let internal =
        || [Internal::First { x: 1 }, Internal::Second { y: "a".to_owned() }, Internal::Third];
    let external = || [External::First { x: 1 }, External::Second(1), External::Third];
    let adjacent = || [Adjacent::First { x: 1 }, Adjacent::Second(1), Adjacent::Third];
    let untagged = || [Untagged::First { x: 1 }, Untagged::Second { y: "a".to_owned() }];
    table.of("internal", internal().map(|it| Of { own: 1, it }), &[Why::PutAside]);
    table.of(
        "external",
        external().map(|it| Of { own: 1, it }),
        &[Why::FlattenedEnum, Why::PutAside, Why::NotJudged],
    );
    table.of("adjacent", adjacent().map(|it| Of { own: 1, it }), &[Why::Content, Why::PutAside]);
    table.of("untagged", untagged().map(|it| Of { own: 1, it }), &[]);
    let some = |it| OfOptional { own: 1, it: Some(it) };
    table.of("an Option, internal", internal().map(some), &[]);
    let some = |it| OfOptional { own: 1, it: Some(it) };
    table.of("an Option, external", external().map(some), &[Why::NotJudged]);
    let some = |it| OfOptional { own: 1, it: Some(it) };
    table.of("an Option, adjacent", adjacent().map(some), &[]);
    let some = |it| OfOptional { own: 1, it: Some(it) };
    let none = OfOptional { own: 1, it: None };
    table.of("an Option, untagged", untagged().map(some).into_iter().chain([none]), &[]);

    table.done();
}
