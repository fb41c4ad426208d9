//! [`Consumer`]: messages of one queue, on a channel of its own.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use futures_util::FutureExt;
use kinoko_amqp_client::{Consume, Settle};
use kinoko_core::Settlement;

use super::{Link, LinkError, Received, declare::explain, wire};

/// The consumer of a queue. What it has handed out can be settled after it is gone; what it has not goes
/// back to the queue.
pub(crate) struct Consumer {
    deliveries: kinoko_amqp_client::Consumer,
    last_key: Arc<str>,
    /// How many settlements came too late.
    stale: Arc<AtomicU64>,
}

/// The right to settle one message.
pub(crate) struct Settler {
    settler: kinoko_amqp_client::Settler,
    stale: Arc<AtomicU64>,
}

impl Link {
    /// Consumes a queue. Settlements that come too late to be sent are counted in `stale`.
    ///
    /// # Errors
    /// When there is no such queue, it is not allowed, or the link is lost.
    pub(crate) async fn consume(
        &self,
        queue: &str,
        prefetch: u16,
        no_ack: bool,
        stale: Arc<AtomicU64>,
    ) -> Result<Consumer, LinkError> {
        let channel = self.connection.open_channel().await?;
        let consume = Consume { queue, no_ack, ..Consume::default() };
        // Zero would mean without limit. The second does not wait for the answer to the first.
        let (limited, deliveries) =
            tokio::join!(channel.prefetch(prefetch.max(1)), channel.consume(&consume));
        limited?;
        let deliveries =
            deliveries.map_err(|err| explain(&format!("consuming queue `{queue}`"), err.into()))?;
        Ok(Consumer { deliveries, last_key: Arc::default(), stale })
    }
}

impl Consumer {
    /// The next message, with what settles it unless the broker has forgotten it; an error once there
    /// will be none.
    pub(crate) async fn next(&mut self) -> Result<(Received, Option<Settler>), LinkError> {
        match self.deliveries.next().await {
            Some(Ok(delivery)) => {
                let redelivered = delivery.redelivered();
                let received = wire::received(delivery.message(), redelivered, &mut self.last_key);
                let (_, settler) = delivery.into_parts();
                let stale = || Arc::clone(&self.stale);
                Ok((received, settler.map(|settler| Settler { settler, stale: stale() })))
            }
            Some(Err(err)) => Err(err.into()),
            None => Err(LinkError::lost("the consumer was cancelled")),
        }
    }

    /// The next message, if it is here already.
    pub(crate) fn try_next(&mut self) -> Option<Result<(Received, Option<Settler>), LinkError>> {
        self.next().now_or_never()
    }
}

impl Settler {
    /// Tells the broker what became of the message, if it still wants to know.
    pub(crate) fn settle(self, how: Settlement) {
        let how = match how {
            Settlement::Ack => Settle::Ack,
            Settlement::Reject => Settle::Reject,
            Settlement::Requeue => Settle::Requeue,
        };
        if self.settler.settle(how).is_err() {
            self.stale.fetch_add(1, Ordering::Relaxed);
        }
    }
}
