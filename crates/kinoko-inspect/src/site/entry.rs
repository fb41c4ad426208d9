//! What a page says of a method, and of an event.

use askama::Template;
use kinoko_manifest::{EventInfo, FaultInfo, MethodInfo, ServiceManifest};
use serde_json::{Map, Value, json};

use super::{
    links::{Links, Near},
    page::file,
    prose as filters,
    types::{self, Type},
};
use crate::{
    documents::http_status,
    interface::option,
    map::{EventName, handled_event, route},
    schema::Shapes,
};

/// A method.
#[derive(Template)]
#[template(path = "method.html", whitespace = "minimize")]
pub(super) struct Method {
    pub(super) name: String,
    pub(super) anchor: String,
    /// What stands beside its name: a route, an event, a clock.
    pub(super) about: String,
    /// Of a route the verb and the path, apart.
    pub(super) route: Option<(String, String)>,
    /// Where the event is described that it handles.
    pub(super) event: String,
    pub(super) docs: String,
    pub(super) params: Vec<Param>,
    pub(super) returns: Option<Type>,
    pub(super) faults: Vec<Fault>,
    pub(super) request: String,
    pub(super) reply: String,
    pub(super) users: Vec<User>,
}

impl Method {
    /// What it returns, if that is worth a word: nothing is not, nor is a response it makes itself.
    pub(super) fn shown(&self) -> Option<&Type> {
        let is_shown =
            |it: &&Type| it.text != "null" && (self.route.is_none() || it.text != "anything");
        self.returns.as_ref().filter(is_shown)
    }

    /// Where it is described, and how it is called in a list.
    pub(super) fn listed(&self) -> (&str, &str) {
        (&self.anchor, if self.route.is_some() { &self.about } else { &self.name })
    }

    /// Whether there is something to list of it.
    pub(super) fn has_list(&self) -> bool {
        !self.params.is_empty() || self.shown().is_some() || !self.faults.is_empty()
    }
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

pub(super) struct Param {
    pub(super) name: String,
    pub(super) required: bool,
    pub(super) default: String,
    pub(super) sensitive: bool,
    pub(super) of: Type,
}

pub(super) struct Fault {
    pub(super) name: String,
    pub(super) docs: String,
    pub(super) expected: bool,
    pub(super) status: Option<u16>,
    /// The names of what it carries.
    pub(super) data: Vec<String>,
}

/// An event.
#[derive(Template)]
#[template(path = "event.html", whitespace = "minimize")]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) anchor: String,
    pub(super) docs: String,
    pub(super) of: Type,
    pub(super) example: String,
    pub(super) users: Vec<User>,
}

/// What is known where a method or an event is described.
pub(super) struct Around<'a> {
    pub(super) manifest: &'a ServiceManifest,
    pub(super) near: &'a Near<'a>,
    pub(super) links: &'a Links<'a>,
    /// Of all schemas of the page.
    pub(super) shapes: Shapes,
}

impl Around<'_> {
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
