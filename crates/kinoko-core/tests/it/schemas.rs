//! The schemas in a manifest say what serde does: of each attribute and type, what is written validates, what is read
//! validates, and what is refused is refused, with the exceptions that [`Why`](why::Why) names.
//!
//! The schemas are those the macros ask for. Values to read are made out of those that are written: each place in
//! each is left out, renamed, doubled, and exchanged for something else, and the type is asked.

mod attributes;
mod check;
mod enums;
mod flatten;
mod standard;
mod why;
