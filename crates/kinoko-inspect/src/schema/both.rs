//! What two shapes both allow: `allOf`, and keywords that stand beside a `$ref` or an `anyOf`.

use std::collections::BTreeMap;

use super::{
    number::Number,
    pattern,
    shape::{
        Alternative, Arrays, Bound, Field, Id, Numbers, Objects, Rest, Shape, Strings, Unread,
    },
    shapes::{Reading, Shapes},
};

/// The values that both allow.
pub(super) fn shapes(reading: &mut Reading<'_, '_>, one: &Shape, other: &Shape) -> Shape {
    let mut shape = Shape {
        name: one.name.clone().or_else(|| other.name.clone()),
        alternatives: Vec::new(),
        unread: one.unread.clone(),
    };
    shape.unread.extend(other.unread.clone());
    let mut unsure = false;
    for a in &one.alternatives {
        for b in &other.alternatives {
            if let Some(it) = alternatives(reading, a, b, &mut unsure)
                && !shape.alternatives.contains(&it)
            {
                shape.alternatives.push(it);
            }
        }
    }
    if unsure {
        shape.unread.insert(Unread::alone("patternProperties"));
    }
    shape
}

fn alternatives(
    reading: &mut Reading<'_, '_>,
    one: &Alternative,
    other: &Alternative,
    unsure: &mut bool,
) -> Option<Alternative> {
    Some(match (one, other) {
        (Alternative::Null, Alternative::Null) => Alternative::Null,
        (Alternative::Bool(None), Alternative::Bool(it))
        | (Alternative::Bool(it), Alternative::Bool(None)) => Alternative::Bool(*it),
        (Alternative::Bool(one), Alternative::Bool(other)) if one == other => {
            Alternative::Bool(*one)
        }
        (Alternative::Number(one), Alternative::Number(other)) => {
            let it = numbers(one, other);
            if it.values.as_ref().is_some_and(Vec::is_empty) || out_of_order(it.least, it.most) {
                return None;
            }
            Alternative::Number(it)
        }
        (Alternative::String(one), Alternative::String(other)) => {
            let it = strings(one, other);
            if it.values.as_ref().is_some_and(|it| it.is_empty())
                || it.most.is_some_and(|most| most < it.least)
            {
                return None;
            }
            Alternative::String(it)
        }
        (Alternative::Array(one), Alternative::Array(other)) => {
            let it = arrays(reading, one, other);
            if it.most.is_some_and(|most| most < it.least) {
                return None;
            }
            Alternative::Array(it)
        }
        (Alternative::Object(one), Alternative::Object(other)) => {
            Alternative::Object(objects(reading, one, other, unsure))
        }
        _ => return None,
    })
}

fn out_of_order(least: Option<Bound>, most: Option<Bound>) -> bool {
    match (least, most) {
        (Some(least), Some(most)) => {
            most.at < least.at || (most.at == least.at && (least.open || most.open))
        }
        _ => false,
    }
}

/// The numbers that both allow.
pub(super) fn numbers(one: &Numbers, other: &Numbers) -> Numbers {
    let whole = one.whole || other.whole;
    // Of two that say a range, the narrower; an open one is narrower than a closed one at the same place.
    let least = [one.least, other.least].into_iter().flatten();
    let least = least.max_by(|a, b| a.at.cmp(&b.at).then(a.open.cmp(&b.open)));
    let most = [one.most, other.most].into_iter().flatten();
    let most = most.min_by(|a, b| a.at.cmp(&b.at).then(b.open.cmp(&a.open)));
    let mut steps = one.steps.clone();
    steps.extend(other.steps.iter().filter(|it| !one.steps.contains(it)));
    let mut numbers = Numbers { whole, least, most, steps, values: None };
    if whole {
        numbers.least = numbers.least.map(|it| rounded(it, 1));
        numbers.most = numbers.most.map(|it| rounded(it, -1));
    }
    let in_other = |it: &Number| allows(other, *it);
    numbers.values = match (&one.values, &other.values) {
        (Some(values), _) => Some(values.iter().copied().filter(in_other).collect()),
        (None, Some(values)) => {
            Some(values.iter().copied().filter(|it| allows(one, *it)).collect())
        }
        (None, None) => None,
    };
    numbers
}

/// The bound of integers that says the same.
fn rounded(bound: Bound, inward: i128) -> Bound {
    let integer = if inward > 0 { bound.at.ceil() } else { bound.at.floor() };
    let Some(integer) = integer else { return bound };
    let is_it = bound.open && Number::Whole(integer) == bound.at;
    Bound::closed(if is_it { integer.saturating_add(inward) } else { integer }.into())
}

