//! What tells the variants of an enum apart.

use crate::schema::{Alternative, Shapes, Strings};

/// What tells a variant from others: the value of its tag, or the one field it has.
pub(super) fn label(shapes: &Shapes, alternative: &Alternative) -> Option<String> {
    let Alternative::Object(objects) = alternative else { return None };
    let tag = tag(shapes, alternative).map(|(_, value)| value.to_owned());
    tag.or_else(|| (objects.fields.len() == 1).then(|| objects.fields.keys().next().cloned())?)
}

/// A field that is always there and always holds the same word, and the word.
pub(super) fn tag<'s>(
    shapes: &'s Shapes,
    alternative: &'s Alternative,
) -> Option<(&'s str, &'s str)> {
    let Alternative::Object(objects) = alternative else { return None };
    objects.fields.iter().filter(|(_, it)| it.required).find_map(|(name, field)| {
        match shapes.shape(field.shape).alternatives.as_slice() {
            [Alternative::String(Strings { values: Some(values), .. })] if values.len() == 1 => {
                Some((name.as_str(), values.first()?.as_str()))
            }
            _ => None,
        }
    })
}

/// How many values an alternative is written out as.
pub(super) fn literal_count(alternative: &Alternative) -> Option<usize> {
    match alternative {
        Alternative::String(it) => it.values.as_ref().map(std::collections::BTreeSet::len),
        Alternative::Number(it) => it.values.as_ref().map(Vec::len),
        Alternative::Bool(it) => it.map(|_| 1),
        _ => None,
    }
}
