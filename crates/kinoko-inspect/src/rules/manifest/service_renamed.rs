//! A service of another name.

use crate::{
    interface::Interface,
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "service-renamed",
        title: "the service has another name",
        rationale: "Callers address it by its name, and events are those of their source: under the old name nobody is there.",
        fix: Fix::always("run the old name beside it until nobody calls it"),
        level: Levels::always(Level::Breaking),
        example: Example { writes: "orders", reads: "ordering" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let renamed = old.name() != new.name();
    renamed.then(|| Found::new("name", old.name(), new.name())).into_iter().collect()
}
