//! Attributes of fields and of structs.

use std::collections::BTreeMap;

use kinoko_core::schema::alias;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{check::Table, why::Why};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Plain {
    number: i32,
    text: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Renamed {
    #[serde(rename = "wireName")]
    name: u8,
    other_name: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RenamedAll {
    first_name: String,
    #[serde(rename = "LAST")]
    last_name: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
struct RenamedLoudly {
    first_name: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct RenamedByHalves {
    #[serde(rename(serialize = "out", deserialize = "in"))]
    it: u16,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(serialize = "kebab-case", deserialize = "snake_case"))]
struct RenamedAllByHalves {
    two_words: u16,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename = "Another", rename_all = "PascalCase")]
struct RenamedItself {
    two_words: Option<i64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Aliased {
    #[serde(alias = "TEXT")]
    text: String,
}

/// What `schemars` does not see, said.
#[derive(Serialize, Deserialize, JsonSchema)]
struct AliasSaid {
    #[serde(alias = "TEXT", alias = "b")]
    #[schemars(transform = alias("TEXT"), transform = alias("b"))]
    text: String,
    #[serde(default, alias = "NUMBER")]
    #[schemars(transform = alias("NUMBER"))]
    number: i32,
    #[serde(alias = "INNER")]
    #[schemars(transform = alias("INNER"))]
    inner: Aliased,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Skipped {
    kept: i32,
    #[serde(skip)]
    #[expect(dead_code, reason = "it is skipped")]
    gone: i32,
    #[serde(skip_serializing)]
    #[expect(dead_code, reason = "it is read")]
    read: i32,
    #[serde(skip_serializing, default)]
    #[expect(dead_code, reason = "it is read")]
    read_or_not: i32,
    #[serde(skip_deserializing)]
    written: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    some: Option<i32>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    many: Vec<i32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    many_wanted: Vec<i32>,
}

fn skipped(some: Option<i32>, many: Vec<i32>) -> Skipped {
    let many_wanted = many.clone();
    Skipped { kept: 1, gone: 2, read: 3, read_or_not: 4, written: 5, some, many, many_wanted }
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Defaults {
    #[serde(default)]
    plain: u32,
    #[serde(default = "seven")]
    path: u32,
    #[serde(default)]
    option: Option<String>,
    #[serde(default)]
    inner: Option<Box<Defaults>>,
}

fn seven() -> u32 {
    7
}

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct AllDefault {
    number: i8,
    text: String,
    option: Option<bool>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(default = "all_by_path")]
struct AllByPath {
    number: i8,
    #[serde(default = "seven")]
    other: u32,
}

fn all_by_path() -> AllByPath {
    AllByPath { number: 3, other: 4 }
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Strict {
    number: i32,
    option: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "maybe-not")]
    maybe: Option<Inner>,
}

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct StrictDefault {
    number: i32,
    #[serde(skip)]
    gone: i32,
}

#[derive(Default, Serialize, Deserialize, JsonSchema)]
struct Inner {
    a: i32,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
struct Transparent {
    only: Vec<u8>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
struct Tagged {
    number: i32,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename = "named")]
struct TaggedAndNamed {
    number: i32,
}

/// A number that is written as a text.
mod as_text {
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(it: &i32, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(it)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<i32, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct With {
    #[serde(with = "as_text")]
    #[schemars(with = "String", regex(pattern = r"^-?\d+$"))]
    number: i32,
    #[serde(serialize_with = "as_text::serialize", deserialize_with = "as_text::deserialize")]
    #[schemars(with = "String", regex(pattern = r"^-?\d+$"))]
    other: i32,
    #[serde(with = "as_text", default)]
    #[schemars(with = "String", regex(pattern = r"^-?\d+$"))]
    third: i32,
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(from = "i32", into = "Text")]
struct FromInto(i32);

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct Text {
    text: String,
}

impl From<i32> for FromInto {
    fn from(it: i32) -> FromInto {
        FromInto(it)
    }
}

impl From<FromInto> for Text {
    fn from(it: FromInto) -> Text {
        Text { text: it.0.to_string() }
    }
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "i32")]
struct Even(i32);

impl TryFrom<i32> for Even {
    type Error = String;

    fn try_from(it: i32) -> Result<Even, String> {
        if it % 2 == 0 { Ok(Even(it)) } else { Err("odd".to_owned()) }
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct OptionWith {
    #[serde(deserialize_with = "Option::deserialize")]
    needed: Option<i32>,
    #[serde(deserialize_with = "Option::deserialize", default)]
    not_needed: Option<i32>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Unit;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Newtype(u8);

#[derive(Serialize, Deserialize, JsonSchema)]
struct NewtypeOption(Option<Inner>);

#[derive(Serialize, Deserialize, JsonSchema)]
struct Tuple(i32, String);

#[derive(Serialize, Deserialize, JsonSchema)]
struct TupleSkips(
    i32,
    #[serde(skip)]
    #[expect(dead_code, reason = "it is skipped")]
    u8,
    String,
);

#[derive(Serialize, Deserialize, JsonSchema)]
struct TupleDefault(i32, #[serde(default)] i32);

#[derive(Serialize, Deserialize, JsonSchema)]
struct Empty {}

#[derive(Serialize, Deserialize, JsonSchema)]
struct EmptyTuple();

#[derive(Serialize, Deserialize, JsonSchema)]
struct Options {
    one: Option<i32>,
    two: Option<Option<i32>>,
    nested: Option<Inner>,
    boxed: Option<Box<Options>>,
    unit: Option<()>,
    any: Option<Value>,
    newtype: NewtypeOption,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Tree {
    value: i32,
    children: Vec<Tree>,
    by_name: BTreeMap<String, Tree>,
}

#[derive(Default, Serialize, Deserialize, JsonSchema)]
struct Generic<T> {
    it: T,
    #[serde(default)]
    more: Vec<T>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Keyword {
    r#type: i32,
    #[serde(rename = "a/b~c%d \"é")]
    odd: i32,
}

#[test]
fn names_and_presence() {
    let mut table = Table::default();
    let plain = || Plain { number: 5, text: "five".to_owned() };
    table.of("a struct", [plain()], &[Why::Listed, Why::Pointed]);
    table.of("rename", [Renamed { name: 1, other_name: true }], &[]);
    let names = || ("a".to_owned(), "b".to_owned());
    let (first_name, last_name) = names();
    table.of("rename_all", [RenamedAll { first_name, last_name }], &[]);
    table.of("rename_all, loud", [RenamedLoudly { first_name: names().0 }], &[]);
    table.of_two("rename, two names", [RenamedByHalves { it: 1 }], &[json!({"in": 1})], &[]);
    table.of_two(
        "rename_all, two ways",
        [RenamedAllByHalves { two_words: 1 }],
        &[json!({"two_words": 1})],
        &[],
    );
    table.of(
        "rename of a struct",
        [RenamedItself { two_words: Some(1) }, RenamedItself { two_words: None }],
        &[],
    );
    table.of("alias", [Aliased { text: "a".to_owned() }], &[Why::Alias]);
    let said =
        AliasSaid { text: "a".to_owned(), number: 1, inner: Aliased { text: "b".to_owned() } };
    let by_others = [
        json!({"TEXT": "a", "NUMBER": 2, "INNER": {"text": "b"}}),
        json!({"b": "a", "inner": {"text": "b"}}),
    ];
    table.of_two("alias, said", [said], &by_others, &[Why::Alias, Why::Twice]);
    table.of_two("skip", [skipped(Some(1), vec![1]), skipped(None, Vec::new())], &[json!({"kept": 1, "read": 3, "many_wanted": []}), json!({"kept": 1, "read": 3, "read_or_not": 4, "some": 5, "many": [6], "many_wanted": [7]})], &[]);
    let inner = Defaults { plain: 1, path: 2, option: None, inner: None };
    let outer =
        Defaults { plain: 1, path: 2, option: Some("a".to_owned()), inner: Some(Box::new(inner)) };
    table.of("default", [outer], &[]);
    table.of(
        "default of a struct",
        [AllDefault { number: 1, text: "a".to_owned(), option: Some(true) }, AllDefault::default()],
        &[],
    );
    table.of("default of a struct, by path", [all_by_path()], &[]);
    let strict = |option, maybe| Strict { number: 1, option, maybe };
    table.of(
        "deny_unknown_fields",
        [strict(Some(1), Some(Inner { a: 1 })), strict(None, None)],
        &[],
    );
    table.of("deny_unknown_fields, default", [StrictDefault { number: 1, gone: 1 }], &[]);
    table.of("transparent", [Transparent { only: vec![1, 2] }], &[]);
    table.of("tag of a struct", [Tagged { number: 1 }], &[Why::StructTag]);
    table.of("tag of a struct that is renamed", [TaggedAndNamed { number: 1 }], &[Why::StructTag]);
    table.of("with", [With { number: 1, other: -2, third: 3 }], &[]);
    table.of_two("from and into", [FromInto(1)], &[json!(1)], &[]);
    table.of("try_from", [Even(2)], &[Why::Code]);
    table.of(
        "deserialize_with of an Option",
        [
            OptionWith { needed: Some(1), not_needed: Some(1) },
            OptionWith { needed: None, not_needed: None },
        ],
        &[Why::OptionWith],
    );
    table.of("names that are odd", [Keyword { r#type: 1, odd: 2 }], &[]);
    table.done();
}

#[test]
fn forms_of_structs() {
    let mut table = Table::default();
    table.of("a unit struct", [Unit], &[]);
    table.of("a newtype", [Newtype(1)], &[]);
    table.of(
        "a newtype of an Option",
        [NewtypeOption(Some(Inner { a: 1 })), NewtypeOption(None)],
        &[],
    );
    table.of("a tuple struct", [Tuple(1, "a".to_owned())], &[]);
    table.of("a tuple struct that skips", [TupleSkips(1, 2, "a".to_owned())], &[]);
    table.of("a tuple struct with a default", [TupleDefault(1, 2)], &[Why::TupleDefault]);
    table.of("an empty struct", [Empty {}], &[]);
    table.of("an empty tuple struct", [EmptyTuple()], &[]);
    let options = |it: Option<i32>, boxed| Options {
        one: it,
        two: it.map(Some),
        nested: it.map(|a| Inner { a }),
        boxed,
        unit: it.map(|_| ()),
        any: it.map(Value::from),
        newtype: NewtypeOption(it.map(|a| Inner { a })),
    };
    table.of(
        "Options",
        [options(Some(1), Some(Box::new(options(None, None)))), options(None, None)],
        &[],
    );
    let leaf = || Tree { value: 1, children: Vec::new(), by_name: BTreeMap::new() };
    let by_name = BTreeMap::from([("a".to_owned(), leaf())]);
    table.of("a recursive type", [Tree { value: 2, children: vec![leaf()], by_name }], &[]);
    table.of("a generic type", [Generic { it: 1, more: vec![2] }], &[]);
    table.of("the same of another type", [Generic { it: Inner { a: 1 }, more: vec![] }], &[]);
    table.of(
        "the same of itself",
        [Generic { it: Generic { it: "a".to_owned(), more: vec![] }, more: vec![] }],
        &[],
    );
    table.done();
}
