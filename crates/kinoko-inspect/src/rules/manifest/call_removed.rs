//! A method of another service that is not called any more.

use crate::{
    interface::Interface,
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "call-removed",
        title: "a method of another service is not called any more",
        rationale: "Who provides it may have no other caller.",
        fix: Fix::always("nothing needs to be done"),
        level: Levels::always(Level::Safe),
        example: Example { writes: "orders calls catalogue.get", reads: "nothing" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let known = |it: &crate::interface::Required<'_>| {
        new.calls.iter().any(|new| new.service == it.service && new.info.name == it.info.name)
    };
    let gone = old.calls.iter().filter(|it| !known(it));
    gone.map(|it| Found::new(format!("calls.{}.{}", it.service, it.info.name), "called", ""))
        .collect()
}
