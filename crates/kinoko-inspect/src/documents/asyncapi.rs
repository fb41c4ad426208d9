//! AsyncAPI 3.1 with AMQP bindings: calls as requests with replies, and events.

use std::borrow::Borrow;

use kinoko_manifest::{MethodInfo, ServiceManifest};
use serde_json::{Map, Value, json};

use super::{Title, components::Components, describe, object};
use crate::interface::option;

/// The version of the bindings.
const BINDING: &str = "0.3.0";

/// The document of what some services serve, call, emit and handle over the broker.
///
/// Manifests that are given away are gone one by one, as the document grows.
pub fn asyncapi(
    title: &Title,
    manifests: impl IntoIterator<Item: Borrow<ServiceManifest>>,
) -> Value {
    let mut document = AsyncApi::default();
    for manifest in manifests {
        document.add(manifest.borrow());
    }
    document.finish(title)
}

/// A document that grows service by service.
#[derive(Default)]
pub(crate) struct AsyncApi {
    channels: Map<String, Value>,
    operations: Map<String, Value>,
    messages: Map<String, Value>,
    components: Components,
}

impl AsyncApi {
    /// The document of what was added.
    pub(crate) fn finish(self, title: &Title) -> Value {
        let components = object([
            ("messages", Value::Object(self.messages)),
            ("schemas", Value::Object(self.components.into_json())),
        ]);
        object([
            ("asyncapi", "3.1.0".into()),
            ("info", title.to_json()),
            ("defaultContentType", "application/json".into()),
            ("channels", Value::Object(self.channels)),
            ("operations", Value::Object(self.operations)),
            ("components", components),
        ])
    }

    pub(crate) fn add(&mut self, manifest: &ServiceManifest) {
        for method in &manifest.methods {
            match method.entrypoint.kind.as_str() {
                "rpc" => self.served(manifest, method),
                "event" => self.handled(manifest, method),
                _ => {}
            }
        }
        for dependency in &manifest.dependencies {
            for event in &dependency.emits {
                let key = format!("event.{}.{}", event.source, event.event_type);
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
            let calls = dependency
                .client
                .iter()
                .flat_map(|it| it.methods.iter().map(move |call| (&it.service, call)));
            for (service, call) in calls {
                let key = format!("rpc.{service}.{}", call.name);
                if !self.channels.contains_key(&key) {
                    // Nobody here serves it: what is known is what this caller sends and reads.
                    let request = arguments(&mut self.components, &manifest.name, &call.params);
                    let reply = self.components.place(&manifest.name, &call.returns);
                    self.method(service, &call.name, request, reply);
                }
                self.operations.insert(
                    format!("{}.calls.{service}.{}", manifest.name, call.name),
                    operation("send", &key, ""),
                );
            }
        }
    }

    fn served(&mut self, manifest: &ServiceManifest, method: &MethodInfo) {
        let request = arguments(&mut self.components, &manifest.name, &method.params);
        let reply = self.components.place(&manifest.name, &method.returns);
        self.method(&manifest.name, &method.name, request, reply);
        let key = format!("rpc.{}.{}", manifest.name, method.name);
        self.operations.insert(
            format!("{}.serves.{}", manifest.name, method.name),
            operation("receive", &key, &method.docs),
        );
    }

    /// The channels of a method: of its requests, and of its replies, which have no address of their own.
    fn method(&mut self, service: &str, name: &str, arguments: Value, result: Value) {
        let key = format!("rpc.{service}.{name}");
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
        let source = option(method, "source").unwrap_or_default();
        let event_type = option(method, "event").unwrap_or_default();
        let key = format!("event.{source}.{event_type}");
        if !self.channels.contains_key(&key) {
            let schema = method
                .params
                .first()
                .map_or(json!(true), |it| self.components.place(&manifest.name, &it.schema));
            self.event(source, event_type, schema, "");
        }
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
        let key = format!("event.{source}.{event_type}");
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
