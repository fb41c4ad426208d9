//! What becomes of an event that could not be handled.

use crate::{
    interface::{Interface, handlers_of_both, option},
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "handler-failure",
        title: "an event that could not be handled has another fate",
        rationale: "It is dropped where it came again, or comes again where it was dropped.",
        fix: Fix::always("see that the handler can be run twice before events come again"),
        level: Levels::always(Level::Dangerous),
        example: Example { writes: "on_failure = reject", reads: "on_failure = requeue" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let fate = |it: &kinoko_manifest::MethodInfo| {
        let reliable =
            it.entrypoint.options.get("reliable") != Some(&serde_json::Value::Bool(false));
        let lost = if reliable { "" } else { ", not kept while nobody runs" };
        format!("{}{lost}", option(it, "on_failure").unwrap_or("reject"))
    };
    let pairs =
        handlers_of_both(old, new).map(|(old, new)| (old.info, fate(old.info), fate(new.info)));
    pairs
        .filter(|(_, old, new)| old != new)
        .map(|(it, old, new)| Found::new(&it.name, old, new))
        .collect()
}
