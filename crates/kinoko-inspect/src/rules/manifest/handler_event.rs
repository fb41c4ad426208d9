//! A handler of another event.

use crate::{
    interface::{Interface, handlers_of_both},
    rules::rule::{About, Example, Fix, Found, Level, Levels, ManifestRule},
};

pub(crate) static RULE: ManifestRule = ManifestRule {
    about: About {
        id: "handler-event",
        title: "a handler handles another event",
        rationale: "The queue has the name of the event: the old one stays bound and goes on filling until somebody deletes it.",
        fix: Fix::always(
            "use a new method for the new event, and delete the old queue once it is empty",
        ),
        level: Levels::always(Level::Dangerous),
        example: Example { writes: "on_paid: payments.paid", reads: "on_paid: payments.charged" },
    },
    check,
};

fn check(old: &Interface<'_>, new: &Interface<'_>) -> Vec<Found> {
    let both = handlers_of_both(old, new);
    let moved =
        both.filter(|(old, new)| (old.source, old.event_type) != (new.source, new.event_type));
    let text = |it: &crate::interface::Handled<'_>| format!("{}.{}", it.source, it.event_type);
    moved.map(|(old, new)| Found::new(&old.info.name, text(old), text(new))).collect()
}
