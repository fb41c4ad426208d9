//! What the page of a service says, ready for its template.

use kinoko_manifest::ServiceManifest;

use super::{
    describing::Describing,
    event::Event,
    links::Links,
    method::Method,
    types::{self, Type},
};
use crate::{
    map::{self, Calls, Events, Map, counted, first_sentence, short},
    schema::Shapes,
};

/// A service.
pub(super) struct Service {
    pub(super) head: Head,
    pub(super) docs: String,
    pub(super) rpc: Vec<Method>,
    pub(super) http: Vec<Method>,
    pub(super) handlers: Vec<Method>,
    pub(super) timers: Vec<Method>,
    pub(super) others: Vec<Method>,
    pub(super) emits: Vec<Event>,
    pub(super) settings: Vec<Section>,
    pub(super) calls: Vec<Link>,
    pub(super) called_by: Vec<Link>,
    pub(super) hears: Vec<Link>,
    pub(super) heard_by: Vec<Link>,
}

/// A service in a few words.
#[derive(Clone, Default)]
pub(super) struct Head {
    pub(super) name: String,
    /// Its name in paths.
    pub(super) file: String,
    pub(super) version: String,
    pub(super) summary: String,
    /// How much there is of what: `2 methods`.
    pub(super) counts: Vec<String>,
}

/// A section of the settings.
pub(super) struct Section {
    pub(super) name: String,
    pub(super) of: Type,
}

/// Another service, and by what the two are connected.
pub(super) struct Link {
    pub(super) service: String,
    pub(super) file: String,
    /// Whether there is a page of it.
    pub(super) known: bool,
    pub(super) what: Vec<String>,
}

pub(super) fn service(manifest: &ServiceManifest, map: &Map, links: &Links<'_>) -> Service {
    let name = &manifest.name;
    let near = links.near(name);
    let mut describing = Describing { manifest, near: &near, links, shapes: Shapes::default() };
    let mut methods = |is_wanted: &dyn Fn(&str) -> bool| -> Vec<Method> {
        let methods = manifest.methods.iter().filter(|it| is_wanted(&it.entrypoint.kind));
        methods.map(|it| describing.method(it)).collect()
    };
    let known = ["rpc", "http", "event", "timer"];
    let [rpc, http, handlers, timers] = known.map(|kind| methods(&|it| it == kind));
    let others = methods(&|it| !known.contains(&it));
    let link = |other: &str, what: Vec<String>| Link {
        service: other.to_owned(),
        file: file(other),
        known: map.services.get(other).is_some_and(map::Service::is_described),
        what,
    };
    let calls = |it: &Calls| it.methods.iter().cloned().collect();
    // Two methods may handle one event.
    let events = |it: &Events| {
        let mut names: Vec<_> = it.handlers.iter().map(|one| short(&one.event, &it.from)).collect();
        names.dedup();
        names
    };
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
        emits: describing.emitted(),
        settings: settings(manifest, &mut describing.shapes),
        calls: near.calls.iter().map(|it| link(&it.to, calls(it))).collect(),
        called_by: near.called_by.iter().map(|it| link(&it.from, calls(it))).collect(),
        hears: near.hears.iter().map(|it| link(&it.from, events(it))).collect(),
        heard_by: near.heard_by.iter().map(|it| link(&it.to, events(it))).collect(),
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
    /// Whether it has to do with another.
    pub(super) fn is_connected(&self) -> bool {
        [&self.calls, &self.called_by, &self.hears, &self.heard_by].iter().any(|it| !it.is_empty())
    }

    /// What is described, in its order: where, and how it is called in a list.
    pub(super) fn contents(&self) -> Vec<(&str, &str)> {
        let emits = self.emits.iter().map(|it| (it.anchor.as_str(), it.name.as_str()));
        let before = self.rpc.iter().chain(&self.http).map(Method::listed);
        let after = self.handlers.iter().chain(&self.timers).chain(&self.others);
        before.chain(emits).chain(after.map(Method::listed)).collect()
    }

    /// Whether there is something to be said of it in OpenAPI.
    pub(super) fn serves_http(&self) -> bool {
        !self.http.is_empty()
    }
}

/// A service's name as that of a file: no two names have one, where files `a` and `A` are two.
pub(super) fn file(name: &str) -> String {
    let mut file = String::new();
    for (at, it) in name.chars().enumerate() {
        // Nor is it one that is hidden, or the folder.
        if it.is_ascii_alphanumeric() || "-_".contains(it) || (it == '.' && at > 0) {
            file.push(it);
        } else {
            file.push_str(&format!("~{:x}~", u32::from(it)));
        }
    }
    file
}

fn settings(manifest: &ServiceManifest, shapes: &mut Shapes) -> Vec<Section> {
    let sections = manifest.dependencies.iter().filter_map(|it| it.settings.as_ref());
    sections
        .map(|it| Section { name: it.section.clone(), of: types::of(shapes, &it.schema).0 })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::file;

    #[test]
    fn names_are_files_of_their_own() {
        for (name, expected) in [
            ("orders", "orders"),
            ("order_service-2.eu", "order_service-2.eu"),
            (".", "~2e~"),
            ("../../etc", "~2e~.~2f~..~2f~etc"),
            ("a b", "a~20~b"),
            ("a~20~b", "a~7e~20~7e~b"),
            ("ö", "~f6~"),
        ] {
            assert_eq!(file(name), expected);
        }
    }
}
