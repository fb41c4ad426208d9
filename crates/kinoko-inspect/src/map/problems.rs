//! [`Problem`]: what does not add up in a map.

use std::{collections::BTreeSet, fmt};

use serde::Serialize;

use super::{EventName, Map};

/// Something that does not add up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "problem", rename_all = "kebab-case")]
pub enum Problem {
    /// A method is called that the service does not serve.
    NobodyServes {
        /// Who calls it.
        from: String,
        /// The service.
        service: String,
        /// The method.
        method: String,
    },
    /// An event is handled that nobody emits.
    NobodyEmits {
        /// Who handles it.
        by: String,
        /// The event.
        event: EventName,
    },
    /// An event is emitted that nobody handles.
    NobodyHandles {
        /// Who emits it.
        by: String,
        /// The event.
        event: EventName,
    },
    /// Services wait for each other, round in a circle.
    Circle {
        /// Each calls the next, and the last the first.
        services: Vec<String>,
    },
    /// Others use a service of which there is no manifest.
    NotDescribed {
        /// The service.
        service: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::NobodyServes { from, service, method } => {
                write!(f, "{from} calls {service}.{method}, which {service} does not serve")
            }
            Problem::NobodyEmits { by, event } => {
                write!(f, "{by} handles {event}, which nobody emits")
            }
            Problem::NobodyHandles { by, event } => {
                write!(f, "{by} emits {event}, which nobody handles")
            }
            Problem::Circle { services } => {
                write!(f, "{} call each other in a circle", services.join(" -> "))
            }
            Problem::NotDescribed { service } => {
                write!(f, "{service} is used, and there is no manifest of it")
            }
        }
    }
}

/// What does not add up in a map.
pub(super) fn of(map: &Map) -> Vec<Problem> {
    let mut problems = Vec::new();
    for calls in &map.calls {
        let Some(to) = map.services.get(&calls.to).filter(|it| it.is_described()) else { continue };
        problems.extend(calls.methods.difference(&to.methods).map(|method| {
            Problem::NobodyServes {
                from: calls.from.clone(),
                service: calls.to.clone(),
                method: method.clone(),
            }
        }));
    }
    let handled: BTreeSet<&EventName> =
        map.events.iter().flat_map(|it| &it.handlers).map(|it| &it.event).collect();
    let emitted: BTreeSet<&EventName> = map.services.values().flat_map(|it| &it.emits).collect();
    for events in &map.events {
        for handler in events.handlers.iter().filter(|it| !emitted.contains(&it.event)) {
            let source = map.services.get(&handler.event.source);
            if source.is_some_and(super::Service::is_described) {
                let event = handler.event.clone();
                problems.push(Problem::NobodyEmits { by: events.to.clone(), event });
            }
        }
    }
    for (name, service) in &map.services {
        problems.extend(
            service
                .emits
                .iter()
                .filter(|it| !handled.contains(it))
                .map(|event| Problem::NobodyHandles { by: name.clone(), event: event.clone() }),
        );
        if !service.is_described() {
            problems.push(Problem::NotDescribed { service: name.clone() });
        }
    }
    problems.extend(circles(map).into_iter().map(|services| Problem::Circle { services }));
    problems.sort();
    problems.dedup();
    problems
}

/// The circles of calls, one for each knot of services that reach each other.
fn circles(map: &Map) -> Vec<Vec<String>> {
    let mut circles = Vec::new();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for start in map.services.keys() {
        if done.contains(start.as_str()) {
            continue;
        }
        if let Some(circle) = shortest_circle(map, start) {
            done.extend(circle.iter().copied());
            circles.push(circle.into_iter().map(str::to_owned).collect());
        }
    }
    circles
}

/// The shortest way of calls from a service back to itself.
fn shortest_circle<'a>(map: &'a Map, start: &'a str) -> Option<Vec<&'a str>> {
    let mut seen = BTreeSet::new();
    let mut ways = std::collections::VecDeque::from([vec![start]]);
    while let Some(way) = ways.pop_front() {
        let here = *way.last()?;
        for calls in map.calls_of(here) {
            if calls.to == start {
                return Some(way);
            }
            if seen.insert(calls.to.as_str()) {
                let mut next = way.clone();
                next.push(&calls.to);
                ways.push_back(next);
            }
        }
    }
    None
}
