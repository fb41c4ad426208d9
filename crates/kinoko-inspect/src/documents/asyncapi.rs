//! AsyncAPI 3.1 with AMQP bindings: calls as requests with replies, and events.

mod described;
mod system;

use std::{borrow::Borrow, collections::BTreeSet};

use described::{Described, call_key, calls, event_key, event_of};
use kinoko_manifest::{MethodInfo, Schema, ServiceManifest};
use serde_json::{Map, Value, json};
pub(crate) use system::{Part, System, Whole};

use super::{Title, components::Components, describe, object};

/// The version of the bindings.
const BINDING: &str = "0.3.0";

/// The document of what some services serve, call, emit and handle over the broker.
///
/// Manifests that are given away are gone one by one, as the document grows.
pub fn asyncapi(
    title: &Title,
    manifests: impl IntoIterator<Item: Borrow<ServiceManifest>>,
) -> Value {
    let manifests: Vec<_> = manifests.into_iter().collect();
    let described = Described::by(manifests.iter().map(Borrow::borrow));
    let mut document = AsyncApi::default();
    for manifest in manifests {
        let manifest: &ServiceManifest = manifest.borrow();
        document.add(manifest);
        document.add_seen(manifest, |channel| described.is_by(&manifest.name, channel));
    }
    document.finish(title)
}

/// Channels, and messages in them, as somebody sees them who does not describe them.
#[derive(Default)]
struct Seen {
    channels: BTreeSet<String>,
    messages: BTreeSet<String>,
}

/// A document that grows service by service.
#[derive(Default)]
struct AsyncApi {
    channels: Map<String, Value>,
    operations: Map<String, Value>,
    messages: Map<String, Value>,
    components: Components,
}

impl AsyncApi {
    /// The document of what was added, which is not here any more.
    fn finish(&mut self, title: &Title) -> Value {
        let taken = |it: &mut Map<String, Value>| Value::Object(std::mem::take(it));
        let components = object([
            ("messages", taken(&mut self.messages)),
            ("schemas", Value::Object(self.components.take())),
        ]);
        object([
            ("asyncapi", "3.1.0".into()),
            ("info", title.to_json()),
            ("defaultContentType", "application/json".into()),
            ("channels", taken(&mut self.channels)),
            ("operations", taken(&mut self.operations)),
            ("components", components),
        ])
    }

    /// Adds what a service does, and the channels of what it serves and emits.
    fn add(&mut self, manifest: &ServiceManifest) {
        for method in &manifest.methods {
            match method.entrypoint.kind.as_str() {
                "rpc" => self.served(manifest, method),
                "event" => self.handled(manifest, method),
                _ => {}
            }
        }
        for event in manifest.dependencies.iter().flat_map(|it| &it.emits) {
            let key = event_key(&event.source, &event.event_type);
            let schema = self.components.place(&manifest.name, &event.schema);
            self.event(&event.source, &event.event_type, schema, &event.docs);
            self.operations.insert(
                format!("{}.emits.{}.{}", manifest.name, event.source, event.event_type),
                json!({
                    "action": "send",
                    "channel": reference("channels", &key),
                    "messages": [message_of(&key, "event")],
                    "bindings": {"amqp": {"deliveryMode": 2, "bindingVersion": BINDING}},
                }),
            );
        }
        for (service, call) in calls(manifest) {
            self.operations.insert(
                format!("{}.calls.{service}.{}", manifest.name, call.name),
                operation("send", &call_key(service, &call.name), ""),
            );
        }
    }

    /// Adds the channels that a service calls or handles, as it sees them: those that are `wanted` and not there. Says
    /// which these are.
    fn add_seen(&mut self, manifest: &ServiceManifest, wanted: impl Fn(&str) -> bool) -> Seen {
        let mut added = Seen::default();
        for (service, call) in calls(manifest) {
            let key = call_key(service, &call.name);
            if !self.channels.contains_key(&key) && wanted(&key) {
                let request = arguments(&mut self.components, &manifest.name, &call.params);
                let reply = self.components.place(&manifest.name, &call.returns);
                self.method(service, &call.name, request, reply);
                added.messages.extend(["request", "reply"].map(|it| format!("{key}.{it}")));
                added.channels.extend([format!("{key}.reply"), key]);
            }
        }
        for method in manifest.methods.iter().filter(|it| it.entrypoint.kind == "event") {
            let (source, event_type) = event_of(method);
            let key = event_key(source, event_type);
            if !self.channels.contains_key(&key) && wanted(&key) {
                let schema = method.params.first().map_or(&Schema::Bool(true), |it| &it.schema);
                let schema = self.components.place(&manifest.name, schema);
                self.event(source, event_type, schema, "");
                added.messages.insert(key.clone());
                added.channels.insert(key);
            }
        }
        added
    }

