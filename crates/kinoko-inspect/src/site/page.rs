//! What the page of a service says, ready for its template.

use kinoko_manifest::{FaultInfo, MethodInfo, ServiceManifest};
use serde::Serialize;
use serde_json::{Value, json};

use super::types::{self, Type};
use crate::{
    documents::http_status,
    interface::option,
    map::{Calls, EventName, Events, Map, counted, first_sentence, route, short},
    schema::Shapes,
};

/// A service.
#[derive(Debug, Serialize)]
pub(super) struct Service {
    #[serde(flatten)]
    pub(super) head: Head,
    docs: String,
    pub(super) rpc: Vec<Method>,
    pub(super) http: Vec<Method>,
    pub(super) handlers: Vec<Method>,
    pub(super) timers: Vec<Method>,
    pub(super) others: Vec<Method>,
    pub(super) emits: Vec<Event>,
    settings: Vec<Section>,
    calls: Vec<Link>,
    called_by: Vec<Link>,
    hears: Vec<Link>,
    heard_by: Vec<Link>,
}

/// A service in a few words.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Head {
    pub(super) name: String,
    /// Its name in paths.
    pub(super) file: String,
    version: String,
    pub(super) summary: String,
    /// How much there is of what: `2 methods`.
    counts: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Method {
    pub(super) name: String,
    pub(super) anchor: String,
    /// What stands beside its name: a route, an event, a clock.
    pub(super) about: String,
    /// Of a route the verb and the path, apart.
    route: Option<(String, String)>,
    /// Where the event is described that it handles.
    event: String,
    pub(super) docs: String,
    params: Vec<Param>,
    returns: Option<Type>,
    faults: Vec<Fault>,
    request: String,
    reply: String,
    users: Vec<User>,
}

/// A service that uses something.
#[derive(Debug, Serialize)]
struct User {
    name: String,
    file: String,
}

impl User {
    fn of(name: &str) -> User {
        User { name: name.to_owned(), file: file(name) }
    }
}

#[derive(Debug, Serialize)]
struct Param {
    name: String,
    required: bool,
    default: String,
    sensitive: bool,
    of: Type,
}

#[derive(Debug, Serialize)]
struct Fault {
    name: String,
    docs: String,
    expected: bool,
    status: Option<u16>,
    data: Option<Type>,
}

#[derive(Debug, Serialize)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) anchor: String,
    pub(super) docs: String,
    of: Type,
    example: String,
    users: Vec<User>,
}

#[derive(Debug, Serialize)]
struct Section {
    name: String,
    of: Type,
}

/// Another service, and by what the two are connected.
#[derive(Debug, Serialize)]
struct Link {
    service: String,
    file: String,
    /// Whether there is a page of it.
    known: bool,
    what: Vec<String>,
}

pub(super) fn service(manifest: &ServiceManifest, map: &Map) -> Service {
    let name = &manifest.name;
    // One for all schemas of the page, most of which come several times.
    let mut shapes = Shapes::default();
    let mut methods = |is_wanted: &dyn Fn(&str) -> bool| -> Vec<Method> {
        let methods = manifest.methods.iter().filter(|it| is_wanted(&it.entrypoint.kind));
        methods.map(|it| method(it, manifest, map, &mut shapes)).collect()
    };
    let known = ["rpc", "http", "event", "timer"];
    let [rpc, http, handlers, timers] = known.map(|kind| methods(&|it| it == kind));
    let others = methods(&|it| !known.contains(&it));
    let link = |other: &str, what: Vec<String>| Link {
        service: other.to_owned(),
        file: file(other),
        known: map.services.get(other).is_some_and(crate::map::Service::is_described),
        what,
    };
    let calls = |it: &Calls| it.methods.iter().cloned().collect();
    // Two methods may handle one event.
    let events = |it: &Events| {
        let mut names: Vec<_> = it.handlers.iter().map(|one| short(&one.event, &it.from)).collect();
        names.dedup();
        names
    };
    let called = map.calls.iter().filter(|it| it.from == *name);
    let callers = map.calls.iter().filter(|it| it.to == *name);
    let heard = map.events.iter().filter(|it| it.to == *name);
    let hearers = map.events.iter().filter(|it| it.from == *name);
    let mut service = Service {
        head: Head {
            name: name.clone(),
            file: file(name),
            version: manifest.version.clone(),
            summary: first_sentence(&manifest.docs).to_owned(),
            counts: Vec::new(),
        },
        docs: manifest.docs.clone(),
        rpc,
        http,
        handlers,
        timers,
        others,
        emits: emitted(manifest, map, &mut shapes),
        settings: settings(manifest, &mut shapes),
        calls: called.map(|it| link(&it.to, calls(it))).collect(),
        called_by: callers.map(|it| link(&it.from, calls(it))).collect(),
        hears: heard.map(|it| link(&it.from, events(it))).collect(),
        heard_by: hearers.map(|it| link(&it.to, events(it))).collect(),
    };
    service.head.counts = counts(&service);
    service
}

fn counts(service: &Service) -> Vec<String> {
    let parts = [
        (service.rpc.len(), "method", "methods"),
        (service.http.len(), "route", "routes"),
        (service.emits.len(), "event", "events"),
        (service.handlers.len(), "handler", "handlers"),
        (service.timers.len(), "timer", "timers"),
        (service.others.len(), "other entrypoint", "other entrypoints"),
    ];
    let some = parts.into_iter().filter(|(count, _, _)| *count > 0);
    // They are not to be broken within.
    some.map(|(count, one, many)| counted(count, one, many).replace(' ', "\u{a0}")).collect()
}

