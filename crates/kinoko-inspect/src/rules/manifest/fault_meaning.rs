//! A failure of the same name that is seen otherwise.

use crate::{
    interface::{Interface, methods_of_both},
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "fault-meaning",
        title: "a fault is expected, or has a status, other than before",
        rationale: "Whose doing a failure is decides over retries and alarms, and its HTTP status over what a browser or a proxy does.",
        fix: Fix::always("use a new name for what means something else"),
        level: Levels::always(Level::Dangerous),
        example: Example { writes: "SoldOut: 409", reads: "SoldOut: 503" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (old, new) in methods_of_both(old, new) {
        for before in &old.info.faults {
            let Some(after) = new.info.faults.iter().find(|it| it.name == before.name) else {
                continue;
            };
            let words = |it: &kinoko_manifest::FaultInfo| {
                let whose = if it.expected { "expected" } else { "unexpected" };
                it.status
                    .map_or_else(|| whose.to_owned(), |status| format!("{whose}, status {status}"))
            };
            if (before.expected, before.status) != (after.expected, after.status) {
                let path = format!("{}.faults.{}", old.info.name, before.name);
                found.push(Found::new(path, words(before), words(after)));
            }
        }
    }
    found
}
