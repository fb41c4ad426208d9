//! An event that is new.

use crate::{
    interface::Interface,
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "event-added",
        title: "an event is new",
        rationale: "Nobody handles it yet.",
        fix: Fix::always("nothing needs to be done"),
        level: Levels::always(Level::Safe),
        example: Example { writes: "nothing", reads: "orders emits placed" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let added =
        new.emits.iter().filter(|it| old.emitted(&it.info.source, &it.info.event_type).is_none());
    let path = |it: &crate::interface::Emitted<'_>| {
        format!("events.{}.{}", it.info.source, it.info.event_type)
    };
    added.map(|it| Found::new(path(it), "", "emitted")).collect()
}
