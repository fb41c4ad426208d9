//! [`Consumer`]: the messages of a queue, as a stream.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::Stream;
use tokio::sync::oneshot;

use super::{
    channel::ChannelHandle, connection::answered, delivery::Delivery, hand_out::give_back,
    queue::Queue, shared::Call,
};
use crate::{
    Error, Fields,
    codec::BasicConsume,
    protocol::{ConsumerId, Delivered},
};

/// How to consume a queue.
#[derive(Debug, Clone, Default)]
pub struct Consume<'a> {
    /// The queue.
    pub queue: &'a str,
    /// What the broker's listings call the consumer; made up when empty.
    pub tag: &'a str,
    /// Whether messages count as settled once they are sent. Set a
    /// [prefetch](super::Channel::prefetch) where they do not, for that is what bounds how many wait here; where they do,
    /// the connection is read no further once too many bytes wait
    /// ([`Limits::undelivered`](crate::Limits::undelivered)).
    pub no_ack: bool,
    /// Whether nobody else may consume the queue.
    pub exclusive: bool,
    /// What else there is to say: `x-priority`.
    pub arguments: Fields,
}

/// A consumer: the stream of what it is delivered.
///
/// It ends with an error when the broker cancels it, the channel or the connection is lost; and without,
/// once it was [cancelled](Consumer::cancel).
///
/// Dropping it cancels it. What was delivered and not taken out goes back to the queue, at once and
/// in order; what was taken out can still be settled.
pub struct Consumer {
    id: ConsumerId,
    channel: Arc<ChannelHandle>,
    queue: Arc<Queue<Delivered>>,
}

impl Consumer {
    pub(super) fn new(
        id: ConsumerId,
        channel: Arc<ChannelHandle>,
        queue: Arc<Queue<Delivered>>,
    ) -> Consumer {
        Consumer { id, channel, queue }
    }

    /// The next delivery; at the end the error, if that is why, and then none.
    pub async fn next(&mut self) -> Option<Result<Delivery, Error>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Stops: tells the broker, and waits until it has stopped sending. What arrived before can still be
    /// taken out of the stream, which then ends.
    ///
    /// # Errors
    /// When no answer comes in time. That the channel is gone is none.
    pub async fn cancel(&mut self) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        let (channel, id) = (self.channel.id, self.id);
        let call = Some(Call::Plain(reply));
        let shared = self.channel.shared();
        shared.command(|it, now| it.cancel(channel, id, call, now));
        // Nothing is added to what waits here, so it need not keep the connection from being read: the
        // answer is to be read as well.
        shared.release(&self.queue);
        answered(answer).await.map(drop)
    }

    /// How many deliveries wait to be taken out.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }
}

impl Stream for Consumer {
    type Item = Result<Delivery, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.queue.poll_counted(cx);
        next.map(|it| {
            it.map(|it| {
                it.map(|(delivered, counts)| {
                    if counts && !delivered.settles {
                        self.channel.shared().taken(delivered.size());
                    }
                    Delivery::delivered(delivered, Arc::clone(&self.channel))
                })
            })
        })
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        let shared = self.channel.shared();
        shared.release(&self.queue);
        let left = self.queue.abandon();
        // First, so that what goes back is not sent here again.
        shared.command(|it, now| it.cancel(self.channel.id, self.id, None, now));
        give_back(shared, left);
    }
}

impl std::fmt::Debug for Consumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consumer").field("channel", &self.channel.id).field("id", &self.id).finish()
    }
}

impl Consume<'_> {
    pub(super) fn method(&self) -> Result<BasicConsume<'_>, Error> {
        let Consume { queue, tag, no_ack, exclusive, arguments } = self;
        Ok(BasicConsume {
            queue: (*queue).into(),
            consumer_tag: (*tag).into(),
            no_ack: *no_ack,
            exclusive: *exclusive,
            arguments: arguments.checked()?,
            ..BasicConsume::default()
        })
    }
}
