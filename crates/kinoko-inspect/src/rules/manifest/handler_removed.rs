//! An event that is not handled any more.

use crate::{
    interface::Interface,
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "handler-removed",
        title: "an event is not handled any more",
        rationale: "The queue of a handler stays bound when the handler is gone: events go on filling it until somebody deletes it.",
        fix: Fix::always("delete the queue once the old version is gone"),
        level: Levels::always(Level::Dangerous),
        example: Example { writes: "mailer.on_paid handles payments.paid", reads: "nothing" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let known = |name: &str| new.handlers.iter().any(|it| it.info.name == name);
    let gone = old.handlers.iter().filter(|it| !known(&it.info.name));
    gone.map(|it| Found::new(&it.info.name, format!("{}.{}", it.source, it.event_type), ""))
        .collect()
}
