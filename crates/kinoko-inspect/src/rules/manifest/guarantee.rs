//! A method whose messages are kept less well.

use crate::{
    interface::{Interface, methods_of_both},
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "guarantee",
        title: "a method has weaker guarantees",
        rationale: "Requests of a method that is `durable` survive the broker and are confirmed. Those of one that is not may be lost with it; callers then have an error.",
        fix: Fix::always("leave it durable, or have its callers try again"),
        level: Levels::always(Level::Dangerous),
        example: Example { writes: "pay: durable", reads: "pay: fast" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let durable = |it: &kinoko_manifest::MethodInfo| {
        it.entrypoint.options.get("durable") == Some(&serde_json::Value::Bool(true))
    };
    let weaker =
        methods_of_both(old, new).filter(|(old, new)| durable(old.info) && !durable(new.info));
    weaker.map(|(it, _)| Found::new(&it.info.name, "durable", "fast")).collect()
}
