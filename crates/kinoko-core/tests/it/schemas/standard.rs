//! Types of the standard library, and serde's own.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    num::{NonZero, Wrapping},
    ops::{Bound, Range, RangeInclusive},
    path::PathBuf,
    time::{Duration, SystemTime},
};

use kinoko_core::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value, json};

use super::{check::Table, why::Why};

#[derive(Serialize, Deserialize, JsonSchema, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
enum Key {
    First,
    Second,
}

#[derive(Serialize, Deserialize, JsonSchema, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum DocumentedKey {
    /// The first.
    First,
    Second,
}

#[derive(Serialize, Deserialize, JsonSchema, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Id(u32);

#[derive(Serialize, Deserialize, JsonSchema, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Name(String);

#[derive(Serialize, Deserialize, JsonSchema, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Inner {
    a: i32,
}

#[test]
fn numbers() {
    let mut table = Table::default();
    table.of("u8", [1_u8, u8::MAX], &[Why::Pointed]);
    table.of("u16", [1_u16, u16::MAX], &[]);
    table.of("u32", [1_u32, u32::MAX], &[]);
    table.of("u64", [1_u64, u64::MAX], &[]);
    table.of("usize", [1_usize, usize::MAX], &[]);
    table.of("i8", [1_i8, i8::MIN], &[]);
    table.of("i16", [1_i16, i16::MIN], &[]);
    table.of("i32", [1_i32, i32::MIN], &[]);
    table.of("i64", [1_i64, i64::MIN], &[]);
    table.of("isize", [1_isize, isize::MIN], &[]);
    table.of("u128", [1_u128, u64::MAX.into()], &[]);
    table.of("i128", [1_i128, i64::MIN.into()], &[]);
    table.of("f32", [1.0_f32, 1.5, f32::MAX], &[Why::Huge]);
    table.of("f64", [1.0_f64, 1.5, f64::MAX], &[]);
    table.of("a float that is no number", [f64::NAN], &[Why::NotANumber]);
    table.of("NonZero<u8>", [NonZero::<u8>::MIN], &[]);
    table.of("NonZero<u16>", [NonZero::<u16>::MIN], &[]);
    table.of("NonZero<u32>", [NonZero::<u32>::MIN], &[]);
    table.of("NonZero<u64>", [NonZero::<u64>::MIN], &[]);
    table.of("NonZero<i8>", [NonZero::<i8>::MIN], &[]);
    table.of("NonZero<i32>", [NonZero::<i32>::MIN], &[]);
    table.of("NonZero<i64>", [NonZero::<i64>::MIN], &[]);
    table.of("Option<NonZero<i32>>", [Some(NonZero::<i32>::MIN), None], &[]);
    table.of("Wrapping<u8>", [Wrapping(1_u8)], &[]);
    table.of("Number", [Number::from(1)], &[]);
    table.done();
}

#[test]
fn scalars() {
    let mut table = Table::default();
    table.of("bool", [true, false], &[]);
    table.of("char", ['a', 'é'], &[]);
    table.of("String", ["a".to_owned(), String::new()], &[]);
    table.of("Cow<str>", [Cow::Borrowed("a")], &[]);
    table.of("Box<str>", [Box::<str>::from("a")], &[]);
    table.of("Box<i32>", [Box::new(1)], &[]);
    table.of("()", [()], &[]);
    table.of("Option<i32>", [Some(1), None], &[]);
    table.of("Option<Option<i32>>", [Some(Some(1)), None], &[]);
    table.of("Option<bool>", [Some(true), None], &[]);
    table.of("Option<()>", [Some(()), None], &[]);
    table.of("PathBuf", [PathBuf::from("a")], &[]);
    table.of("Ipv4Addr", [Ipv4Addr::LOCALHOST], &[]);
    table.of("Ipv6Addr", [Ipv6Addr::LOCALHOST], &[]);
    table.of(
        "IpAddr",
        [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)],
        &[Why::Text],
    );
    table.of("SocketAddr", [SocketAddr::from(([127, 0, 0, 1], 80))], &[Why::Text]);
    table.of("Secret<String>", [Secret::new("a".to_owned())], &[]);
    table.done();
}

