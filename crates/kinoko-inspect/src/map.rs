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
    /// Who calls which methods of whom.
    pub calls: Vec<Calls>,
    /// Who handles which events of whom.
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
        for manifest in manifests {
            map.connect(manifest);
        }
        map.calls.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
        map.events.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
        map.problems = problems::of(&map);
        map
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

    fn connect(&mut self, manifest: &ServiceManifest) {
        for client in manifest.dependencies.iter().filter_map(|it| it.client.as_ref()) {
            self.services.entry(client.service.clone()).or_default();
            let methods = client.methods.iter().map(|it| it.name.clone());
            let known = |it: &&mut Calls| it.from == manifest.name && it.to == client.service;
            match self.calls.iter_mut().find(known) {
                Some(calls) => calls.methods.extend(methods),
                None => self.calls.push(Calls {
                    from: manifest.name.clone(),
                    to: client.service.clone(),
                    methods: methods.collect(),
                }),
            }
        }
        for method in manifest.methods.iter().filter(|it| it.entrypoint.kind == "event") {
            let source = option(method, "source").unwrap_or_default().to_owned();
            let event_type = option(method, "event").unwrap_or_default().to_owned();
            let event = EventName { source, event_type };
            let handler = Handler {
                event: event.clone(),
                method: method.name.clone(),
                mode: option(method, "mode").unwrap_or("service_pool").to_owned(),
            };
            // Whoever emits it; where nobody is known to, the service it is named after.
            let emitters = self.services.iter().filter(|(_, it)| it.emits.contains(&event));
            let mut emitters: Vec<String> = emitters.map(|(name, _)| name.clone()).collect();
            if emitters.is_empty() {
                self.services.entry(event.source.clone()).or_default();
                emitters.push(event.source);
            }
            for from in emitters {
                let known = |it: &&mut Events| it.from == from && it.to == manifest.name;
                match self.events.iter_mut().find(known) {
                    Some(events) => drop(events.handlers.insert(handler.clone())),
                    None => self.events.push(Events {
                        from,
                        to: manifest.name.clone(),
                        handlers: [handler.clone()].into(),
                    }),
                }
            }
        }
    }
}

impl Service {
    /// Whether anything is known of it but that others use it.
    pub fn is_described(&self) -> bool {
        !self.versions.is_empty()
    }
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