impl Service {
    /// Whether there is something to be said of it in OpenAPI.
    pub(super) fn serves_http(&self) -> bool {
        !self.http.is_empty()
    }
}

/// A service's name as that of a file.
pub(super) fn file(name: &str) -> String {
    let plain = |it: char| if it.is_ascii_alphanumeric() || "-_.".contains(it) { it } else { '_' };
    let file: String = name.chars().map(plain).collect();
    // Not one that is hidden, nor one that is the folder.
    if file.starts_with('.') { format!("_{file}") } else { file }
}

fn method(info: &MethodInfo, manifest: &ServiceManifest, map: &Map, shapes: &mut Shapes) -> Method {
    let about = match info.entrypoint.kind.as_str() {
        "http" => route(info),
        "event" => {
            let part = |key| option(info, key).unwrap_or_default();
            let mode = option(info, "mode").map(|it| format!(", {it}")).unwrap_or_default();
            format!("{}.{}{mode}", part("source"), part("event"))
        }
        "timer" => option(info, "every").map(|it| format!("every {it}")).unwrap_or_default(),
        "rpc" => String::new(),
        kind => kind.to_owned(),
    };
    let params: Vec<Param> = info
        .params
        .iter()
        .map(|it| Param {
            name: it.name.clone(),
            required: it.required,
            default: it.default.as_ref().map(Value::to_string).unwrap_or_default(),
            sensitive: it.sensitive,
            of: types::of(shapes, &it.schema),
        })
        .collect();
    let callers =
        map.calls.iter().filter(|it| it.to == manifest.name && it.methods.contains(&info.name));
    let is_rpc = info.entrypoint.kind == "rpc";
    Method {
        name: info.name.clone(),
        anchor: format!("{}-{}", info.entrypoint.kind, info.name),
        about,
        route: (info.entrypoint.kind == "http").then(|| {
            let route = route(info);
            let (verb, path) = route.split_once(' ').unwrap_or_default();
            (verb.to_owned(), path.to_owned())
        }),
        event: described_at(info, map),
        docs: info.docs.clone(),
        returns: matches!(info.entrypoint.kind.as_str(), "rpc" | "http")
            .then(|| types::of(shapes, &info.returns)),
        faults: info.faults.iter().map(|it| fault(it, &info.entrypoint.kind, shapes)).collect(),
        request: if is_rpc && !info.params.is_empty() {
            request(info, shapes)
        } else {
            String::new()
        },
        reply: if is_rpc { types::example(shapes, &info.returns) } else { String::new() },
        users: if is_rpc { callers.map(|it| User::of(&it.from)).collect() } else { Vec::new() },
        params,
    }
}

/// Where the event of a handler is described: at a service that emits it.
fn described_at(info: &MethodInfo, map: &Map) -> String {
    let part = |key| option(info, key).unwrap_or_default().to_owned();
    let event = EventName { source: part("source"), event_type: part("event") };
    let emitter = map.services.iter().find(|(_, it)| it.emits.contains(&event));
    emitter.map(|(name, _)| format!("{}.html#{}", file(name), anchor(&event))).unwrap_or_default()
}

/// Of the description of an event, on whichever page.
fn anchor(event: &EventName) -> String {
    format!("emits-{}.{}", event.source, event.event_type)
}

/// An example of the arguments, as `kinoko call` takes them.
fn request(info: &MethodInfo, shapes: &mut Shapes) -> String {
    let arguments = info.params.iter().filter_map(|it| {
        let value =
            if it.sensitive { json!("…") } else { types::example_value(shapes, &it.schema)? };
        Some((it.name.clone(), value))
    });
    format!("{:#}", Value::Object(arguments.collect()))
}

fn fault(info: &FaultInfo, kind: &str, shapes: &mut Shapes) -> Fault {
    Fault {
        name: info.name.clone(),
        docs: info.docs.clone(),
        expected: info.expected,
        status: (kind == "http").then(|| http_status(info)),
        data: info.data.as_ref().map(|it| types::of(shapes, it)),
    }
}

fn emitted(manifest: &ServiceManifest, map: &Map, shapes: &mut Shapes) -> Vec<Event> {
    let events = manifest.dependencies.iter().flat_map(|it| &it.emits);
    let mut events: Vec<Event> = events
        .map(|it| {
            let event = EventName { source: it.source.clone(), event_type: it.event_type.clone() };
            let full = event.to_string();
            let handlers = map.events.iter().filter(|events| {
                events.from == manifest.name
                    && events.handlers.iter().any(|one| one.event.to_string() == full)
            });
            Event {
                name: if it.source == manifest.name { it.event_type.clone() } else { full.clone() },
                anchor: anchor(&event),
                docs: it.docs.clone(),
                of: types::of(shapes, &it.schema),
                example: types::example(shapes, &it.schema),
                users: handlers.map(|it| User::of(&it.to)).collect(),
            }
        })
        .collect();
    events.sort_by(|a, b| a.name.cmp(&b.name));
    events.dedup_by(|a, b| a.name == b.name);
    events
}

fn settings(manifest: &ServiceManifest, shapes: &mut Shapes) -> Vec<Section> {
    let sections = manifest.dependencies.iter().filter_map(|it| it.settings.as_ref());
    sections
        .map(|it| Section { name: it.section.clone(), of: types::of(shapes, &it.schema) })
        .collect()
}
