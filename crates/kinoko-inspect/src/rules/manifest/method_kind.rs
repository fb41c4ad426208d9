//! A method that something else makes run.

use crate::{
    interface::Interface,
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "method-kind",
        title: "a method is reached in another way",
        rationale: "Who called it by RPC finds no such method when it is served over HTTP, and the other way round.",
        fix: Fix::always("serve both: two methods that call one function"),
        level: Levels::always(Level::Breaking),
        example: Example { writes: "place: rpc", reads: "place: http" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let pairs =
        old.manifest.methods.iter().filter_map(|it| Some((it, new.manifest.method(&it.name)?)));
    let changed = pairs.filter(|(old, new)| old.entrypoint.kind != new.entrypoint.kind);
    changed
        .map(|(old, new)| Found::new(&old.name, &old.entrypoint.kind, &new.entrypoint.kind))
        .collect()
}
