//! Options of an entrypoint of somebody else.

use crate::{
    interface::{Interface, methods_of_both},
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "entrypoint-options",
        title: "an entrypoint has other options",
        rationale: "What they mean is known to who made that kind of entrypoint.",
        fix: Fix::always("ask the documentation of that kind"),
        level: Levels::always(Level::Dangerous),
        example: Example { writes: "sqs: queue = jobs", reads: "sqs: queue = work" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let foreign = |it: &str| !matches!(it, "rpc" | "http" | "timer");
    let others = methods_of_both(old, new).filter(|(it, _)| foreign(&it.info.entrypoint.kind));
    let changed =
        others.filter(|(old, new)| old.info.entrypoint.options != new.info.entrypoint.options);
    let text = |it: &kinoko_manifest::MethodInfo| {
        let options = it.entrypoint.options.iter().map(|(key, value)| format!("{key} = {value}"));
        options.collect::<Vec<_>>().join(", ")
    };
    changed.map(|(old, new)| Found::new(&old.info.name, text(old.info), text(new.info))).collect()
}
