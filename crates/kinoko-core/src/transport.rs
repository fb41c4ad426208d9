//! What carries messages: the one trait between the framework and a broker.
//!
//! A transport is told *addresses* (this method of that service, that event) and never exchanges or
//! queues: those are AMQP's business and stay in its crate. Correlation, timeouts, codecs and call
//! ids live above it, so every transport runs the same code, and one conformance suite
//! (`kinoko_testing::transport_suite`) says what each must do.

use std::{
    borrow::Cow,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{FutureExt, stream::BoxStream};

use crate::{BoxFuture, Error, Headers};

/// Carries messages to addresses, and hands out what arrives.
pub trait Transport: Send + Sync + 'static {
    /// Sends one message.
    ///
    /// A [`Guarantee::Durable`] message is with the broker when this resolves to `Ok`. A
    /// [`Guarantee::Fast`] one is on its way; if it then turns out that nobody is addressed, it
    /// comes back on the [replies](Subscription::Replies) subscription its `reply_to` names, with
    /// [`Delivery::returned`] set.
    ///
    /// The message may be on its way as soon as this is called, before the future is polled; dropping the future takes
    /// nothing back.
    fn publish(&self, message: Message) -> Publishing<'_>;

    /// Asks for messages. When it resolves, whatever is published from then on is delivered.
    ///
    /// The stream goes on over lost connections and ends only when the transport is closed. Dropping
    /// it unsubscribes: what was handed out can still be settled, what was not goes back.
    fn subscribe(&self, to: Subscription) -> BoxFuture<'_, Result<Deliveries, Error>>;

    /// Sends what was accepted, then lets go of the broker. Safe to call twice.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// A message that is being published. Resolves to whether it was, in the sense of its [`Guarantee`].
#[must_use = "nothing is known of a message until this was waited for, and perhaps it was not sent"]
pub struct Publishing<'a> {
    outcome: BoxFuture<'a, Result<(), PublishError>>,
    is_sent: bool,
}

impl<'a> Publishing<'a> {
    /// Of a message that is on its way, whether or not this is polled: nothing is waited for but the broker's word.
    /// Until that has come, the future is to hold nothing that others wait for.
    pub fn sent(outcome: impl Future<Output = Result<(), PublishError>> + Send + 'a) -> Self {
        Publishing { outcome: Box::pin(outcome), is_sent: true }
    }

    /// Of a message that is not: it is to be sent when this is polled, or will never be.
    pub fn unsent(outcome: impl Future<Output = Result<(), PublishError>> + Send + 'a) -> Self {
        Publishing { outcome: Box::pin(outcome), is_sent: false }
    }

    /// Whether it is on its way: [`sent`](Publishing::sent). A reply that is takes no task to wait for its outcome.
    pub fn is_sent(&self) -> bool {
        self.is_sent
    }

    /// The same, of which something else is told the outcome as well.
    pub fn inspect(self, tell: impl FnOnce(&Result<(), PublishError>) + Send + 'a) -> Self {
        Publishing { outcome: Box::pin(self.outcome.inspect(tell)), is_sent: self.is_sent }
    }
}

impl Future for Publishing<'_> {
    type Output = Result<(), PublishError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.outcome.as_mut().poll(cx)
    }
}

impl fmt::Debug for Publishing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publishing").field("is_sent", &self.is_sent).finish_non_exhaustive()
    }
}

/// What arrives on a subscription.
pub type Deliveries = BoxStream<'static, Delivery>;

/// A message, on its way out or in.
#[derive(Debug, Clone)]
pub struct Message {
    /// To whom.
    pub to: Address,
    /// What is said about it, beside the body.
    pub headers: Headers,
    /// The encoded content.
    pub body: Bytes,
    /// The body's media type. Nameko takes exactly `application/json`, and nothing for an answer.
    pub content_type: Option<Cow<'static, str>>,
    /// The body's character set, or `binary`.
    pub content_encoding: Option<Cow<'static, str>>,
    /// Where an answer goes: the [key](Subscription::Replies) of a replies subscription.
    pub reply_to: Option<Arc<str>>,
    /// Which request an answer belongs to.
    pub correlation_id: Option<Arc<str>>,
    /// How much the sender cares.
    pub guarantee: Guarantee,
    /// Once this much time has passed the message is of no use to anyone and may be dropped. On a
    /// message received: how much the sender gave it.
    pub expires: Option<Duration>,
}

impl Message {
    /// A JSON message without headers, durable.
    pub fn json(to: Address, body: impl Into<Bytes>) -> Message {
        Message {
            to,
            headers: Headers::new(),
            body: body.into(),
            content_type: Some(Cow::Borrowed("application/json")),
            content_encoding: Some(Cow::Borrowed("utf-8")),
            reply_to: None,
            correlation_id: None,
            guarantee: Guarantee::Durable,
            expires: None,
        }
    }
}

/// To whom a message goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// One instance of a service, to run one of its methods. Nobody there is an error.
    Method {
        /// The service's name.
        service: Cow<'static, str>,
        /// The method's name.
        method: Cow<'static, str>,
    },
    /// Whoever handles that event. Nobody there is fine.
    Event {
        /// The service whose event it is.
        source: Cow<'static, str>,
        /// Its type.
        event_type: Cow<'static, str>,
    },
    /// Whoever made a call. Gone is fine.
    Reply {
        /// The `reply_to` of the request.
        to: Arc<str>,
    },
    /// Every instance of a service: the call with this message's correlation id is no longer wanted.
    /// Nobody there is fine.
    Cancel {
        /// The service that was called.
        service: Cow<'static, str>,
    },
}

