//! Whether versions can be deployed beside what runs, and in which order.

mod bridge;
mod order;

use kinoko_manifest::ServiceManifest;
use serde::Serialize;

use crate::{
    fit::{self, Break},
    interface::Interface,
    rules::Level,
    schema::Shapes,
};

pub use order::{Conflict, Plan, Reason, Step, plan};

/// The answer to whether versions can be deployed.
#[derive(Debug, Serialize)]
pub struct Verdict {
    /// Whether nothing breaks.
    pub can_deploy: bool,
    /// What breaks, or could not be told.
    pub breaks: Vec<Break>,
    /// What could not be judged, because nothing is known of a service.
    pub unjudged: Vec<Unjudged>,
    /// Events that are handled and that nothing emits which is known: they may come later, or never.
    pub unheard: Vec<Unheard>,
}

/// Events a version handles and nobody emits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unheard {
    /// Who handles them.
    pub service: String,
    /// Its version.
    pub version: String,
    /// The events: `orders.cancelled`.
    pub events: Vec<String>,
}

/// Something one version relies on of which nothing is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unjudged {
    /// Who relies on it.
    pub service: String,
    /// Its version.
    pub version: String,
    /// The service of which there is no manifest.
    pub missing: String,
    /// The methods it calls there, and the events of it that it handles.
    pub uses: Vec<String>,
}

/// How several new versions are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Several {
    /// Each on its own, as if it were the only one: whether it can be deployed now.
    Apart,
    /// As if all of them were deployed, and what they take the place of gone.
    Together,
}

/// Whether new versions understand everything that is deployed, and are understood, in both directions.
///
/// Several versions of a service may be deployed at once. Those of a service that gets a new version still run
/// while it is rolled out, and are judged against it like any other.
pub fn can_deploy(
    new: &[ServiceManifest],
    deployed: &[ServiceManifest],
    several: Several,
) -> Verdict {
    let mut shapes = Shapes::default();
    let candidates: Vec<Interface<'_>> =
        new.iter().map(|it| Interface::of(it, &mut shapes)).collect();
    let running: Vec<Interface<'_>> =
        deployed.iter().map(|it| Interface::of(it, &mut shapes)).collect();
    let renewed = |it: &Interface<'_>| candidates.iter().any(|new| new.name() == it.name());
    let mut breaks = Vec::new();
    for (at, candidate) in candidates.iter().enumerate() {
        let others: Vec<&Interface<'_>> = match several {
            Several::Apart => running.iter().collect(),
            Several::Together => {
                let stays = running.iter().filter(|it| !renewed(it));
                stays.chain(candidates[..at].iter()).collect()
            }
        };
        for other in &others {
            breaks.extend(fit::breaks(&shapes, candidate, other));
            breaks.extend(fit::breaks(&shapes, other, candidate));
        }
        breaks.extend(fit::breaks(&shapes, candidate, candidate));
        for before in running.iter().filter(|it| it.name() == candidate.name()) {
            let listening: Vec<&Interface<'_>> = others
                .iter()
                .copied()
                .chain(candidates.iter().filter(|_| several == Several::Together))
                .collect();
            for other in listening.into_iter().filter(|it| it.name() != candidate.name()) {
                // Who only begins to handle it has lost nothing.
                let got_it = running.iter().filter(|it| it.name() == other.name());
                let got_it: Vec<String> = got_it
                    .flat_map(|it| fit::lost(it, before, candidate))
                    .map(|it| it.subject)
                    .collect();
                let lost = fit::lost(other, before, candidate).into_iter();
                breaks.extend(lost.filter(|it| got_it.contains(&it.subject)));
            }
        }
    }
    breaks.sort_by(|a, b| sorted(a).cmp(&sorted(b)));
    breaks.dedup_by(|a, b| sorted(a) == sorted(b));
    let (mut unjudged, mut unheard) = (Vec::new(), Vec::new());
    for it in &candidates {
        // On its own a new version has only what runs.
        let new =
            candidates.iter().filter(|new| several == Several::Together || new.name() == it.name());
        let known: Vec<&Interface<'_>> = running.iter().chain(new).collect();
        unjudged.extend(self::unjudged(it, &known));
        let gone = |it: &&Interface<'_>| several == Several::Together && renewed(it);
        let old: Vec<&Interface<'_>> = running.iter().filter(|it| gone(it)).collect();
        let stays: Vec<&Interface<'_>> =
            known.into_iter().filter(|it| !old.iter().any(|old| std::ptr::eq(*old, *it))).collect();
        unheard.extend(self::unheard(it, &stays));
    }
    let can_deploy = !breaks.iter().any(|it| it.level == Level::Breaking);
    Verdict { can_deploy, breaks, unjudged, unheard }
}

/// What tells a break from others, the worst first.
fn sorted(it: &Break) -> impl Ord + '_ {
    let level = std::cmp::Reverse(it.level);
    (level, &it.provider, &it.consumer, &it.subject, &it.path, it.about.id)
}

/// The events a version handles of services that are known, and that none of them emits.
fn unheard(interface: &Interface<'_>, known: &[&Interface<'_>]) -> Option<Unheard> {
    // One of which it is not known what it emits may emit it.
    let says_all = |of: &Interface<'_>| {
        let dispatchers = of.manifest.dependencies.iter().filter(|it| it.kind == "dispatcher");
        dispatchers.into_iter().all(|it| !it.emits.is_empty())
    };
    let handlers = interface.handlers.iter().filter(|it| {
        known.iter().any(|of| of.name() == it.source)
            && known.iter().all(|of| of.name() != it.source || says_all(of))
            && known.iter().all(|of| of.emitted(it.source, it.event_type).is_none())
    });
    let mut events: Vec<String> =
        handlers.map(|it| format!("{}.{}", it.source, it.event_type)).collect();
    events.sort();
    events.dedup();
    (!events.is_empty()).then(|| Unheard {
        service: interface.name().to_owned(),
        version: interface.manifest.version.clone(),
        events,
    })
}

/// The services a version relies on and nothing is known of.
fn unjudged(interface: &Interface<'_>, known: &[&Interface<'_>]) -> Vec<Unjudged> {
    let calls = interface.calls.iter().map(|it| (it.service, it.info.name.as_str()));
    // An event need not be emitted by the service that it is named after.
    let emitted = |source, event| known.iter().any(|it| it.emitted(source, event).is_some());
    let events = interface.handlers.iter().map(|it| (it.source, it.event_type));
    let events = events.filter(|(source, event)| !emitted(source, event));
    let mut missing: Vec<Unjudged> = Vec::new();
    let is_known = |name: &str| known.iter().any(|it| it.name() == name);
    for (service, name) in calls.chain(events).filter(|(it, _)| !is_known(it)) {
        let uses = format!("{service}.{name}");
        match missing.iter_mut().find(|it| it.missing == service) {
            Some(it) => it.uses.push(uses),
            None => missing.push(Unjudged {
                service: interface.name().to_owned(),
                version: interface.manifest.version.clone(),
                missing: service.to_owned(),
                uses: vec![uses],
            }),
        }
    }
    missing
}