#[test]
fn collections() {
    let mut table = Table::default();
    table.of("Vec<i32>", [vec![1, 2], vec![]], &[]);
    table.of("Vec<u8>", [vec![1_u8, 2]], &[]);
    table.of("Vec<Option<Inner>>", [vec![Some(Inner { a: 1 }), None]], &[]);
    table.of("Box<[i32]>", [vec![1, 2].into_boxed_slice()], &[]);
    table.of("VecDeque<i32>", [VecDeque::from([1, 2])], &[]);
    table.of("LinkedList<i32>", [LinkedList::from([1, 2])], &[]);
    table.of("BinaryHeap<i32>", [BinaryHeap::from([1, 2])], &[]);
    table.of("HashSet<i32>", [HashSet::from([1, 2])], &[]);
    table.of("BTreeSet<Inner>", [BTreeSet::from([Inner { a: 1 }, Inner { a: 2 }])], &[]);
    table.of("[i32; 3]", [[1, 2, 3]], &[]);
    table.of("[i32; 0]", [[0_i32; 0]], &[]);
    table.of("[Option<i32>; 2]", [[Some(1), None]], &[]);
    table.of("(i32,)", [(1,)], &[]);
    table.of("(i32, String)", [(1, "a".to_owned())], &[]);
    table.of("(i32, Option<i32>, (bool, Inner))", [(1, Some(1), (true, Inner { a: 1 }))], &[]);
    table.done();
}

#[test]
fn maps() {
    let mut table = Table::default();
    let name = || "a".to_owned();
    table.of("HashMap<String, i32>", [HashMap::from([(name(), 1)]), HashMap::new()], &[]);
    table.of("BTreeMap<String, Inner>", [BTreeMap::from([(name(), Inner { a: 1 })])], &[]);
    table.of("BTreeMap<u8, i32>", [BTreeMap::from([(1_u8, 1)])], &[]);
    table.of("BTreeMap<u64, i32>", [BTreeMap::from([(1_u64, 1)])], &[]);
    table.of("HashMap<i32, i32>", [HashMap::from([(1, 1), (-1, 2)])], &[]);
    table.of("BTreeMap<bool, i32>", [BTreeMap::from([(true, 1)])], &[Why::Key]);
    table.of("BTreeMap<char, i32>", [BTreeMap::from([('a', 1)])], &[Why::Key]);
    table.of("BTreeMap<Key, i32>", [BTreeMap::from([(Key::First, 1), (Key::Second, 1)])], &[]);
    table.of(
        "BTreeMap<DocumentedKey, i32>",
        [BTreeMap::from([(DocumentedKey::First, 1), (DocumentedKey::Second, 1)])],
        &[Why::Key],
    );
    table.of("BTreeMap<Id, i32>", [BTreeMap::from([(Id(1), 1)])], &[]);
    table.of("BTreeMap<Name, i32>", [BTreeMap::from([(Name(name()), 1)])], &[]);
    table.of(
        "BTreeMap<String, Option<i32>>",
        [BTreeMap::from([(name(), Some(1)), ("b".to_owned(), None)])],
        &[],
    );
    table.of("Map<String, Value>", [Map::from_iter([(name(), json!(1))])], &[]);
    table.done();
}

#[test]
fn others() {
    let mut table = Table::default();
    table.of("Value", [json!(1), json!({"a": [1]}), Value::Null], &[]);
    table.of("Option<Value>", [Some(json!(1)), None], &[]);
    table.of("Result<i32, String>", [Ok(1), Err("a".to_owned())], &[]);
    table.of("Duration", [Duration::new(1, 5)], &[Why::Standard, Why::Code]);
    table.of("SystemTime", [SystemTime::UNIX_EPOCH], &[Why::Standard, Why::Code]);
    table.of("Range<i32>", [Range { start: 1, end: 2 }], &[Why::Standard]);
    table.of("RangeInclusive<i32>", [RangeInclusive::new(1, 2)], &[Why::Standard]);
    table.of(
        "Bound<i32>",
        [Bound::Included(1), Bound::Excluded(1), Bound::Unbounded],
        &[Why::Standard, Why::NotJudged],
    );
    table.of("Reverse<i32>", [std::cmp::Reverse(1)], &[]);
    table.of("PhantomData", [std::marker::PhantomData::<i32>], &[]);
    table.done();
}
