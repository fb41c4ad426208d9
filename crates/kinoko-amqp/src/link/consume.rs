//! [`Consumer`]: messages of one queue, on a channel of its own.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use futures_util::{FutureExt, StreamExt};
use kinoko_core::Settlement;
use lapin::{
    Channel,
    options::{
        BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicQosOptions,
        BasicRejectOptions,
    },
    types::FieldTable,
};
use tokio::runtime::Handle;

use super::{Link, LinkError, Received, wire};

/// The consumer of a queue. What it has handed out can be settled after it is gone.
pub(crate) struct Consumer {
    stream: lapin::Consumer,
    settler: Arc<Settler>,
    /// Whether the broker has forgotten what it sent, so that nothing is to be settled.
    no_ack: bool,
}

/// The channel that messages came from, to settle them on.
///
/// It is never used again after it is lost: on another channel the same tag is another message.
pub(crate) struct Settler {
    channel: Channel,
    link: Arc<Link>,
    stale: Arc<AtomicU64>,
}

impl Link {
    /// Consumes a queue. Settlements that come too late to be sent are counted in `stale`.
    ///
    /// # Errors
    /// When there is no such queue, it is not allowed, or the link is lost.
    pub(crate) async fn consume(
        self: &Arc<Self>,
        queue: &str,
        prefetch: u16,
        no_ack: bool,
        stale: Arc<AtomicU64>,
    ) -> Result<Consumer, LinkError> {
        let name = wire::short(queue)?;
        let channel = self.ask(self.connection.create_channel()).await?;
        let mut opening = Opening(Some((channel.clone(), Arc::clone(self))));
        // Zero would mean without limit.
        let prefetch = prefetch.max(1);
        self.ask(channel.basic_qos(prefetch, BasicQosOptions::default())).await?;
        let options = BasicConsumeOptions { no_ack, ..BasicConsumeOptions::default() };
        let consuming = channel.basic_consume(name, "".into(), options, FieldTable::default());
        let stream = self.ask(consuming).await?;
        opening.0 = None;
        let settler = Settler { channel, link: Arc::clone(self), stale };
        Ok(Consumer { stream, settler: Arc::new(settler), no_ack })
    }
}

/// A channel on which a consumer is asked for. Should the answer come too late for whoever asked, the
/// consumer must not stay, for it would be given messages that nobody takes.
struct Opening(Option<(Channel, Arc<Link>)>);

impl Drop for Opening {
    fn drop(&mut self) {
        let (Some((channel, link)), Ok(runtime)) = (self.0.take(), Handle::try_current()) else {
            return;
        };
        runtime.spawn(async move {
            // Whatever comes of it: with the connection the consumer goes too.
            let _ = link.ask(channel.close(200, "given up".into())).await;
        });
    }
}

impl Consumer {
    /// What settles the messages of this consumer.
    pub(crate) fn settler(&self) -> &Arc<Settler> {
        &self.settler
    }

    /// The next message; an error once there will be none.
    pub(crate) async fn next(&mut self) -> Result<Received, LinkError> {
        match self.stream.next().await {
            Some(Ok(delivery)) => Ok(wire::received(delivery)),
            Some(Err(err)) => Err(wire::error(&err)),
            None => Err(LinkError::lost("the broker cancelled the consumer")),
        }
    }

    /// The next message, if it is here already.
    pub(crate) fn try_next(&mut self) -> Option<Result<Received, LinkError>> {
        self.next().now_or_never()
    }

    /// Stops, and gives back what was not handed out.
    pub(crate) async fn stop(mut self) {
        let Settler { channel, link, .. } = &*self.settler;
        let tag = self.stream.tag();
        let cancelled = link.ask(channel.basic_cancel(tag, BasicCancelOptions::default())).await;
        if cancelled.is_err() {
            // The channel is gone, and everything unsettled went back with it.
            return;
        }
        while !self.no_ack
            && let Some(Ok(received)) = self.try_next()
        {
            self.settler.settle(received.tag, Settlement::Requeue);
        }
    }
}

impl Settler {
    /// Tells the broker what became of a message, if it still wants to know.
    pub(crate) fn settle(&self, tag: u64, how: Settlement) {
        if !self.channel.status().connected() {
            self.stale.fetch_add(1, Ordering::Relaxed);
            return;
        }
        // The frame is queued when this is first polled. To wait until it is written tells nothing.
        let _ = match how {
            Settlement::Ack => {
                self.channel.basic_ack(tag, BasicAckOptions::default()).now_or_never()
            }
            Settlement::Reject => {
                let options = BasicRejectOptions { requeue: false };
                self.channel.basic_reject(tag, options).now_or_never()
            }
            Settlement::Requeue => {
                let options = BasicRejectOptions { requeue: true };
                self.channel.basic_reject(tag, options).now_or_never()
            }
        };
    }
}
