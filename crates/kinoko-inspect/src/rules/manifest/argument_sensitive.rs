//! An argument that logs may show now.

use crate::{
    interface::{Interface, params_of_both},
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "argument-sensitive",
        title: "an argument is not sensitive any more",
        rationale: "Its value may be shown in logs and tools from now on, also by callers that still send what was meant to be hidden.",
        fix: Fix::always("leave it marked as sensitive unless nobody sends anything secret in it"),
        level: Levels::always(Level::Dangerous),
        example: Example { writes: "login(#[sensitive] password)", reads: "login(password)" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let exposed = params_of_both(old, new).filter(|(_, old, new)| old.sensitive && !new.sensitive);
    exposed.map(|(path, ..)| Found::new(path, "sensitive", "shown")).collect()
}
