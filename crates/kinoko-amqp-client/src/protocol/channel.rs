//! [`Channel`]: the state of one channel.

use std::{collections::VecDeque, time::Instant};

use super::{
    ChannelId, ConsumerId, acks::Acks, confirms::Confirms, connection::first_deadline,
    message::Assembly, unacked::Unacked,
};
use crate::{Error, codec::Method};

/// A channel, from `channel.open` until its number may be used again.
#[derive(Debug)]
pub(super) struct Channel<P, C> {
    pub(super) id: ChannelId,
    pub(super) state: ChannelState,
    /// Requests that are not answered, oldest first.
    pub(super) requests: VecDeque<Request<C>>,
    /// The content whose frames are coming in.
    pub(super) incoming: Option<Assembly>,
    /// The publishes, once the channel is in confirm mode.
    pub(super) confirms: Option<Confirms<P>>,
    pub(super) unacked: Unacked,
    pub(super) acks: Acks,
    pub(super) consumers: Vec<Consumer>,
    /// Whether the broker wants messages on it (`channel.flow`).
    pub(super) flows: bool,
    /// Why the broker closed it, where both sides do at once.
    pub(super) refused: Option<Error>,
}

/// ```text
///                 open-ok                close()               nothing unresolved
///   Opening ───────────────▶ Open ─────────────────▶ Draining ───────────────────▶ Closing
///      │                       │                        │     or its deadline          │ close-ok
///      └───────────────────────┴────────────────────────┴──────────────────────────────┴──▶ gone
///              the broker's channel.close, the connection's end
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChannelState {
    Opening,
    Open,
    /// It is to be closed once every publish is resolved, at the latest then.
    Draining(Instant),
    /// `channel.close` is sent.
    Closing,
}

/// A request that was sent, and who waits for its answer.
#[derive(Debug)]
pub(super) struct Request<C> {
    pub(super) kind: RequestKind,
    /// The methods of its class that answer it, by number.
    pub(super) class: u16,
    pub(super) answers: &'static [u16],
    /// Of the consumer it is about, if it is about one.
    pub(super) tag: Box<[u8]>,
    /// Nobody, when it took too long.
    pub(super) waiter: Option<C>,
    pub(super) deadline: Instant,
}

/// What is to be done when the answer comes, beside telling it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestKind {
    OpenChannel,
    CloseChannel,
    Consume(ConsumerId),
    Cancel(ConsumerId),
    Get { no_ack: bool },
    Recover,
    Select,
    Other,
}

/// A consumer of the channel.
#[derive(Debug)]
pub(super) struct Consumer {
    pub(super) id: ConsumerId,
    pub(super) tag: Box<[u8]>,
    pub(super) no_ack: bool,
    /// What still arrives for it goes back; what need not be acknowledged is given out.
    pub(super) cancelled: bool,
}

impl<P, C> Channel<P, C> {
    pub(super) fn new(id: ChannelId) -> Channel<P, C> {
        Channel {
            id,
            state: ChannelState::Opening,
            requests: VecDeque::new(),
            incoming: None,
            confirms: None,
            unacked: Unacked::default(),
            acks: Acks::default(),
            consumers: Vec::new(),
            flows: true,
            refused: None,
        }
    }

    /// Takes out the request that a method answers: the first of its kind.
    ///
    /// Kinds are not answered in order among each other. RabbitMQ has the queue answer `basic.consume` and
    /// `basic.cancel`, and the channel everything else, so these two may overtake and be overtaken.
    pub(super) fn take_answered(&mut self, method: &Method<'_>) -> Option<Request<C>> {
        let (class, number) = method.id();
        let tag = match method {
            Method::BasicConsumeOk(it) => Some(it.consumer_tag),
            Method::BasicCancelOk(it) => Some(it.consumer_tag),
            _ => None,
        };
        let index = self.requests.iter().position(|it| {
            it.class == class
                && it.answers.contains(&number)
                && tag.is_none_or(|tag| *it.tag == *tag.as_bytes())
        })?;
        self.requests.remove(index)
    }

    /// Whether a request of that kind is not answered yet.
    pub(super) fn awaits(&self, kind: RequestKind) -> bool {
        self.requests.iter().any(|it| it.kind == kind)
    }

    /// How many publishes are not resolved.
    pub(super) fn unresolved(&self) -> usize {
        self.confirms.as_ref().map_or(0, Confirms::unresolved)
    }

    /// The first moment at which something is to be done on it.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let draining = match self.state {
            ChannelState::Draining(until) => Some(until),
            _ => None,
        };
        draining.into_iter().chain(first_deadline(&self.requests)).min()
    }
}
