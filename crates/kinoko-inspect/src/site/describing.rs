//! [`Describing`]: how the methods and events of a service become what its page says of them.

use kinoko_manifest::{EventInfo, FaultInfo, MethodInfo, ServiceManifest};
use serde_json::{Map, Value, json};

use super::{
    event::Event,
    links::{Links, Near},
    method::{Fault, Method, Param},
    page::file,
    types,
};
use crate::{
    documents::http_status,
    interface::option,
    map::{EventName, handled_event, route},
    schema::Shapes,
};

/// What is known where a method or an event is described.
pub(super) struct Describing<'a> {
    pub(super) manifest: &'a ServiceManifest,
    pub(super) near: &'a Near<'a>,
    pub(super) links: &'a Links<'a>,
    /// Of all schemas of the page.
    pub(super) shapes: Shapes,
}

impl Describing<'_> {
    pub(super) fn method(&mut self, info: &MethodInfo) -> Method {
        let kind = info.entrypoint.kind.as_str();
        let (is_rpc, is_http) = (kind == "rpc", kind == "http");
        let (params, request) = self.params(info);
        let mut method = Method {
            name: info.name.clone(),
            anchor: format!("{kind}-{}", info.name),
            about: about(info),
            route: None,
            event: String::new(),
            docs: info.docs.clone(),
            params,
            returns: None,
            faults: info.faults.iter().map(|it| self.fault(it, kind)).collect(),
            request: String::new(),
            reply: String::new(),
            users: Vec::new(),
        };
        if is_rpc || is_http {
            let (returns, id) = types::of(&mut self.shapes, &info.returns);
            if is_rpc {
                method.reply = types::example(&self.shapes, id);
                method.request = request;
                let callers = self.near.called_by.iter();
                let callers = callers.filter(|it| it.methods.contains(&info.name));
                method.users = callers.map(|it| User::of(&it.from)).collect();
            }
            method.returns = Some(returns);
        }
        if is_http {
            let (verb, path) = method.about.split_once(' ').unwrap_or_default();
            method.route = Some((verb.to_owned(), path.to_owned()));
        }
        if kind == "event" {
            let event = handled_event(info);
            let at = |emitter| format!("{}.html#{}", file(emitter), anchor(&event));
            method.event = self.links.emitter(&event).map(at).unwrap_or_default();
        }
        method
    }

    /// The parameters, and an example of the arguments as `kinoko call` takes them.
    fn params(&mut self, info: &MethodInfo) -> (Vec<Param>, String) {
        let mut arguments = Map::new();
        let mut params = Vec::new();
        for it in &info.params {
            let (of, id) = types::of(&mut self.shapes, &it.schema);
            let example = if it.sensitive { Some(json!("…")) } else { self.shapes.example(id) };
            arguments.extend(example.map(|value| (it.name.clone(), value)));
            params.push(Param {
                name: it.name.clone(),
                required: it.required,
                default: it.default.as_ref().map(Value::to_string).unwrap_or_default(),
                sensitive: it.sensitive,
                of,
            });
        }
        let example = if params.is_empty() {
            String::new()
        } else {
            format!("{:#}", Value::Object(arguments))
        };
        (params, example)
    }

    fn fault(&mut self, info: &FaultInfo, kind: &str) -> Fault {
        Fault {
            name: info.name.clone(),
            docs: info.docs.clone(),
            expected: info.expected,
            status: (kind == "http").then(|| http_status(info)),
            data: info.data.as_ref().map_or_else(Vec::new, |it| {
                let (data, _) = types::of(&mut self.shapes, it);
                data.fields.into_iter().map(|it| it.name).collect()
            }),
        }
    }

    /// The events that the service emits, by their names.
    pub(super) fn emitted(&mut self) -> Vec<Event> {
        let emits = self.manifest.dependencies.iter().flat_map(|it| &it.emits);
        let mut events: Vec<Event> = emits.map(|it| self.event(it)).collect();
        events.sort_by(|a, b| a.name.cmp(&b.name));
        events.dedup_by(|a, b| a.name == b.name);
        events
    }

    fn event(&mut self, info: &EventInfo) -> Event {
        let event = EventName { source: info.source.clone(), event_type: info.event_type.clone() };
        let is_own = info.source == self.manifest.name;
        let hearers = self.near.heard_by.iter();
        let hearers = hearers.filter(|it| it.handlers.iter().any(|one| one.event == event));
        let users = hearers.map(|it| User::of(&it.to)).collect();
        let (of, id) = types::of(&mut self.shapes, &info.schema);
        Event {
            name: if is_own { info.event_type.clone() } else { event.to_string() },
            anchor: anchor(&event),
            docs: info.docs.clone(),
            of,
            example: types::example(&self.shapes, id),
            users,
        }
    }
}

/// What stands beside a method's name.
fn about(info: &MethodInfo) -> String {
    match info.entrypoint.kind.as_str() {
        "http" => route(info),
        "event" => {
            let mode = option(info, "mode").map(|it| format!(", {it}")).unwrap_or_default();
            format!("{}{mode}", handled_event(info))
        }
        "timer" => option(info, "every").map(|it| format!("every {it}")).unwrap_or_default(),
        "rpc" => String::new(),
        kind => kind.to_owned(),
    }
}

/// Of the description of an event, on whichever page.
fn anchor(event: &EventName) -> String {
    format!("emits-{}.{}", event.source, event.event_type)
}

/// A service that uses something.
pub(super) struct User {
    pub(super) name: String,
    pub(super) file: String,
}

impl User {
    fn of(name: &str) -> User {
        User { name: name.to_owned(), file: file(name) }
    }
}