/// Whether a number is among those.
pub(crate) fn allows(numbers: &Numbers, it: Number) -> bool {
    let above = numbers.least.is_none_or(|b| if b.open { it > b.at } else { it >= b.at });
    let below = numbers.most.is_none_or(|b| if b.open { it < b.at } else { it <= b.at });
    above
        && below
        && (!numbers.whole || it.is_whole())
        && numbers.steps.iter().all(|step| it.is_multiple_of(*step))
        && numbers.values.as_ref().is_none_or(|values| values.contains(&it))
}

fn strings(one: &Strings, other: &Strings) -> Strings {
    let mut strings = Strings {
        values: None,
        but: one.but.union(&other.but).cloned().collect(),
        least: one.least.max(other.least),
        most: [one.most, other.most].into_iter().flatten().min(),
        patterns: one.patterns.union(&other.patterns).cloned().collect(),
        formats: one.formats.union(&other.formats).cloned().collect(),
    };
    strings.values = match (&one.values, &other.values) {
        (Some(a), Some(b)) => Some(a.intersection(b).cloned().collect()),
        (a, b) => a.clone().or_else(|| b.clone()),
    };
    // The values are then all there is to know, as far as what is said of them can be checked.
    if let Some(values) = strings.values.take() {
        let kept = values.into_iter().filter(|it| pattern::string(&strings, it) != Some(false));
        strings.values = Some(kept.collect());
        strings.but.clear();
    }
    strings
}

fn arrays(reading: &mut Reading<'_, '_>, one: &Arrays, other: &Arrays) -> Arrays {
    let places = one.first.len().max(other.first.len());
    let mut arrays = Arrays {
        first: Vec::new(),
        rest: either(reading, one.rest, other.rest),
        least: one.least.max(other.least),
        most: [one.most, other.most].into_iter().flatten().min(),
        unique: one.unique || other.unique,
    };
    for place in 0..places {
        let at = either(reading, one.at(place), other.at(place));
        arrays.first.push(at.unwrap_or(Shapes::ANY));
    }
    arrays
}

/// What both demand, when either demands something.
fn either(reading: &mut Reading<'_, '_>, one: Option<Id>, other: Option<Id>) -> Option<Id> {
    match (one, other) {
        (Some(one), Some(other)) => Some(reading.both(one, other)),
        (one, other) => one.or(other),
    }
}

fn objects(
    reading: &mut Reading<'_, '_>,
    one: &Objects,
    other: &Objects,
    unsure: &mut bool,
) -> Objects {
    let mut objects = Objects::default();
    for (name, field) in &one.fields {
        let there = other.fields.get(name).copied();
        let shape = there.map_or_else(|| reading.as_unnamed(name, other), |it| it.shape);
        let shape = reading.both(field.shape, shape);
        let required = field.required || there.is_some_and(|it| it.required);
        objects.fields.insert(name.clone(), Field { shape, required });
    }
    for (name, field) in &other.fields {
        if !one.fields.contains_key(name) {
            let shape = reading.as_unnamed(name, one);
            let shape = reading.both(field.shape, shape);
            objects.fields.insert(name.clone(), Field { shape, required: field.required });
        }
    }
    objects.rest = match (one.rest, other.rest) {
        (Rest::Refused, _) | (_, Rest::Refused) => Rest::Refused,
        (Rest::Each(a), Rest::Each(b)) => Rest::Each(reading.both(a, b)),
        (Rest::Each(a), _) | (_, Rest::Each(a)) => Rest::Each(a),
        (Rest::Any, _) | (_, Rest::Any) => Rest::Any,
        (Rest::Unsaid, Rest::Unsaid) => Rest::Unsaid,
    };
    objects.patterns = patterns(reading, one, other, unsure);
    objects
}

fn patterns(
    reading: &mut Reading<'_, '_>,
    one: &Objects,
    other: &Objects,
    unsure: &mut bool,
) -> BTreeMap<String, Id> {
    let mut patterns = BTreeMap::new();
    for (here, there) in [(one, other), (other, one)] {
        for (pattern, id) in &here.patterns {
            let id = match there.patterns.get(pattern) {
                Some(also) => reading.both(*id, *also),
                None => {
                    // Which of the keys that match here are among the rest there, or match there as well, is not
                    // looked into: all of them may be.
                    *unsure |= matches!(there.rest, Rest::Refused | Rest::Each(_));
                    *id
                }
            };
            patterns.insert(pattern.clone(), id);
        }
    }
    patterns
}
