//! A timer with another clock.

use crate::{
    interface::{Interface, methods_of_both},
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "timer",
        title: "a timer runs at other times",
        rationale: "Nobody calls it; what it does happens more or less often.",
        fix: Fix::always("nothing needs to be done"),
        level: Levels::always(Level::Safe),
        example: Example { writes: "every 30s", reads: "every 5s" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let timers = methods_of_both(old, new).filter(|(it, _)| it.info.entrypoint.kind == "timer");
    let changed =
        timers.filter(|(old, new)| old.info.entrypoint.options != new.info.entrypoint.options);
    let text = |it: &kinoko_manifest::MethodInfo| {
        let options = it.entrypoint.options.iter().map(|(key, value)| format!("{key} {value}"));
        options.collect::<Vec<_>>().join(", ")
    };
    changed.map(|(old, new)| Found::new(&old.info.name, text(old.info), text(new.info))).collect()
}
