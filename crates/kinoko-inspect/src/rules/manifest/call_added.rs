//! A method of another service that is called from now on.

use crate::{
    interface::Interface,
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "call-added",
        title: "another method of another service is called",
        rationale: "Whether it is there, and takes what is sent, `can-deploy` tells of what is deployed.",
        fix: Fix::always("deploy what provides it first"),
        level: Levels::always(Level::Safe),
        example: Example { writes: "nothing", reads: "orders calls catalogue.get" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let known = |it: &crate::interface::Required<'_>| {
        old.calls.iter().any(|old| old.service == it.service && old.info.name == it.info.name)
    };
    let added = new.calls.iter().filter(|it| !known(it));
    added
        .map(|it| Found::new(format!("calls.{}.{}", it.service, it.info.name), "", "called"))
        .collect()
}
