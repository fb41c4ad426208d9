//! Other words.

use crate::{
    interface::Interface,
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "documentation",
        title: "the documentation changed",
        rationale: "Nothing that a program sees.",
        fix: Fix::always("nothing needs to be done"),
        level: Levels::always(Level::Safe),
        example: Example { writes: "Takes an order.", reads: "Takes an order, once." },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    let mut note = |path: &str, before: &str, after: &str| {
        if before != after {
            found.push(Found::new(path, before, after));
        }
    };
    note("docs", &old.manifest.docs, &new.manifest.docs);
    for before in &old.manifest.methods {
        if let Some(after) = new.manifest.method(&before.name) {
            note(&format!("{}.docs", before.name), &before.docs, &after.docs);
        }
    }
    found
}
