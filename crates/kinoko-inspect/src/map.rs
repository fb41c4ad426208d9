//! [`Map`]: who calls whom, and who hears of what, as the services declare it.

mod cut;
mod dot;
mod layout;
mod mermaid;
mod problems;
mod svg;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use kinoko_manifest::{MethodInfo, ServiceManifest};
use serde::Serialize;

use crate::interface::option;

pub use cut::{Cut, Only};
pub use problems::Problem;
pub use svg::Drawing;
pub(crate) use text::{counted, short};

/// A system of services. Several versions of one service are one service here, which does what any of
/// them does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Map {
    /// The services, by name.
    pub services: BTreeMap<String, Service>,
    /// Who calls which methods of whom, by the names of both.
    pub calls: Vec<Calls>,
    /// Who handles which events of whom, by the names of both.
    pub events: Vec<Events>,
    /// What does not add up.
    pub problems: Vec<Problem>,
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Service {
    /// Its versions; none when nothing is known of it but that others use it.
    pub versions: BTreeSet<String>,
    /// The first sentence of its documentation.
    pub docs: String,
    /// The methods it serves by RPC.
    pub methods: BTreeSet<String>,
    /// The HTTP routes it serves: `GET /orders/{id}`, and by which method.
    pub routes: BTreeMap<String, String>,
    /// Its timers, and when they run.
    pub timers: BTreeMap<String, String>,
    /// Methods that other kinds of entrypoints run, and the kind.
    pub others: BTreeMap<String, String>,
    /// The events it emits.
    pub emits: BTreeSet<EventName>,
}

/// An event: whose, and which.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct EventName {
    /// The service whose event it is.
    pub source: String,
    /// Its type.
    pub event_type: String,
}

/// The calls from one service to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Calls {
    /// Who calls.
    pub from: String,
    /// Whom.
    pub to: String,
    /// Which methods.
    pub methods: BTreeSet<String>,
}

/// The events of one service that another handles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Events {
    /// Who emits them.
    pub from: String,
    /// Who handles them.
    pub to: String,
    /// Which, by which methods.
    pub handlers: BTreeSet<Handler>,
}

/// One event and the method that handles it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Handler {
    /// The event.
    pub event: EventName,
    /// The method that handles it.
    pub method: String,
    /// `service_pool`, `singleton` or `broadcast`.
    pub mode: String,
}

impl std::fmt::Display for EventName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.source, self.event_type)
    }
}

impl Map {
    /// The map of some services.
    pub fn of(manifests: &[ServiceManifest]) -> Map {
        let mut map = Map::default();
        for manifest in manifests {
            map.enter(manifest);
        }
        let (calls, events) = (map.called(manifests), map.handled(manifests));
        let call = |((from, to), methods)| Calls { from, to, methods };
        map.calls = calls.into_iter().map(call).collect();
        let event = |((from, to), handlers)| Events { from, to, handlers };
        map.events = events.into_iter().map(event).collect();
        map.problems = problems::of(&map);
        map
    }

    /// The calls that a service makes.
    fn calls_of(&self, service: &str) -> &[Calls] {
        let begin = self.calls.partition_point(|it| it.from.as_str() < service);
        let length = self.calls[begin..].partition_point(|it| it.from == service);
        &self.calls[begin..begin + length]
    }

    fn enter(&mut self, manifest: &ServiceManifest) {
        let service = self.services.entry(manifest.name.clone()).or_default();
        service.versions.insert(manifest.version.clone());
        if service.docs.is_empty() {
            service.docs = first_sentence(&manifest.docs).to_owned();
        }
        for method in &manifest.methods {
            let name = method.name.clone();
            match method.entrypoint.kind.as_str() {
                "rpc" => drop(service.methods.insert(name)),
                "http" => drop(service.routes.insert(route(method), name)),
                "timer" => {
                    let every = option(method, "every").unwrap_or("set when it starts");
                    service.timers.insert(name, every.to_owned());
                }
                "event" => {}
                kind => drop(service.others.insert(name, kind.to_owned())),
            }
        }
        for event in manifest.dependencies.iter().flat_map(|it| &it.emits) {
            let event_type = event.event_type.clone();
            service.emits.insert(EventName { source: event.source.clone(), event_type });
        }
    }

    /// Which methods are called, by who calls whom. Whoever is called is a service of the map from now on.
    fn called(&mut self, manifests: &[ServiceManifest]) -> Between<String> {
        let mut calls = Between::new();
        for manifest in manifests {
            for client in manifest.dependencies.iter().filter_map(|it| it.client.as_ref()) {
                self.services.entry(client.service.clone()).or_default();
                let methods = client.methods.iter().map(|it| it.name.clone());
                let between = (manifest.name.clone(), client.service.clone());
                calls.entry(between).or_default().extend(methods);
            }
        }
        calls
    }

    /// Which events are handled, by who emits and who handles them. Whoever's they are is a service of the map from
    /// now on.
    fn handled(&mut self, manifests: &[ServiceManifest]) -> Between<Handler> {
        let mut emitters: BTreeMap<EventName, BTreeSet<String>> = BTreeMap::new();
        for (name, service) in &self.services {
            for event in &service.emits {
                emitters.entry(event.clone()).or_default().insert(name.clone());
            }
        }
        let mut events = Between::new();
        for manifest in manifests {
            for method in manifest.methods.iter().filter(|it| it.entrypoint.kind == "event") {
                let event = handled_event(method);
                // Whoever emits it; where nobody is known to, the service it is named after.
                let emitters = emitters.entry(event.clone()).or_insert_with(|| {
                    self.services.entry(event.source.clone()).or_default();
                    [event.source.clone()].into()
                });
                let handler = Handler {
                    event,
                    method: method.name.clone(),
                    mode: option(method, "mode").unwrap_or("service_pool").to_owned(),
                };
                for from in &*emitters {
                    let between = (from.clone(), manifest.name.clone());
                    events.entry(between).or_default().insert(handler.clone());
                }
            }
        }
        events
    }
}

/// What there is between two services, by the names of both.
type Between<T> = BTreeMap<(String, String), BTreeSet<T>>;

impl Service {
    /// Whether anything is known of it but that others use it.
    pub fn is_described(&self) -> bool {
        !self.versions.is_empty()
    }
}

/// The event that a method handles.
pub(crate) fn handled_event(method: &MethodInfo) -> EventName {
    let part = |key| option(method, key).unwrap_or_default().to_owned();
    EventName { source: part("source"), event_type: part("event") }
}

/// A method's route: `GET /orders/{id}`.
pub(crate) fn route(method: &MethodInfo) -> String {
    let verb = option(method, "method").unwrap_or("GET");
    format!("{verb} {}", option(method, "path").unwrap_or("/"))
}

/// The first sentence of a documentation.
pub(crate) fn first_sentence(docs: &str) -> &str {
    let paragraph = docs.split("\n\n").next().unwrap_or_default().trim();
    let end = paragraph.find(". ").map_or(paragraph.len(), |at| at + 1);
    &paragraph[..end]
}