    fn served(&mut self, manifest: &ServiceManifest, method: &MethodInfo) {
        let request = arguments(&mut self.components, &manifest.name, &method.params);
        let reply = self.components.place(&manifest.name, &method.returns);
        self.method(&manifest.name, &method.name, request, reply);
        let key = call_key(&manifest.name, &method.name);
        self.operations.insert(
            format!("{}.serves.{}", manifest.name, method.name),
            operation("receive", &key, &method.docs),
        );
    }

    /// The channels of a method: of its requests, and of its replies, which have no address of their own.
    fn method(&mut self, service: &str, name: &str, arguments: Value, result: Value) {
        let key = call_key(service, name);
        let by_position = json!({"type": "array", "description": "Arguments by position."});
        let error = json!({
            "type": ["object", "null"],
            "description": "What went wrong, if something did.",
            "properties": {
                "exc_type": {"type": "string"},
                "exc_path": {"type": "string"},
                "exc_args": {"type": "array"},
                "value": {"type": "string"},
            },
        });
        for (kind, fields) in [
            ("request", [("args", by_position), ("kwargs", arguments)]),
            ("reply", [("result", result), ("error", error)]),
        ] {
            let name = format!("{key}.{kind}");
            let payload = object([
                ("type", "object".into()),
                ("required", fields.each_ref().map(|(name, _)| *name).as_slice().into()),
                ("properties", object(fields)),
            ]);
            let message = object([("name", name.as_str().into()), ("payload", payload)]);
            self.messages.insert(name, message);
        }
        let channel = json!({
            "address": format!("{service}.{name}"),
            "messages": {"request": reference("components/messages", &format!("{key}.request"))},
            "bindings": {"amqp": exchange("nameko-rpc")},
        });
        self.channels.insert(key.clone(), channel);
        self.channels.insert(
            format!("{key}.reply"),
            json!({
                "address": null,
                "messages": {"reply": reference("components/messages", &format!("{key}.reply"))},
                "bindings": {"amqp": exchange("nameko-rpc")},
            }),
        );
    }

    fn handled(&mut self, manifest: &ServiceManifest, method: &MethodInfo) {
        let (source, event_type) = event_of(method);
        let key = event_key(source, event_type);
        let mut operation = json!({
            "action": "receive",
            "channel": reference("channels", &key),
            "messages": [message_of(&key, "event")],
            "bindings": {"amqp": {"ack": true, "bindingVersion": BINDING}},
        });
        describe(&mut operation, &method.docs);
        self.operations.insert(format!("{}.handles.{}", manifest.name, method.name), operation);
    }

    fn event(&mut self, source: &str, event_type: &str, payload: Value, docs: &str) {
        let key = event_key(source, event_type);
        let mut message = object([("name", key.as_str().into()), ("payload", payload)]);
        describe(&mut message, docs);
        self.messages.insert(key.clone(), message);
        self.channels.insert(
            key.clone(),
            json!({
                "address": event_type,
                "messages": {"event": reference("components/messages", &key)},
                "bindings": {"amqp": exchange(&format!("{source}.events"))},
            }),
        );
    }
}

/// The arguments of a call, by name.
fn arguments(
    components: &mut Components,
    service: &str,
    params: &[kinoko_manifest::ParamInfo],
) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for param in params {
        properties.insert(param.name.clone(), components.place(service, &param.schema));
        if param.required {
            required.push(json!(param.name));
        }
    }
    // Those that are given by position are missing among these, so that none is required by the schema alone.
    object([
        ("type", "object".into()),
        ("properties", Value::Object(properties)),
        ("x-required", Value::Array(required)),
        ("additionalProperties", false.into()),
    ])
}

fn operation(action: &str, key: &str, docs: &str) -> Value {
    let mut operation = json!({
        "action": action,
        "channel": reference("channels", key),
        "messages": [message_of(key, "request")],
        "reply": {
            "address": {"location": "$message.header#/reply_to"},
            "channel": reference("channels", &format!("{key}.reply")),
            "messages": [message_of(&format!("{key}.reply"), "reply")],
        },
    });
    describe(&mut operation, docs);
    operation
}

fn exchange(name: &str) -> Value {
    json!({
        "is": "routingKey",
        "exchange": {"name": name, "type": "topic", "durable": true, "autoDelete": false},
        "bindingVersion": BINDING,
    })
}

fn reference(to: &str, key: &str) -> Value {
    json!({"$ref": format!("#/{to}/{}", escaped(key))})
}

/// A message of a channel.
fn message_of(channel: &str, message: &str) -> Value {
    json!({"$ref": format!("#/channels/{}/messages/{message}", escaped(channel))})
}

/// A key as a JSON pointer has it.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
