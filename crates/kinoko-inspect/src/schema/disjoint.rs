//! Whether two alternatives have no value in common: what `oneOf` needs to mean the same as `anyOf`,
//! and what tells the variants of an enum apart.

use super::shape::{Alternative, Id, Objects, Rest};

/// Whether surely no value is in both; `look` gives what a node allows. `false` when that is not seen
/// at a glance.
pub(crate) fn alternatives(
    look: &mut dyn FnMut(Id) -> Vec<Alternative>,
    one: &Alternative,
    other: &Alternative,
) -> bool {
    match (one, other) {
        (Alternative::Object(one), Alternative::Object(other)) => {
            told_apart(look, one, other) || missing(one, other) || missing(other, one)
        }
        _ => scalars(one, other),
    }
}

fn scalars(one: &Alternative, other: &Alternative) -> bool {
    match (one, other) {
        (Alternative::Bool(Some(one)), Alternative::Bool(Some(other))) => one != other,
        (Alternative::String(one), Alternative::String(other)) => {
            match (&one.values, &other.values) {
                (Some(one), Some(other)) => one.is_disjoint(other),
                (Some(values), None) => values.is_subset(&other.but),
                (None, Some(values)) => values.is_subset(&one.but),
                (None, None) => false,
            }
        }
        (Alternative::Number(one), Alternative::Number(other)) => {
            match (&one.values, &other.values) {
                (Some(one), Some(other)) => one.iter().all(|it| !other.contains(it)),
                _ => false,
            }
        }
        (Alternative::Array(one), Alternative::Array(other)) => {
            one.most.is_some_and(|most| most < other.least)
                || other.most.is_some_and(|most| most < one.least)
        }
        (one, other) => !one.is_like(other),
    }
}

/// Whether a field that both always have holds a value in one that it never holds in the other: a tag.
fn told_apart(
    look: &mut dyn FnMut(Id) -> Vec<Alternative>,
    one: &Objects,
    other: &Objects,
) -> bool {
    one.fields.iter().any(|(name, field)| {
        let Some(there) = other.fields.get(name) else { return false };
        if !field.required || !there.required {
            return false;
        }
        let (here, there) = (look(field.shape), look(there.shape));
        // Of what is being read nothing is known yet.
        !here.is_empty()
            && !there.is_empty()
            && here.iter().all(|a| there.iter().all(|b| scalars(a, b)))
    })
}

/// Whether one always has a field that the other never has.
fn missing(one: &Objects, other: &Objects) -> bool {
    other.rest == Rest::Refused
        && other.patterns.is_empty()
        && one.fields.iter().any(|(name, it)| it.required && !other.fields.contains_key(name))
}
