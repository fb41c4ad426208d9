//! Consuming: where subscriptions are made, and where it is seen to that the broker keeps them.

use std::sync::{
    Arc, Mutex, PoisonError, Weak,
    atomic::{AtomicU64, Ordering},
};

use futures_util::{StreamExt, stream};
use kinoko_core::{Deliveries, Error, ErrorKind, Message, Subscription};
use tokio::{
    sync::{Notify, mpsc},
    time::sleep,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    AmqpOptions, Life,
    feed::Feed,
    link::{Link, LinkError},
    publisher::Returns,
    supervisor::CurrentLink,
    topology::{self, Source},
};

/// Hands out what arrives over the consuming connection.
pub(crate) struct Consumers {
    pub(crate) options: Arc<AmqpOptions>,
    pub(crate) link: CurrentLink,
    pub(crate) closing: CancellationToken,
    pub(crate) returns: Returns,
    pub(crate) stale: Arc<AtomicU64>,
    watched: Mutex<Vec<Weak<Watched>>>,
}

/// A queue that ought to have our consumer.
pub(crate) struct Watched {
    pub(crate) queue: String,
    /// What has to be there for it, besides.
    source: Source,
    /// The link the consumer is on; 0 while there is none.
    pub(crate) epoch: AtomicU64,
    pub(crate) rebuild: Notify,
}

impl Consumers {
    pub(crate) fn new(
        options: Arc<AmqpOptions>,
        link: CurrentLink,
        closing: CancellationToken,
        returns: Returns,
    ) -> Arc<Consumers> {
        Arc::new(Consumers {
            options,
            link,
            closing,
            returns,
            stale: Arc::default(),
            watched: Mutex::default(),
        })
    }

    /// How many settlements came after the channel they belonged to was gone.
    pub(crate) fn stale_settlements(&self) -> u64 {
        self.stale.load(Ordering::Relaxed)
    }

    /// Declares what a subscription needs and consumes it.
    pub(crate) async fn subscribe(
        self: &Arc<Self>,
        on: Subscription,
        life: Arc<Life>,
    ) -> Result<Deliveries, Error> {
        if self.closing.is_cancelled() {
            return Err(closed());
        }
        let unique = Uuid::new_v4().hyphenated().to_string();
        let source = topology::source(&on, &self.options, &unique);
        let watched = Arc::new(Watched {
            queue: source.queue.name.clone(),
            source: source.clone(),
            epoch: AtomicU64::new(0),
            rebuild: Notify::new(),
        });
        self.register(&watched);
        let returned = match &on {
            Subscription::Replies { key, .. } => Some(self.register_returns(key)),
            _ => None,
        };
        let consumers = Arc::clone(self);
        // Boxed, because a stream made like this moves it twice for each delivery.
        let mut feed = Box::new(Feed {
            consumers,
            on,
            source,
            watched,
            returned,
            consumer: None,
            _life: life,
        });
        feed.first().await?;
        let deliveries = stream::unfold(feed, |mut feed| async move {
            let delivery = feed.next().await?;
            Some((delivery, feed))
        });
        Ok(deliveries.boxed())
    }

    fn register(&self, watched: &Arc<Watched>) {
        let mut all = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|it| it.strong_count() > 0);
        all.push(Arc::downgrade(watched));
    }

    fn register_returns(&self, key: &str) -> mpsc::UnboundedReceiver<Arc<Message>> {
        let (send, receive) = mpsc::unbounded_channel();
        let mut returns = self.returns.write().unwrap_or_else(PoisonError::into_inner);
        returns.insert(key.to_owned(), send);
        receive
    }

    /// Looks now and then whether the broker has our consumers, for those that are lost and told
    /// nobody; and sees to the bindings, for whoever deletes an exchange takes them along, and all
    /// that is then published is confirmed and gone.
    pub(crate) async fn reconcile(self: Arc<Self>) {
        loop {
            tokio::select! {
                () = sleep(self.options.reconcile_every) => {}
                () = self.closing.cancelled() => return,
            }
            let Some(link) = self.link.borrow().clone() else { continue };
            let watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner).clone();
            for watched in watched.iter().filter_map(Weak::upgrade) {
                let is_here = || watched.epoch.load(Ordering::Relaxed) == link.epoch;
                if !is_here() {
                    continue;
                }
                if let Err(err) = watched.bind_again(&link).await {
                    tracing::warn!(queue = watched.queue, %err, "cannot see to a binding");
                }
                let missing = matches!(link.consumers(&watched.queue).await, Ok(None | Some(0)));
                if missing && is_here() {
                    let queue = &*watched.queue;
                    tracing::warn!(queue, "the broker does not know our consumer");
                    watched.rebuild.notify_one();
                }
            }
        }
    }
}

impl Watched {
    /// Declares the exchange and the binding, which changes nothing where they are.
    async fn bind_again(&self, link: &Link) -> Result<(), LinkError> {
        let Source { exchange, declare_exchange, queue, routing_key, .. } = &self.source;
        if *declare_exchange {
            link.see_to_exchange(exchange).await?;
        }
        link.bind(queue, exchange, routing_key).await
    }
}

pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the transport is closed")
}