/// What the key of a replies subscription begins with when it is also the name of its queue: what answers
/// such a request may go to that queue directly. Nameko's keys have no such prefix.
pub const REPLY_KEY_PREFIX: &str = "kinoko-reply-";

/// How much the sender of a message cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Guarantee {
    /// Not written to disk and not confirmed: for requests and replies, where the reply is the
    /// confirmation and the deadline covers the rest.
    Fast,
    /// Written to disk and confirmed.
    #[default]
    Durable,
}

/// What to receive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subscription {
    /// Requests for a service. Its instances compete for them.
    Rpc {
        /// The service's name.
        service: Cow<'static, str>,
        /// How many may be handed out and not yet settled; 0 is taken as 1.
        prefetch: u16,
    },
    /// Events for one handler.
    Event {
        /// The service whose event it is.
        source: Cow<'static, str>,
        /// Its type. On AMQP `*` and `#` match words, as in any topic.
        event_type: Cow<'static, str>,
        /// The handling service's name.
        service: Cow<'static, str>,
        /// The handling method's name.
        method: Cow<'static, str>,
        /// Who else gets the same event.
        mode: EventMode,
        /// Whether events wait while no handler is there.
        reliable: bool,
        /// How many may be handed out and not yet settled; 0 is taken as 1.
        prefetch: u16,
    },
    /// Answers to the calls this process makes.
    Replies {
        /// What the requests say in `reply_to`; unique in the world. It is the queue's name too where
        /// there is one, as all may know that see the [prefix](REPLY_KEY_PREFIX).
        key: String,
        /// Whether an answer is kept until it is settled.
        guarantee: Guarantee,
    },
    /// The calls to a service that nobody waits for any more.
    Cancels {
        /// The service's name.
        service: Cow<'static, str>,
    },
}

/// Who gets an event, of all the handlers that want it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum EventMode {
    /// One instance of each handling service's method.
    #[default]
    ServicePool,
    /// One handler in the whole system.
    Singleton,
    /// Every instance.
    Broadcast {
        /// Tells this instance from the others.
        identifier: String,
    },
}

/// A message received, to be settled once. Dropping it unsettled gives it back to the broker.
#[derive(Debug)]
pub struct Delivery {
    /// The message, which is kept until it is settled; a broker in this process keeps the same one.
    pub message: Arc<Message>,
    /// Whether it was handed out before, to us or someone else.
    pub redelivered: bool,
    /// Whether it is a request of our own that had nobody to go to.
    pub returned: bool,
    /// Says what becomes of it.
    pub settler: Settler,
}

impl Delivery {
    /// A delivery that calls `settle` once with what became of it.
    pub fn new(
        message: impl Into<Arc<Message>>,
        settle: impl FnOnce(Settlement) + Send + 'static,
    ) -> Delivery {
        let settler = Settler(Some(Box::new(settle)));
        Delivery { message: message.into(), redelivered: false, returned: false, settler }
    }

    /// A delivery that the broker has forgotten already.
    pub fn settled(message: impl Into<Arc<Message>>) -> Delivery {
        let message = message.into();
        Delivery { message, redelivered: false, returned: false, settler: Settler(None) }
    }

    /// Says what becomes of it.
    pub fn settle(self, how: Settlement) {
        self.settler.settle(how);
    }
}

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// Done with: the broker forgets it.
    Ack,
    /// Given up on: dead-lettered where the broker is set up for it, else forgotten.
    Reject,
    /// Given back, to be delivered again.
    Requeue,
}

/// Settles one delivery. Dropped unused it gives the message back to the broker.
pub struct Settler(Option<Box<dyn FnOnce(Settlement) + Send>>);

impl Settler {
    /// Says what becomes of the delivery.
    pub fn settle(mut self, how: Settlement) {
        if let Some(settle) = self.0.take() {
            settle(how);
        }
    }
}

impl Drop for Settler {
    fn drop(&mut self) {
        if let Some(settle) = self.0.take() {
            settle(Settlement::Requeue);
        }
    }
}

impl fmt::Debug for Settler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settler").finish_non_exhaustive()
    }
}

/// Why a message was not sent, or is not known to have been.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishError {
    /// Nobody is there to receive it. It was not stored.
    Unroutable,
    /// The broker refused it, as a full queue may. It was not stored.
    Rejected,
    /// It is larger than may be sent. It was not sent.
    TooLarge {
        /// The body's size in bytes.
        size: usize,
        /// The largest that may be sent.
        limit: usize,
    },
    /// The broker does not allow it, and says what not. It was not stored.
    Refused(String),
    /// The broker cannot be reached or takes nothing at present. It was not sent.
    Unavailable(String),
    /// It was sent, and then nothing was heard: it may or may not have been stored.
    Unknown(String),
    /// The transport was closed by this process. It was not sent.
    Closed,
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PublishError::Unroutable => f.write_str("nobody is there to receive the message"),
            PublishError::Rejected => f.write_str("the broker refused the message"),
            PublishError::TooLarge { size, limit } => {
                write!(f, "the message has {size} bytes, and {limit} may be sent")
            }
            PublishError::Refused(why) => write!(f, "the broker does not allow it: {why}"),
            PublishError::Unavailable(why) => write!(f, "the broker is not available: {why}"),
            PublishError::Unknown(why) => {
                write!(f, "it is not known whether the broker has the message: {why}")
            }
            PublishError::Closed => f.write_str("the transport is closed"),
        }
    }
}

impl std::error::Error for PublishError {}
