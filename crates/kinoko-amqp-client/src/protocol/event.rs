//! What a connection tells and is told: events, answers, outcomes, publishes.

use bytes::Bytes;

use super::Message;
use crate::{
    Error,
    codec::{Properties, Text},
};

/// A message to be sent. It borrows all but the body, which is shared.
#[derive(Debug, Clone, Default)]
pub struct Publish<'a> {
    /// The exchange; the default one when empty.
    pub exchange: Text<'a>,
    /// The routing key.
    pub routing_key: Text<'a>,
    /// Whether it is to come back when no queue wants it. Without, it is confirmed and gone.
    pub mandatory: bool,
    /// Its properties.
    pub properties: Properties<'a>,
    /// Its body.
    pub body: Bytes,
}

/// What became of a message that was published and asked about.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The broker has it in all queues that want it; or none wants it and it was not mandatory.
    Confirmed,
    /// It was mandatory, and no queue wants it.
    Returned(Error),
    /// A queue refused it, most likely because it is full.
    Nacked,
    /// It left, and then the channel or the connection was lost. It may be there or not.
    Unknown(Error),
}

/// Tells a channel from every other of its connection, those before it with the same number included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelId {
    /// The number it has on the wire.
    pub number: u16,
    /// How many channels were opened on the connection before.
    pub serial: u32,
}

/// Tells a consumer from every other of its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConsumerId(pub u64);

/// A message for a consumer.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// The consumer.
    pub consumer: ConsumerId,
    /// The channel it came on, which is where it is settled.
    pub channel: ChannelId,
    /// What it is settled by.
    pub tag: u64,
    /// Whether it was delivered before, to anybody.
    pub redelivered: bool,
    /// Whether it is to be settled.
    pub settles: bool,
    /// The message.
    pub message: Message,
}

impl Delivered {
    /// How many bytes it takes where it waits: what arrived of it, and the place it has.
    pub(crate) fn size(&self) -> usize {
        size_of::<Delivered>() + self.message.size()
    }
}

/// A message that was got by asking for one.
#[derive(Debug, Clone)]
pub struct Got {
    /// What it is settled by.
    pub tag: u64,
    /// Whether it was delivered before, to anybody.
    pub redelivered: bool,
    /// Whether it is to be settled.
    pub settles: bool,
    /// How many are left in the queue.
    pub left: u32,
    /// The message.
    pub message: Message,
}

/// A message that came back because no queue wanted it.
#[derive(Debug, Clone)]
pub struct Returned {
    /// Why.
    pub error: Error,
    /// The message.
    pub message: Message,
}

/// A queue, as the broker describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueState {
    /// Its name, which the broker made up if none was asked for.
    pub name: String,
    /// How many messages are ready to be delivered.
    pub messages: u32,
    /// How many consumers it has.
    pub consumers: u32,
}

/// What a request was answered.
#[derive(Debug)]
pub enum Answer {
    /// It is done.
    Done,
    /// The channel is open.
    Channel(ChannelId),
    /// The consumer is there.
    Consumer(ConsumerId),
    /// So many messages were in a queue that was purged or deleted.
    Messages(u32),
    /// A queue was declared.
    Queue(QueueState),
    /// A message, if there was one.
    Got(Option<Box<Got>>),
}

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settle {
    /// It is done.
    Ack,
    /// It is not wanted: it goes where the queue sends its dead letters, or nowhere.
    Reject,
    /// It is given back, for this or another consumer.
    Requeue,
}

/// What happened. `P` is what was given along with a publish, `C` with a request.
#[derive(Debug)]
pub enum Event<P, C> {
    /// The login succeeded.
    Opened,
    /// A request was answered.
    Answered(C, Result<Answer, Error>),
    /// It is known what became of a publish, or that it will not be known.
    Resolved(P, Outcome),
    /// A message for a consumer.
    Delivered(Delivered),
    /// A message came back that was not asked about.
    Returned(ChannelId, Returned),
    /// A consumer gets no more. Without an error it was cancelled on this side.
    ConsumerEnded(ConsumerId, Option<Error>),
    /// A channel is closed.
    ChannelClosed(ChannelId, Error),
    /// The broker wants no messages on a channel for now, or wants them again.
    Flow(ChannelId, bool),
    /// The broker takes no messages for now, and says why.
    Blocked(String),
    /// It takes messages again.
    Unblocked,
    /// The connection is over. Nothing follows.
    Closed(Error),
}
