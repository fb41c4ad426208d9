//! What the page of a service says, ready for its template.

use kinoko_manifest::{FaultInfo, MethodInfo, ServiceManifest};
use serde::Serialize;
use serde_json::{Value, json};

use super::types::{self, Type};
use crate::{
    interface::option,
    map::{Map, first_sentence, route},
};

/// A service.
#[derive(Debug, Serialize)]
pub(super) struct Service {
    pub(super) name: String,
    /// Its name in paths.
    pub(super) file: String,
    version: String,
    summary: String,
    docs: String,
    rpc: Vec<Method>,
    http: Vec<Method>,
    handlers: Vec<Method>,
    timers: Vec<Method>,
    others: Vec<Method>,
    emits: Vec<Event>,
    settings: Vec<Section>,
    calls: Vec<Link>,
    called_by: Vec<Link>,
    hears: Vec<Link>,
    heard_by: Vec<Link>,
}

#[derive(Debug, Serialize)]
struct Method {
    name: String,
    anchor: String,
    /// What stands beside its name: a route, an event, a clock.
    about: String,
    docs: String,
    params: Vec<Param>,
    returns: Option<Type>,
    faults: Vec<Fault>,
    request: String,
    reply: String,
    location: String,
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
struct Event {
    name: String,
    anchor: String,
    docs: String,
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
    let of_kind = |kind: &str| -> Vec<Method> {
        let methods = manifest.methods.iter().filter(|it| it.entrypoint.kind == kind);
        methods.map(|it| method(it, manifest, map)).collect()
    };
    let known = ["rpc", "http", "event", "timer"];
    let others = manifest.methods.iter().filter(|it| !known.contains(&it.entrypoint.kind.as_str()));
    let link = |other: &str, what: Vec<String>| Link {
        service: other.to_owned(),
        file: file(other),
        known: map.services.get(other).is_some_and(crate::map::Service::is_described),
        what,
    };
    let calls = |it: &crate::map::Calls| it.methods.iter().cloned().collect();
    let events =
        |it: &crate::map::Events| it.handlers.iter().map(|it| it.event.to_string()).collect();
    Service {
        name: name.clone(),
        file: file(name),
        version: manifest.version.clone(),
        summary: first_sentence(&manifest.docs).to_owned(),
        docs: manifest.docs.clone(),
        rpc: of_kind("rpc"),
        http: of_kind("http"),
        handlers: of_kind("event"),
        timers: of_kind("timer"),
        others: others.map(|it| method(it, manifest, map)).collect(),
        emits: emitted(manifest, map),
        settings: settings(manifest),
        calls: map
            .calls
            .iter()
            .filter(|it| it.from == *name)
            .map(|it| link(&it.to, calls(it)))
            .collect(),
        called_by: map
            .calls
            .iter()
            .filter(|it| it.to == *name)
            .map(|it| link(&it.from, calls(it)))
            .collect(),
        hears: map
            .events
            .iter()
            .filter(|it| it.to == *name)
            .map(|it| link(&it.from, events(it)))
            .collect(),
        heard_by: map
            .events
            .iter()
            .filter(|it| it.from == *name)
            .map(|it| link(&it.to, events(it)))
            .collect(),
    }
}

/// A service's name as that of a file.
pub(super) fn file(name: &str) -> String {
    let plain = |it: char| if it.is_ascii_alphanumeric() || "-_.".contains(it) { it } else { '_' };
    let file: String = name.chars().map(plain).collect();
    // Not one that is hidden, nor one that is the folder.
    if file.starts_with('.') { format!("_{file}") } else { file }
}

fn method(info: &MethodInfo, manifest: &ServiceManifest, map: &Map) -> Method {
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
            of: types::of(&it.schema),
        })
        .collect();
    let callers =
        map.calls.iter().filter(|it| it.to == manifest.name && it.methods.contains(&info.name));
    let is_rpc = info.entrypoint.kind == "rpc";
    Method {
        name: info.name.clone(),
        anchor: format!("{}-{}", info.entrypoint.kind, info.name),
        about,
        docs: info.docs.clone(),
        returns: matches!(info.entrypoint.kind.as_str(), "rpc" | "http")
            .then(|| types::of(&info.returns)),
        faults: info.faults.iter().map(fault).collect(),
        request: if is_rpc && !info.params.is_empty() { request(info) } else { String::new() },
        reply: if is_rpc { types::example(&info.returns) } else { String::new() },
        location: info.location.as_ref().map(|it| it.file.clone()).unwrap_or_default(),
        users: if is_rpc { callers.map(|it| User::of(&it.from)).collect() } else { Vec::new() },
        params,
    }
}

/// An example of the arguments, as `kinoko call` takes them.
fn request(info: &MethodInfo) -> String {
    let arguments = info.params.iter().filter_map(|it| {
        let value = if it.sensitive { json!("…") } else { types::example_value(&it.schema)? };
        Some((it.name.clone(), value))
    });
    format!("{:#}", Value::Object(arguments.collect()))
}

fn fault(info: &FaultInfo) -> Fault {
    Fault {
        name: info.name.clone(),
        docs: info.docs.clone(),
        expected: info.expected,
        status: info.status,
        data: info.data.as_ref().map(types::of),
    }
}

fn emitted(manifest: &ServiceManifest, map: &Map) -> Vec<Event> {
    let events = manifest.dependencies.iter().flat_map(|it| &it.emits);
    let mut events: Vec<Event> = events
        .map(|it| {
            let full = format!("{}.{}", it.source, it.event_type);
            let handlers = map.events.iter().filter(|events| {
                events.from == manifest.name
                    && events.handlers.iter().any(|one| one.event.to_string() == full)
            });
            Event {
                name: if it.source == manifest.name { it.event_type.clone() } else { full.clone() },
                anchor: format!("event-{}", it.event_type),
                docs: it.docs.clone(),
                of: types::of(&it.schema),
                example: types::example(&it.schema),
                users: handlers.map(|it| User::of(&it.to)).collect(),
            }
        })
        .collect();
    events.sort_by(|a, b| a.name.cmp(&b.name));
    events.dedup_by(|a, b| a.name == b.name);
    events
}

fn settings(manifest: &ServiceManifest) -> Vec<Section> {
    let sections = manifest.dependencies.iter().filter_map(|it| it.settings.as_ref());
    sections.map(|it| Section { name: it.section.clone(), of: types::of(&it.schema) }).collect()
}

impl Service {
    /// What a search finds of it: a text, what it is, and where.
    pub(super) fn found(&self) -> Vec<Value> {
        let page = format!("services/{}.html", self.file);
        let mut found = vec![json!([self.name, "service", page, self.summary])];
        for (kind, methods) in [
            ("method", &self.rpc),
            ("route", &self.http),
            ("handler", &self.handlers),
            ("timer", &self.timers),
            ("entrypoint", &self.others),
        ] {
            for it in methods {
                let text = if kind == "route" {
                    it.about.clone()
                } else {
                    format!("{}.{}", self.name, it.name)
                };
                found.push(json!([
                    text,
                    kind,
                    format!("{page}#{}", it.anchor),
                    first_sentence(&it.docs)
                ]));
            }
        }
        for it in &self.emits {
            let text = format!("{}.{}", self.name, it.name);
            found.push(json!([
                text,
                "event",
                format!("{page}#{}", it.anchor),
                first_sentence(&it.docs)
            ]));
        }
        found
    }
}
