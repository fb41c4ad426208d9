//! An HTTP route that is elsewhere.

use crate::{
    interface::{Interface, methods_of_both, option},
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "route",
        title: "a method has another route",
        rationale: "Requests to the old method and path are answered with 404 or 405.",
        fix: Fix::always("keep a method on the old route, or redirect from it"),
        level: Levels::always(Level::Breaking),
        example: Example { writes: "GET /orders/{id}", reads: "GET /order/{id}" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (old, new) in methods_of_both(old, new).filter(|(it, _)| it.info.entrypoint.kind == "http")
    {
        let route = |it| (option(it, "method").unwrap_or("GET"), option(it, "path").unwrap_or("/"));
        let (before, after) = (route(old.info), route(new.info));
        // What a variable of the path is called is nobody's business.
        let same = before.0 == after.0 && nameless(before.1) == nameless(after.1);
        if !same {
            let text = |(method, path): (&str, &str)| format!("{method} {path}");
            found.push(Found::new(&old.info.name, text(before), text(after)));
        }
    }
    found
}

/// A path without the names of its variables.
fn nameless(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.strip_prefix('{') {
        Some(rest) if rest.starts_with('*') => "{*}",
        Some(_) => "{}",
        None => part,
    });
    parts.collect::<Vec<_>>().join("/")
}
