//! Chapter "Writing a transport": one around another, which counts.

// ANCHOR: transport
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use futures_util::StreamExt;
use kinoko::{BoxFuture, Deliveries, Error, Message, Publishing, Subscription, Transport};

/// Counts the messages that go through another transport.
#[derive(Debug, Clone, Default)]
pub struct Counting<T> {
    inner: T,
    counts: Arc<Counts>,
}

/// How many messages there were.
#[derive(Debug, Default)]
pub struct Counts {
    /// Sent, as far as the sender knows.
    pub sent: AtomicU64,
    /// Handed out, those that came twice counted twice.
    pub received: AtomicU64,
}

impl<T> Counting<T> {
    /// Around that transport.
    pub fn new(inner: T) -> Counting<T> {
        Counting { inner, counts: Arc::default() }
    }

    /// How many there were so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }
}

impl<T: Transport> Transport for Counting<T> {
    fn publish(&self, message: Message) -> Publishing<'_> {
        self.inner.publish(message).inspect(|outcome| {
            if outcome.is_ok() {
                self.counts.sent.fetch_add(1, Relaxed);
            }
        })
    }

    fn subscribe(&self, to: Subscription) -> BoxFuture<'_, Result<Deliveries, Error>> {
        Box::pin(async move {
            let counts = self.counts.clone();
            let deliveries = self.inner.subscribe(to).await?;
            let counted = deliveries.inspect(move |_| {
                counts.received.fetch_add(1, Relaxed);
            });
            Ok(Box::pin(counted) as Deliveries)
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.inner.close()
    }
}
// ANCHOR_END: transport
