//! An event that is not emitted any more.

use crate::{
    interface::Interface,
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "event-removed",
        title: "an event is not emitted any more",
        rationale: "Its handlers wait for it in vain, and nothing tells them.",
        fix: Fix::always("go on emitting it until nobody handles it; `can-deploy` knows who does"),
        level: Levels::always(Level::Breaking),
        example: Example { writes: "orders emits placed", reads: "nothing" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let gone =
        old.emits.iter().filter(|it| new.emitted(&it.info.source, &it.info.event_type).is_none());
    let path = |it: &crate::interface::Emitted<'_>| {
        format!("events.{}.{}", it.info.source, it.info.event_type)
    };
    gone.map(|it| Found::new(path(it), "emitted", "")).collect()
}
