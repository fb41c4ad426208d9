//! An event that is handled from now on.

use crate::{
    interface::Interface,
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "handler-added",
        title: "an event is handled from now on",
        rationale: "It gets the events from its first start on, not those before.",
        fix: Fix::always("nothing needs to be done"),
        level: Levels::always(Level::Safe),
        example: Example { writes: "nothing", reads: "mailer.on_paid handles payments.paid" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let known = |name: &str| old.handlers.iter().any(|it| it.info.name == name);
    let added = new.handlers.iter().filter(|it| !known(&it.info.name));
    added
        .map(|it| Found::new(&it.info.name, "", format!("{}.{}", it.source, it.event_type)))
        .collect()
}
