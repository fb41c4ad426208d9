//! What a service does at the broker, by what its manifest says, and what it has to be allowed for that.
//!
//! Declaring takes *configure*; consuming *read* of the queue; binding *write* of the queue, and *read* of the
//! exchange and of the key; publishing *write* of the exchange and of the key. The names are those that Kinoko's
//! transport gives, which are Nameko's.

use std::collections::BTreeSet;

use kinoko_manifest::{DependencyInfo, MethodInfo, ServiceManifest};

use super::{
    Also, Grant, OfKey, Pattern, Permissions, RPC,
    Right::{self, Configure, Read, Write},
};
use crate::interface::option;

pub(super) struct Wants<'a> {
    also: &'a Also,
    rpc: String,
    of_names: BTreeSet<Grant<Right>>,
    of_keys: BTreeSet<Grant<OfKey>>,
    /// Exchanges that are used.
    used: BTreeSet<String>,
    /// Exchanges that may be made.
    own: BTreeSet<String>,
    unknown: Vec<String>,
}

impl<'a> Wants<'a> {
    pub(super) fn new(also: &'a Also) -> Wants<'a> {
        let rpc = also.rpc_exchange.clone().unwrap_or_else(|| RPC.to_owned());
        let (of_names, of_keys, used, own, unknown) = Default::default();
        Wants { also, rpc, of_names, of_keys, used, own, unknown }
    }

    pub(super) fn into_permissions(self, user: &str) -> Permissions {
        Permissions {
            user: user.to_owned(),
            of_names: self.of_names.into_iter().collect(),
            of_keys: self.of_keys.into_iter().collect(),
            must_exist: self.used.difference(&self.own).cloned().collect(),
            unknown: self.unknown,
        }
    }

    pub(super) fn service(&mut self, manifest: &ServiceManifest) {
        let name = &manifest.name;
        if manifest.methods.iter().any(|it| it.entrypoint.kind == "rpc") {
            self.serves(name);
        }
        for handler in manifest.methods.iter().filter(|it| it.entrypoint.kind == "event") {
            self.handles(name, handler);
        }
        let mut calls: Vec<(String, Option<String>)> = Vec::new();
        for dependency in &manifest.dependencies {
            match &dependency.client {
                Some(client) => {
                    let methods = client.methods.iter();
                    calls.extend(methods.map(|it| (client.service.clone(), Some(it.name.clone()))));
                }
                // What it calls may be one of those that are asked for, and nobody else's.
                None if dependency.kind == "client" && !self.also.calls.is_empty() => {
                    calls.extend(self.also.calls.iter().cloned());
                }
                None if dependency.kind == "client" => {
                    self.unknown.push(format!(
                        "what `{name}` calls by its field `{}`, which takes any service and method",
                        dependency.field
                    ));
                }
                None => {}
            }
            self.emits(name, dependency);
        }
        let has_clients = manifest.dependencies.iter().any(|it| it.kind == "client");
        if has_clients {
            self.calls(name, calls);
        }
    }

    fn serves(&mut self, service: &str) {
        let rpc = self.rpc.clone();
        self.queue(Pattern::name(&format!("rpc-{service}")), &format!("requests to `{service}`"));
        self.bind(
            &rpc,
            Pattern::name(&format!("{service}.*")),
            &format!("requests to `{service}`"),
        );
        let cancelled = format!("word that a call to `{service}` is waited for no more");
        self.queue(Pattern::with_uuid(&format!("rpc.cancel-{service}-")), &cancelled);
        self.bind(&rpc, Pattern::name(&format!("kinoko-cancel.{service}")), &cancelled);
        let replies = "replies to whoever calls";
        self.publish(&rpc, Pattern::with_uuid(""), &format!("{replies}, with Nameko"));
        let to_kinoko = Pattern::with_word("kinoko-reply-");
        self.publish(&rpc, to_kinoko, &format!("{replies}, with Kinoko"));
        if self.also.direct_replies {
            let why = "replies straight to a queue; it leads to any queue there is";
            self.name(Write, Pattern::name("amq.default"), why);
        }
    }

    fn calls(&mut self, service: &str, calls: Vec<(String, Option<String>)>) {
        let rpc = self.rpc.clone();
        let replies = Pattern::with_uuid(&format!("kinoko-reply-{}-", service.replace('.', "-")));
        let why = format!("replies to what `{service}` calls");
        self.queue(replies.clone(), &why);
        self.bind(&rpc, replies, &why);
        for (callee, method) in calls {
            let (key, what) = match &method {
                Some(method) => {
                    let key = format!("{callee}.{method}");
                    (Pattern::name(&key), format!("`{service}` calls {key}"))
                }
                None => {
                    let key = format!("{callee}.");
                    (Pattern::beginning(&key), format!("`{service}` calls all of {callee}"))
                }
            };
            self.publish(&rpc, key, &what);
            let why = format!("word that `{service}` waits for {callee} no more");
            self.publish(&rpc, Pattern::name(&format!("kinoko-cancel.{callee}")), &why);
        }
    }

    fn handles(&mut self, service: &str, handler: &MethodInfo) {
        let part = |key| option(handler, key).unwrap_or_default();
        let (source, event, method) = (part("source"), part("event"), &handler.name);
        let pool = format!("evt-{source}-{event}--{service}.{method}");
        let queue = match (part("mode"), option(handler, "identifier")) {
            ("singleton", _) => Pattern::name(&format!("evt-{source}-{event}")),
            ("broadcast", Some(identifier)) => Pattern::name(&format!("{pool}-{identifier}")),
            ("broadcast", None) => Pattern::with_simple_uuid(&format!("{pool}-")),
            _ => Pattern::name(&pool),
        };
        let why = format!("`{service}` handles {source}.{event}");
        self.queue(queue, &why);
        self.bind(&format!("{source}.events"), Pattern::name(event), &why);
    }

    fn emits(&mut self, service: &str, dependency: &DependencyInfo) {
        if dependency.kind == "dispatcher" && dependency.emits.is_empty() {
            self.unknown.push(format!(
                "what `{service}` emits by its field `{}`, which is not in the manifest",
                dependency.field
            ));
        }
        for event in &dependency.emits {
            let exchange = format!("{}.events", event.source);
            let why = format!("`{service}` emits {}.{}", event.source, event.event_type);
            self.publish(&exchange, Pattern::name(&event.event_type), &why);
            if event.source == service {
                let why = format!("the events of `{service}` are its own");
                self.name(Configure, Pattern::name(&exchange), &why);
                self.own.insert(exchange);
            }
        }
    }

    /// A queue that is declared, bound and consumed.
    fn queue(&mut self, name: Pattern, why: &str) {
        for right in [Configure, Write, Read] {
            self.name(right, name.clone(), why);
        }
    }

    fn bind(&mut self, exchange: &str, key: Pattern, why: &str) {
        self.use_exchange(exchange, Read, key, why);
    }

    fn publish(&mut self, exchange: &str, key: Pattern, why: &str) {
        self.use_exchange(exchange, Write, key, why);
    }

    fn use_exchange(&mut self, exchange: &str, right: Right, key: Pattern, why: &str) {
        self.used.insert(exchange.to_owned());
        let what = match right {
            Write => "publishing, with the keys below",
            _ => "binding, with the keys below",
        };
        self.name(right, Pattern::name(exchange), what);
        let right = OfKey { exchange: exchange.to_owned(), right };
        self.of_keys.insert(Grant { right, pattern: key, why: why.to_owned() });
    }

    fn name(&mut self, right: Right, pattern: Pattern, why: &str) {
        self.of_names.insert(Grant { right, pattern, why: why.to_owned() });
    }
}
