//! Settings that are not read any more.

use crate::{
    interface::Interface,
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "settings-removed",
        title: "a section of the configuration is not read any more",
        rationale: "What stands there has no effect, and Kinoko refuses keys that nobody reads.",
        fix: Fix::always("take the section out of the configuration with this version"),
        level: Levels::always(Level::Dangerous),
        example: Example { writes: "payments.limit", reads: "nothing" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let known = |section: &str| new.settings.iter().any(|it| it.section == section);
    let gone = old.settings.iter().filter(|it| !known(it.section));
    gone.map(|it| Found::new(format!("settings.{}", it.section), "read", "")).collect()
}
