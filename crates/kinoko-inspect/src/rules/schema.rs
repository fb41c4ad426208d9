//! The rules about two schemas: what a writer may write, held against what a reader reads.

mod array_duplicates;
mod array_length;
mod field_ignored;
mod field_missing;
mod field_optional;
mod field_refused;
pub(crate) mod kind;
pub(crate) mod literal;
pub(crate) mod null_refused;
mod number_fraction;
mod number_range;
mod number_step;
mod text_format;
mod text_length;
mod text_pattern;
pub(crate) mod unread;
pub(crate) mod variant;

use super::SchemaRule;

pub(crate) use field_refused::{free, with};

/// All of them.
pub static RULES: &[&SchemaRule] = &[
    &kind::RULE,
    &null_refused::RULE,
    &literal::RULE,
    &variant::RULE,
    &field_missing::RULE,
    &field_optional::RULE,
    &field_refused::RULE,
    &field_ignored::RULE,
    &number_range::RULE,
    &number_fraction::RULE,
    &number_step::RULE,
    &text_length::RULE,
    &text_format::RULE,
    &text_pattern::RULE,
    &array_length::RULE,
    &array_duplicates::RULE,
    &unread::RULE,
];
