//! [`Delivery`]: a message that was delivered, and the right to say what becomes of it.

use std::sync::Arc;

use super::channel::ChannelHandle;
use crate::{
    Error, Message,
    protocol::{Delivered, Got, Settle},
};

/// A message that was delivered. It can be settled once, for as long as its channel lives, and its
/// channel lives for as long as it does unless the broker or [`Channel::close`](super::Channel::close)
/// ends it.
///
/// Dropping it unsettled gives it back to the queue.
#[derive(Debug)]
pub struct Delivery {
    message: Message,
    redelivered: bool,
    /// Of one that is to be settled and was not yet.
    settler: Option<Settler>,
}

/// The right to settle one delivery, apart from its message. Dropping it gives the message back.
#[derive(Debug)]
pub struct Settler {
    channel: Arc<ChannelHandle>,
    tag: u64,
    settled: bool,
}

impl Delivery {
    pub(super) fn delivered(delivered: Delivered, channel: Arc<ChannelHandle>) -> Delivery {
        let Delivered { tag, redelivered, settles, message, .. } = delivered;
        let settler = Settler::of(channel, tag, settles);
        Delivery { message, redelivered, settler }
    }

    pub(super) fn got(got: Got, channel: Arc<ChannelHandle>) -> Delivery {
        let Got { tag, redelivered, settles, message, .. } = got;
        let settler = Settler::of(channel, tag, settles);
        Delivery { message, redelivered, settler }
    }

    /// The message.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// Whether it was delivered before, to anybody, and not settled.
    pub fn redelivered(&self) -> bool {
        self.redelivered
    }

    /// The number the broker knows it by on its channel, of one that is to be settled: for logs.
    pub fn tag(&self) -> Option<u64> {
        self.settler.as_ref().map(|it| it.tag)
    }

    /// Says that it is done. The broker hears of it at once, or with others [a little
    /// later](crate::Config::ack_delay), if link and channel live until then.
    ///
    /// # Errors
    /// [`Stale`](crate::ErrorKind::Stale) when its channel is gone: the broker gives the message to
    /// somebody again. Nothing was sent.
    pub fn ack(self) -> Result<(), Error> {
        self.settle(Settle::Ack)
    }

    /// Says that it is not wanted: it goes where its queue sends dead letters, or nowhere.
    ///
    /// # Errors
    /// As [`ack`](Delivery::ack).
    pub fn reject(self) -> Result<(), Error> {
        self.settle(Settle::Reject)
    }

    /// Gives it back to the queue, for this or another consumer.
    ///
    /// # Errors
    /// As [`ack`](Delivery::ack).
    pub fn requeue(self) -> Result<(), Error> {
        self.settle(Settle::Requeue)
    }

    /// Says that it and every delivery before it on the same channel are done.
    ///
    /// # Errors
    /// [`Stale`](crate::ErrorKind::Stale) when none of them is outstanding. Nothing was sent.
    pub fn ack_all_up_to_here(self) -> Result<(), Error> {
        match self.settler {
            Some(settler) => settler.send(Settle::Ack, true),
            None => Ok(()),
        }
    }

    /// Takes the message and the right to settle it apart. One that is not to be settled has none.
    pub fn into_parts(self) -> (Message, Option<Settler>) {
        (self.message, self.settler)
    }

    fn settle(self, how: Settle) -> Result<(), Error> {
        match self.settler {
            Some(settler) => settler.send(how, false),
            // The broker settled it when it sent it.
            None => Ok(()),
        }
    }
}

impl Settler {
    /// None for a message that is not to be settled. It is not even made then, as its drop would settle.
    fn of(channel: Arc<ChannelHandle>, tag: u64, settles: bool) -> Option<Settler> {
        settles.then(|| Settler { channel, tag, settled: false })
    }

    /// Says what becomes of the message.
    ///
    /// # Errors
    /// As [`Delivery::ack`].
    pub fn settle(self, how: Settle) -> Result<(), Error> {
        self.send(how, false)
    }

    fn send(mut self, how: Settle, multiple: bool) -> Result<(), Error> {
        self.settled = true;
        let (id, tag) = (self.channel.id, self.tag);
        self.channel.shared().settle(|it| it.settle(id, tag, multiple, how))
    }
}

impl Drop for Settler {
    fn drop(&mut self) {
        if !self.settled {
            let (id, tag) = (self.channel.id, self.tag);
            // Should it be stale, it is back already.
            let _ = self.channel.shared().settle(|it| it.settle(id, tag, false, Settle::Requeue));
        }
    }
}
