//! Arguments in another order.

use crate::{
    interface::{Interface, methods_of_both},
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "argument-order",
        title: "arguments are in another order",
        rationale: "A caller that gives arguments by position, as a Python service may, has them bound to other parameters. Clients of Kinoko give them by name.",
        fix: Fix::always("put new parameters last and leave the old ones where they are"),
        level: Levels::always(Level::Dangerous),
        example: Example { writes: "place(sku, quantity)", reads: "place(quantity, sku)" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (old, new) in methods_of_both(old, new).filter(|(it, _)| it.info.entrypoint.kind == "rpc") {
        let names = |it: &kinoko_manifest::MethodInfo| -> Vec<String> {
            it.params.iter().map(|it| it.name.clone()).collect()
        };
        let (before, after) = (names(old.info), names(new.info));
        let kept = before.iter().zip(&after).all(|(a, b)| a == b);
        // What is missing at the end is told of by name.
        if !kept {
            let list = |it: &[String]| format!("({})", it.join(", "));
            let path = format!("{}.request", old.info.name);
            found.push(Found::new(path, list(&before), list(&after)));
        }
    }
    found
}
