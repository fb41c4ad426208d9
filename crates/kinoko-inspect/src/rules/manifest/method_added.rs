//! A method that is new.

use crate::{
    interface::Interface,
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "method-added",
        title: "a method is new",
        rationale: "Nobody calls it yet.",
        fix: Fix::always("nothing needs to be done"),
        level: Levels::always(Level::Safe),
        example: Example { writes: "nothing", reads: "orders.place" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let added = new.methods.iter().filter(|it| old.manifest.method(&it.info.name).is_none());
    added.map(|it| Found::new(&it.info.name, "", &it.info.entrypoint.kind)).collect()
}
