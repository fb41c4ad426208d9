//! A method that is gone.

use crate::{
    interface::Interface,
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "method-removed",
        title: "a method is gone",
        rationale: "Whoever calls it gets an error: there is no such method.",
        fix: Fix::always("keep it until nobody calls it; `can-deploy` knows who does"),
        level: Levels::always(Level::Breaking),
        example: Example { writes: "orders.place", reads: "nothing" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let gone = old.methods.iter().filter(|it| new.manifest.method(&it.info.name).is_none());
    // Nobody calls a timer.
    let gone = gone.filter(|it| it.info.entrypoint.kind != "timer");
    gone.map(|it| Found::new(&it.info.name, &it.info.entrypoint.kind, "")).collect()
}
