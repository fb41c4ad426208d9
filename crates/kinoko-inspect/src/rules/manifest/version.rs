//! Another interface of the same version.

use crate::{
    interface::Interface,
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "version",
        title: "the interface changed and the version did not",
        rationale: "A version is what deployments are recorded by: one that means two interfaces cannot be judged.",
        fix: Fix::always("give it a new version"),
        level: Levels::always(Level::Dangerous),
        example: Example { writes: "orders 1.4.0", reads: "orders 1.4.0, with another method" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let same = old.manifest.version == new.manifest.version
        && old.name() == new.name()
        && old.manifest != new.manifest;
    let version = &new.manifest.version;
    let changed = same && old.manifest.contract() != new.manifest.contract();
    changed.then(|| Found::new("version", version, version)).into_iter().collect()
}
