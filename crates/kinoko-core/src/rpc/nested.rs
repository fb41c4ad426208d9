//! [`Nested`]: the requests that calls of this very process wait for.
//!
//! A process that stops claims no more work, and lets what runs finish. What runs may call services of
//! the same process, so those requests are claimed to the end.

use std::collections::BTreeSet;

use kinoko_manifest::ServiceManifest;

use super::Client;
use crate::Message;

pub(crate) struct Nested {
    client: Client,
    /// The services that others of this process call; `None` when it may be any.
    called: Option<BTreeSet<String>>,
}

impl Nested {
    pub(crate) fn new(client: Client, manifests: &[ServiceManifest]) -> Nested {
        let clients = manifests.iter().flat_map(|it| &it.dependencies);
        let clients = clients.filter(|it| it.kind == "client");
        // One that says no service calls by name.
        let called = clients.map(|it| Some(it.client.as_ref()?.service.clone())).collect();
        Nested { client, called }
    }

    /// Whether a call of this process may wait for one to that service.
    pub(super) fn may_call(&self, service: &str) -> bool {
        self.called.as_ref().is_none_or(|it| it.contains(service))
    }

    /// Whether a request comes from a call of this process.
    pub(super) fn has_sent(&self, request: &Message) -> bool {
        request.reply_to.as_deref().is_some_and(|it| self.client.has_reply_key(it))
    }
}
