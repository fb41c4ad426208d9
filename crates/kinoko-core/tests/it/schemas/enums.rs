//! Enums: how their variants are told apart, and attributes of these.

use std::collections::BTreeMap;

use kinoko_core::schema::{alias, other, other_beside};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{check::Table, why::Why};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Inner {
    a: i32,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Strict {
    a: i32,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Unit;

#[derive(Serialize, Deserialize, JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
enum Words {
    OneWord,
    #[serde(rename = "SECOND")]
    TwoWords,
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum Documented {
    /// The first.
    First,
    /// The second.
    Second,
    Third,
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum One {
    Only,
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum External {
    Unit,
    Other,
    Newtype(i32),
    Boxed(Box<Inner>),
    Option(Option<i32>),
    UnitInside(()),
    Tuple(i32, String),
    EmptyTuple(),
    Struct { a: i32, b: Option<i32> },
    Empty {},
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
enum ExternalStrict {
    Unit,
    Struct { a: i32 },
    Newtype(Inner),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", rename_all_fields = "camelCase")]
enum ExternalRenamed {
    FirstOne {
        some_field: i32,
    },
    #[serde(rename_all = "UPPERCASE")]
    SecondOne {
        some_field: i32,
        #[serde(default)]
        with_default: i32,
    },
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(serialize = "lowercase", deserialize = "UPPERCASE"))]
enum ByHalves {
    First,
    Second(i32),
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum Aliased {
    #[serde(alias = "TEXT", alias = "b")]
    A,
    C,
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum AliasSaid {
    #[serde(alias = "TEXT", alias = "b")]
    #[schemars(transform = alias("TEXT"), transform = alias("b"))]
    A,
    #[serde(alias = "NUMBER")]
    #[schemars(transform = alias("NUMBER"))]
    Number(i32),
    C,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum TagAliasSaid {
    #[serde(alias = "TEXT")]
    #[schemars(transform = alias("TEXT"))]
    A {
        n: i32,
    },
    C,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum AliasAndOther {
    #[serde(alias = "TEXT")]
    #[schemars(transform = alias("TEXT"))]
    A { n: i32 },
    #[serde(other)]
    #[schemars(transform = other)]
    Unknown,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "of")]
enum AliasBeside {
    #[serde(alias = "TEXT")]
    #[schemars(transform = alias("TEXT"))]
    A(Option<i32>),
    C(i32),
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum SomeSkipped {
    Kept,
    #[serde(skip)]
    #[expect(dead_code, reason = "it is skipped")]
    Gone,
    #[serde(skip_deserializing)]
    Written(i32),
    #[serde(skip_serializing)]
    #[expect(dead_code, reason = "it is read")]
    Read(i32),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
enum Internal {
    Unit,
    UnitStruct(Unit),
    Newtype(Inner),
    Strict(Strict),
    Map(BTreeMap<String, i32>),
    Struct {
        a: i32,
        b: Option<i32>,
        #[serde(default)]
        c: u8,
    },
    Empty {},
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum InternalStrict {
    Unit,
    Struct { a: i32 },
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum UnseenOther {
    A {
        a: i32,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum UnitsOther {
    A,
    /// With docs.
    B,
    #[serde(other)]
    #[schemars(transform = other)]
    Unknown,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum InternalOther {
    A {
        a: i32,
    },
    #[serde(other)]
    #[schemars(transform = other)]
    Unknown,
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum ExternalOther {
    A,
    B(i32),
    #[serde(other)]
    #[schemars(transform = other)]
    Unknown,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    Unit,
    UnitInside(()),
    Newtype(i32),
    Option(Option<i32>),
    OptionOfStruct(Option<Inner>),
    Tuple(i32, String),
    Struct { a: i32, b: Option<i32> },
    Empty {},
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c", deny_unknown_fields)]
enum AdjacentStrict {
    Unit,
    Newtype(i32),
    Struct { a: i32 },
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
enum AdjacentOther {
    A(i32),
    #[serde(other)]
    #[schemars(transform = other_beside("c"))]
    Unknown,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Untagged {
    Unit,
    Number(i32),
    Text(String),
    Pair(i32, i32),
    Struct { a: i32 },
    Nested(Vec<Untagged>),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum UntaggedOverlap {
    Small(u8),
    Large(i64),
    Float(f64),
    First { a: i32 },
    Second { b: i32 },
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
enum UntaggedStrict {
    First { a: i32 },
    Second { b: i32 },
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum UntaggedVariant {
    A,
    B(i32),
    #[serde(untagged)]
    Else(String),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum UntaggedVariantInternal {
    A {
        a: i32,
    },
    #[serde(untagged)]
    Else {
        kind: String,
    },
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Holds {
    words: Words,
    option: Option<Words>,
    documented: Option<Documented>,
    many: Vec<External>,
    #[serde(default)]
    internal: Option<Internal>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum Message<T> {
    Data { it: T },
    Nothing,
}

#[test]
fn external_tags() {
    let mut table = Table::default();
    table.of("units", [Words::OneWord, Words::TwoWords], &[Why::Opened]);
    table.of("units with docs", [Documented::First, Documented::Second, Documented::Third], &[]);
    table.of("one unit", [One::Only], &[]);
    let every = [
        External::Unit,
        External::Other,
        External::Newtype(1),
        External::Boxed(Box::new(Inner { a: 1 })),
        External::Option(Some(1)),
        External::Option(None),
        External::UnitInside(()),
        External::Tuple(1, "a".to_owned()),
        External::EmptyTuple(),
        External::Struct { a: 1, b: Some(1) },
        External::Struct { a: 1, b: None },
        External::Empty {},
    ];
    table.of("external tags", every, &[]);
    let every = [
        ExternalStrict::Unit,
        ExternalStrict::Struct { a: 1 },
        ExternalStrict::Newtype(Inner { a: 1 }),
    ];
    table.of("external tags, deny_unknown_fields", every, &[]);
    let every = [
        ExternalRenamed::FirstOne { some_field: 1 },
        ExternalRenamed::SecondOne { some_field: 1, with_default: 1 },
    ];
    table.of("rename_all, rename_all_fields", every, &[]);
    table.of_two(
        "rename_all of variants, two ways",
        [ByHalves::First, ByHalves::Second(1)],
        &[json!("FIRST"), json!({"SECOND": 1})],
        &[],
    );
    table.of("alias of a variant", [Aliased::A, Aliased::C], &[Why::Alias]);
    table.of_two(
        "alias of a variant, said",
        [AliasSaid::A, AliasSaid::Number(1), AliasSaid::C],
        &[json!("TEXT"), json!("b"), json!({"NUMBER": 2})],
        &[],
    );
    table.of_two(
        "alias of a variant with a tag, said",
        [TagAliasSaid::A { n: 1 }, TagAliasSaid::C],
        &[json!({"kind": "TEXT", "n": 2})],
        &[],
    );
    table.of_two(
        "alias and other, said",
        [AliasAndOther::A { n: 1 }, AliasAndOther::Unknown],
        &[json!({"kind": "TEXT", "n": 2}), json!({"kind": "whatever"})],
        &[],
    );
    table.of_two(
        "alias of a variant with content beside its tag, said",
        [AliasBeside::A(Some(1)), AliasBeside::A(None), AliasBeside::C(1)],
        &[json!({"kind": "TEXT"}), json!({"kind": "TEXT", "of": 1})],
        &[],
    );
    table.of_two(
        "skip of variants",
        [SomeSkipped::Kept, SomeSkipped::Written(1)],
        &[json!({"Read": 1})],
        &[],
    );
    table.of("other, units", [UnitsOther::A, UnitsOther::B, UnitsOther::Unknown], &[]);
    table.of(
        "other, external",
        [ExternalOther::A, ExternalOther::B(1), ExternalOther::Unknown],
        &[],
    );
    let held = Holds {
        words: Words::OneWord,
        option: Some(Words::TwoWords),
        documented: Some(Documented::First),
        many: vec![External::Unit, External::Newtype(1)],
        internal: Some(Internal::Unit),
    };
    let little = Holds {
        words: Words::OneWord,
        option: None,
        documented: None,
        many: vec![],
        internal: None,
    };
    table.of("enums in a struct", [held, little], &[]);
    table.done();
}

#[test]
fn internal_tags() {
    let mut table = Table::default();
    let every = || {
        [
            Internal::Unit,
            Internal::UnitStruct(Unit),
            Internal::Newtype(Inner { a: 1 }),
            Internal::Strict(Strict { a: 1 }),
            Internal::Map(BTreeMap::from([("x".to_owned(), 1)])),
            Internal::Struct { a: 1, b: Some(1), c: 1 },
            Internal::Struct { a: 1, b: None, c: 1 },
            Internal::Empty {},
        ]
    };
    table.of("internal tags", every(), &[Why::UnitStruct]);
    table.of(
        "internal tags, deny_unknown_fields",
        [InternalStrict::Unit, InternalStrict::Struct { a: 1 }],
        &[Why::StrictUnit],
    );
    table.of("other, not said", [UnseenOther::A { a: 1 }, UnseenOther::Unknown], &[Why::Other]);
    table.of("other, internal", [InternalOther::A { a: 1 }, InternalOther::Unknown], &[]);
    table.of("internal tags, generic", [Message::Data { it: vec![1] }, Message::Nothing], &[]);
    table.of(
        "internal tags, one untagged",
        [
            UntaggedVariantInternal::A { a: 1 },
            UntaggedVariantInternal::Else { kind: "b".to_owned() },
        ],
        &[Why::PutAside],
    );
    table.done();
}

#[test]
fn adjacent_tags() {
    let mut table = Table::default();
    let every = [
        Adjacent::Unit,
        Adjacent::UnitInside(()),
        Adjacent::Newtype(1),
        Adjacent::Option(Some(1)),
        Adjacent::Option(None),
        Adjacent::OptionOfStruct(Some(Inner { a: 1 })),
        Adjacent::OptionOfStruct(None),
        Adjacent::Tuple(1, "a".to_owned()),
        Adjacent::Struct { a: 1, b: Some(1) },
        Adjacent::Empty {},
    ];
    table.of("adjacent tags", every, &[Why::Content, Why::PutAside]);
    let every = [AdjacentStrict::Unit, AdjacentStrict::Newtype(1), AdjacentStrict::Struct { a: 1 }];
    table.of("adjacent tags, deny_unknown_fields", every, &[]);
    table.of("other, adjacent", [AdjacentOther::A(1), AdjacentOther::Unknown], &[]);
    table.done();
}

#[test]
fn no_tags() {
    let mut table = Table::default();
    let every = [
        Untagged::Unit,
        Untagged::Number(1),
        Untagged::Text("a".to_owned()),
        Untagged::Pair(1, 2),
        Untagged::Struct { a: 1 },
        Untagged::Nested(vec![Untagged::Number(1), Untagged::Unit, Untagged::Unit]),
    ];
    table.of("untagged", every, &[]);
    let every = [
        UntaggedOverlap::Small(1),
        UntaggedOverlap::Large(1000),
        UntaggedOverlap::Float(1.5),
        UntaggedOverlap::First { a: 1 },
        UntaggedOverlap::Second { b: 1 },
    ];
    table.of("untagged, of the same types", every, &[]);
    table.of(
        "untagged, deny_unknown_fields",
        [UntaggedStrict::First { a: 1 }, UntaggedStrict::Second { b: 1 }],
        &[],
    );
    let every = [UntaggedVariant::A, UntaggedVariant::B(1), UntaggedVariant::Else("z".to_owned())];
    table.of("one variant untagged", every, &[]);
    table.done();
}
