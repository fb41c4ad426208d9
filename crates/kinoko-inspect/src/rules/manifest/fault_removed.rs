//! A failure that does not happen any more.

use crate::{
    interface::{Interface, methods_of_both},
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "fault-removed",
        title: "a method does not fail in a way it did",
        rationale: "What callers do about it is not needed any more. A failure that only has another name now breaks those who look for the old one.",
        fix: Fix::always(
            "nothing needs to be done, unless it was renamed: then keep the name (`#[fault(name)]`)",
        ),
        level: Levels::always(Level::Dangerous),
        example: Example {
            writes: "place: UnknownProduct, SoldOut",
            reads: "place: UnknownProduct",
        },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (old, new) in methods_of_both(old, new) {
        let known = |name: &str| new.info.faults.iter().any(|it| it.name == name);
        for fault in old.info.faults.iter().filter(|it| !known(&it.name)) {
            found.push(Found::new(format!("{}.faults", old.info.name), &fault.name, ""));
        }
    }
    found
}
