//! An argument that is taken from another part of an HTTP request.

use crate::{
    interface::{Interface, params_of_both},
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "argument-location",
        title: "an argument is taken from another part of the request",
        rationale: "Whoever sends it in the query is not heard when it is looked for in the body, and the other way round.",
        fix: Fix::always("take it from either place until nobody uses the old one"),
        level: Levels::always(Level::Breaking),
        example: Example { writes: "Query(filter)", reads: "Json(filter)" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let moved = params_of_both(old, new).filter(|(_, old, new)| old.location != new.location);
    let text = |it: &Option<String>| it.clone().unwrap_or_else(|| "elsewhere".to_owned());
    moved
        .map(|(path, old, new)| Found::new(path, text(&old.location), text(&new.location)))
        .collect()
}
