//! A failure that callers do not know.

use crate::{
    interface::{Interface, methods_of_both},
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "fault-added",
        title: "a method fails in a new way",
        rationale: "Callers that tell failures apart take it for one they know nothing of.",
        fix: Fix::always("have callers that must act on it learn it first"),
        level: Levels::always(Level::Dangerous),
        example: Example {
            writes: "place: UnknownProduct",
            reads: "place: UnknownProduct, SoldOut",
        },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (old, new) in methods_of_both(old, new) {
        let known = |name: &str| old.info.faults.iter().any(|it| it.name == name);
        for fault in new.info.faults.iter().filter(|it| !known(&it.name)) {
            found.push(Found::new(format!("{}.faults", old.info.name), "", &fault.name));
        }
    }
    found
}
