//! An argument that is something else when it is not given.

use crate::{
    interface::{Interface, params_of_both},
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "argument-default",
        title: "an argument has another default",
        rationale: "A call that leaves the argument out does something else from now on.",
        fix: Fix::always("add a method, or a parameter, for the new behaviour"),
        level: Levels::always(Level::Dangerous),
        example: Example { writes: "list(limit = 20)", reads: "list(limit = 100)" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let both = params_of_both(old, new);
    let changed =
        both.filter(|(_, old, new)| !old.required && !new.required && old.default != new.default);
    let text = |it: &Option<serde_json::Value>| {
        it.as_ref().map_or("nothing".to_owned(), ToString::to_string)
    };
    changed
        .map(|(path, old, new)| Found::new(path, text(&old.default), text(&new.default)))
        .collect()
}
