//! [`Consumer`]: messages of one queue, on a channel of its own.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use futures_util::FutureExt;
use kinoko_amqp_client::{Consume, Delivery, Settle};
use kinoko_core::{Address, Settlement};

use super::{
    Link, LinkError, Received,
    declare::explain,
    wire::{self, Last},
};

/// The consumer of a queue. What it has handed out can be settled after it is gone; what it has not goes
/// back to the queue.
pub(crate) struct Consumer {
    deliveries: kinoko_amqp_client::Consumer,
    last: Last,
    /// How many settlements came too late.
    stale: Arc<AtomicU64>,
}

/// The right to settle one message.
#[derive(Debug)]
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
        Ok(Consumer { deliveries, last: Last::default(), stale })
    }
}

impl Consumer {
    /// The next message, addressed to whom its routing key says; an error once there will be none.
    pub(crate) async fn next(
        &mut self,
        address: impl FnOnce(&Arc<str>) -> Address,
    ) -> Result<Received, LinkError> {
        let next = self.deliveries.next().await;
        self.received(next, address)
    }

    /// The same, if it is here already.
    pub(crate) fn try_next(
        &mut self,
        address: impl FnOnce(&Arc<str>) -> Address,
    ) -> Option<Result<Received, LinkError>> {
        let next = self.deliveries.next().now_or_never()?;
        Some(self.received(next, address))
    }

    fn received(
        &mut self,
        next: Option<Result<Delivery, kinoko_amqp_client::Error>>,
        address: impl FnOnce(&Arc<str>) -> Address,
    ) -> Result<Received, LinkError> {
        let Some(delivery) = next else {
            return Err(LinkError::lost("the consumer was cancelled"));
        };
        let delivery = delivery?;
        let mut received = wire::received(delivery.message(), &mut self.last, address);
        received.redelivered = delivery.redelivered();
        let stale = &self.stale;
        let settler = delivery.into_parts().1;
        received.settler = settler.map(|settler| Settler { settler, stale: Arc::clone(stale) });
        Ok(received)
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
