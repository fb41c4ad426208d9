//! [`Routes`]: which queues an address leads to.

use std::{collections::BTreeMap, sync::Arc};

use super::{queue::Queue, topic::Pattern};
use crate::{Error, ErrorKind, EventMode, Subscription};

/// The queues there are, found the way messages ask for them.
///
/// They are a handful, and to compare a name with some of them takes less than to hash it.
#[derive(Default)]
pub(super) struct Routes {
    requests: BTreeMap<String, Arc<Queue>>,
    replies: BTreeMap<String, Arc<Queue>>,
    events: BTreeMap<String, Vec<Handler>>,
    cancels: BTreeMap<String, Vec<Arc<Queue>>>,
    last_subscription: u64,
}

struct Handler {
    event_type: Pattern,
    queue: Arc<Queue>,
}

impl Routes {
    /// The queue of a service's requests. A method is one word, so nobody handles one with a dot.
    pub(super) fn requests(&self, service: &str, method: &str) -> Option<&Queue> {
        if method.bytes().any(|it| it == b'.') {
            return None;
        }
        self.requests.get(service).map(|queue| &**queue)
    }

    pub(super) fn replies(&self, key: &str) -> Option<&Queue> {
        self.replies.get(key).map(|queue| &**queue)
    }

    /// The queues an event goes to, oldest first.
    pub(super) fn events(&self, source: &str, event_type: &str) -> Vec<&Arc<Queue>> {
        let handlers = self.events.get(source).map_or(&[][..], |handlers| handlers);
        let wanted = handlers.iter().filter(|it| it.event_type.matches(event_type));
        wanted.map(|it| &it.queue).collect()
    }

    /// The queues a cancel goes to, oldest first.
    pub(super) fn cancels(&self, service: &str) -> &[Arc<Queue>] {
        self.cancels.get(service).map_or(&[], |queues| queues)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Queue>> {
        let handlers = self.events.values().flatten().map(|it| &it.queue);
        self.requests
            .values()
            .chain(self.replies.values())
            .chain(handlers)
            .chain(self.cancels.values().flatten())
    }

    /// The queue a subscription takes from, made if need be, and the subscription's id: higher than
    /// those before it.
    ///
    /// # Errors
    /// When the queue is there and keeps its messages, and the subscription says it does not, or the
    /// other way round: RabbitMQ refuses that too.
    pub(super) fn declare(&mut self, to: &Subscription) -> Result<(Arc<Queue>, u64), Error> {
        self.last_subscription += 1;
        let id = self.last_subscription;
        let make = || Arc::new(Queue::new(name(to, id), to.clone()));
        let queue = match to {
            Subscription::Rpc { service, .. } => {
                self.requests.entry(service.to_string()).or_insert_with(make)
            }
            Subscription::Replies { key, .. } => {
                self.replies.entry(key.clone()).or_insert_with(make)
            }
            Subscription::Cancels { service } => {
                let queues = self.cancels.entry(service.to_string()).or_default();
                queues.push(make());
                &queues[queues.len() - 1]
            }
            Subscription::Event { source, event_type, .. } => {
                let handlers = self.events.entry(source.to_string()).or_default();
                let known = handlers.iter().position(|it| is_shared(it.queue.made_for(), to));
                let index = known.unwrap_or_else(|| {
                    handlers.push(Handler { event_type: Pattern::new(event_type), queue: make() });
                    handlers.len() - 1
                });
                &handlers[index].queue
            }
        };
        if let (
            Subscription::Event { reliable, .. },
            Subscription::Event { reliable: existing, .. },
        ) = (to, queue.made_for())
            && reliable != existing
        {
            let message = format!(
                "queue {} has a handler with `reliable` {existing}: say the same here, or change both",
                queue.name(),
            );
            return Err(Error::new(ErrorKind::Refused, message));
        }
        Ok((Arc::clone(queue), id))
    }

    /// Forgets a queue that its last consumer left.
    pub(super) fn forget(&mut self, queue: &Arc<Queue>) {
        match queue.made_for() {
            Subscription::Rpc { service, .. } => {
                self.requests.remove(&**service);
            }
            Subscription::Replies { key, .. } => {
                self.replies.remove(key);
            }
            Subscription::Cancels { service } => {
                if let Some(queues) = self.cancels.get_mut(&**service) {
                    queues.retain(|it| !Arc::ptr_eq(it, queue));
                    if queues.is_empty() {
                        self.cancels.remove(&**service);
                    }
                }
            }
            Subscription::Event { source, .. } => {
                if let Some(handlers) = self.events.get_mut(&**source) {
                    handlers.retain(|it| !Arc::ptr_eq(&it.queue, queue));
                    if handlers.is_empty() {
                        self.events.remove(&**source);
                    }
                }
            }
        }
    }
}

/// Whether two subscriptions to events of one source compete for the same queue.
fn is_shared(a: &Subscription, b: &Subscription) -> bool {
    let (
        Subscription::Event { event_type, service, method, mode, .. },
        Subscription::Event {
            event_type: other_type,
            service: other_service,
            method: other_method,
            mode: other_mode,
            ..
        },
    ) = (a, b)
    else {
        return false;
    };
    // Broadcast handlers share one when they give the same identifier.
    let same_handler =
        *mode == EventMode::Singleton || (service == other_service && method == other_method);
    event_type == other_type && mode == other_mode && same_handler
}

/// What the queue of a subscription is called, much as it is at RabbitMQ.
fn name(of: &Subscription, id: u64) -> String {
    match of {
        Subscription::Rpc { service, .. } => format!("rpc-{service}"),
        Subscription::Replies { key, .. } => key.clone(),
        Subscription::Cancels { service } => format!("cancel-{service}-{id}"),
        Subscription::Event { source, event_type, service, method, mode, .. } => {
            let event = format!("evt-{source}-{event_type}");
            match mode {
                EventMode::Singleton => event,
                EventMode::ServicePool => format!("{event}--{service}.{method}"),
                EventMode::Broadcast { identifier } => {
                    format!("{event}--{service}.{method}-{identifier}")
                }
            }
        }
    }
}
