//! [`Why`]: what a schema does not say of what serde does, and for which reason that is left so.

use serde_json::Value;

use super::check::Dispute;
use crate::mutate::{Change, Mutant};

/// A reason why a type and its schema may not be of one mind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    // Read, although the schema refuses it.
    /// serde reads a struct, and an enum with a tag, from a list of its fields too. Nobody writes one so, and every
    /// object of every schema would be there twice.
    Listed,
    /// serde reads a variant without content from an object with nothing in it too. It never writes one so.
    Opened,
    /// What serde has put aside, to look at a tag first, it reads with less care: a unit from `{}`, a tag from the number
    /// of its variant. It never writes them so.
    PutAside,
    /// `schemars` does not see `other`, unless `kinoko::schema::other` says it.
    Other,
    /// `schemars` does not see `alias`, unless `kinoko::schema::alias` says it.
    Alias,
    /// `schemars` does not see `default` in a tuple.
    TupleDefault,
    /// A variant without content takes fields that nobody knows in spite of `deny_unknown_fields`, where its tag is
    /// internal. Who writes that attribute wants to be told of such.
    StrictUnit,
    /// An `Option` that is flattened is `None` when anything in it does not fit. Data that is lost so is better told.
    FlattenedOption,
    /// Of the variants that a flattened enum finds it takes the first. Nobody writes two.
    FlattenedEnum,

    // Refused, although the schema has nothing against it.
    /// To JSON Schema 1.0 is an integer, and to serde it is none. Nothing that writes integers writes it.
    Pointed,
    /// A number larger than an `f32` can hold. Where serde has put it aside first, it is infinite instead.
    Huge,
    /// A field by two of its names at once. It could be said, and then nothing could be proved of any field of the type.
    Twice,
    /// What a text has to look like there is no word for in JSON Schema.
    Text,
    /// What code checks, JSON Schema cannot say.
    Code,
    /// An `Option` has to be there where it has a `deserialize_with` and no `default`, which `schemars` does not see.
    OptionWith,
    /// serde's own `Deserialize` of some types of the standard library refuses what it does not know, which `schemars`
    /// does not say, and a struct of somebody else may look the same.
    Standard,
    /// Keys of a map that are neither texts nor integers nor plain variants are any text to `schemars`.
    Key,
    /// Content beside the tag of a variant that has none. Nobody writes it.
    Content,
    /// A unit struct in a variant with an internal tag refuses all fields. To `schemars` it is a variant without content,
    /// which does not.
    UnitStruct,

    // Neither, and yet it could not be told that who reads the type reads what who writes it writes.
    /// Variants of which two may fit at once are compared by the letter, and where a reference is among it not at all.
    NotJudged,

    // Written, although the schema does not say so.
    /// `schemars` does not see `tag` of a struct.
    StructTag,
    /// A number that is none is written as `null`. Every float would have to be one or `null`, and nobody means that.
    NotANumber,
}

impl Why {
    /// Those that hold of every type. Each is shown by a type of its own as well.
    pub(super) const ALWAYS: &[Why] = &[Why::Listed, Why::Opened, Why::Pointed];

    /// Whether it is the reason why a value is read and refused.
    pub(super) fn explains(self, dispute: &Dispute<'_>) -> bool {
        let Dispute { mutant: Mutant { change, from, to, .. }, read } = dispute;
        let changed = |changes: &[Change]| changes.contains(change);
        match self {
            Why::Listed => *read && !from.is_array() && to.is_array(),
            Why::Opened => *read && changed(&[Change::Opened]) && is_empty(to),
            Why::PutAside => *read && (is_empty(to) || from.is_string() && to.is_number()),
            Why::Other => *read && to.is_string(),
            Why::Alias => *read && changed(&[Change::Renamed, Change::Text]),
            Why::TupleDefault => *read && changed(&[Change::Length]),
            Why::StrictUnit => *read && changed(&[Change::Added, Change::Merged]),
            Why::FlattenedOption => *read && changed(&[Change::Other, Change::Number]),
            Why::FlattenedEnum => *read && changed(&[Change::Merged]),
            Why::Pointed => !read && to.as_f64().is_some_and(|it| it.fract() == 0.0) && to.is_f64(),
            Why::Huge => !read && to.as_f64().is_some_and(|it| it.abs() > f64::from(f32::MAX)),
            Why::Twice => !read && changed(&[Change::Merged, Change::Added]),
            Why::Text => !read && changed(&[Change::Text]),
            Why::Code => !read && changed(&[Change::Number]),
            Why::OptionWith => !read && changed(&[Change::Dropped, Change::Renamed]),
            Why::Standard => !read && changed(&[Change::Added]),
            Why::Key => !read && changed(&[Change::Added, Change::Renamed]),
            Why::Content => !read && changed(&[Change::Merged]),
            Why::UnitStruct => !read && changed(&[Change::Added, Change::Merged]),
            Why::NotJudged | Why::StructTag | Why::NotANumber => false,
        }
    }

    /// Whether it is the reason why a value is written that the schema does not have.
    pub(super) fn explains_written(self, value: &Value) -> bool {
        match self {
            Why::StructTag => value.get("type").is_some(),
            Why::NotANumber => value.is_null(),
            _ => false,
        }
    }
}

fn is_empty(value: &Value) -> bool {
    let empty = |it: &Value| it.is_null() || it.as_object().is_some_and(|it| it.is_empty());
    value.as_object().is_some_and(|it| it.values().all(empty))
}
