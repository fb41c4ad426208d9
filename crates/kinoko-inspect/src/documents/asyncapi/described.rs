//! The channels of a document, and who describes each.

use std::collections::BTreeMap;

use kinoko_manifest::{CallInfo, MethodInfo, ServiceManifest};

use crate::interface::option;

/// Who describes each channel: a service that serves the method or emits the event; where there is none, the first
/// that calls or handles it, as it sees it.
pub(super) struct Described(BTreeMap<String, String>);

impl Described {
    pub(super) fn by<'a>(
        manifests: impl Iterator<Item = &'a ServiceManifest> + Clone,
    ) -> Described {
        let mut channels = BTreeMap::new();
        for manifest in manifests.clone() {
            let served = manifest.methods.iter().filter(|it| it.entrypoint.kind == "rpc");
            let served = served.map(|it| call_key(&manifest.name, &it.name));
            let emitted = manifest.dependencies.iter().flat_map(|it| &it.emits);
            let emitted = emitted.map(|it| event_key(&it.source, &it.event_type));
            channels.extend(served.chain(emitted).map(|it| (it, manifest.name.clone())));
        }
        for manifest in manifests {
            let called = calls(manifest).map(|(service, call)| call_key(service, &call.name));
            let handlers = manifest.methods.iter().filter(|it| it.entrypoint.kind == "event");
            let handled = handlers.map(event_of).map(|(from, event)| event_key(from, event));
            for channel in called.chain(handled) {
                channels.entry(channel).or_insert_with(|| manifest.name.clone());
            }
        }
        Described(channels)
    }

    pub(super) fn is_by(&self, service: &str, channel: &str) -> bool {
        self.0.get(channel).is_some_and(|it| it == service)
    }
}

/// The channel of a method; that of its replies is this with `.reply`.
pub(super) fn call_key(service: &str, method: &str) -> String {
    format!("rpc.{service}.{method}")
}

/// The channel of an event.
pub(super) fn event_key(source: &str, event_type: &str) -> String {
    format!("event.{source}.{event_type}")
}

pub(super) fn calls(manifest: &ServiceManifest) -> impl Iterator<Item = (&str, &CallInfo)> {
    let clients = manifest.dependencies.iter().filter_map(|it| it.client.as_ref());
    clients.flat_map(|it| it.methods.iter().map(|call| (it.service.as_str(), call)))
}

pub(super) fn event_of(method: &MethodInfo) -> (&str, &str) {
    let part = |key| option(method, key).unwrap_or_default();
    (part("source"), part("event"))
}
