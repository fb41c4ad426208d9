//! An event that other instances get.

use crate::{
    interface::{Interface, handlers_of_both},
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "handler-mode",
        title: "an event goes to other instances",
        rationale: "Whether one instance of a service gets an event, one of all services, or each one: twice as often or not at all is what a wrong one means. The old queue stays bound.",
        fix: Fix::always(
            "use a new method for the new mode, and delete the old queue once it is empty",
        ),
        level: Levels::always(Level::Dangerous),
        example: Example { writes: "service_pool", reads: "broadcast" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let changed = handlers_of_both(old, new).filter(|(old, new)| old.mode != new.mode);
    changed.map(|(old, new)| Found::new(&old.info.name, old.mode, new.mode)).collect()
}
