//! [`Channel`]: the state of one channel, and how one is opened and closed.

use std::{collections::VecDeque, time::Instant};

use super::{
    Answer, ChannelId, Connection, ConsumerId, Event,
    acks::Acks,
    confirms::Confirms,
    connection::State,
    message::Assembly,
    requests::{Request, RequestKind, first_deadline},
    unacked::Unacked,
};
use crate::{
    Error, ErrorKind,
    codec::{ChannelClose, ChannelOpen, Method},
    reply_code::Scope,
};

/// Of how many channels it is remembered why they were closed.
const REMEMBERED: usize = 64;

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

impl<P, C> Connection<P, C> {
    /// Opens a channel; answered with [`Answer::Channel`].
    ///
    /// # Errors
    /// When the connection is not open, or has no channel left; with what was given along.
    pub fn open_channel(&mut self, waiter: C, now: Instant) -> Result<ChannelId, (Error, C)> {
        if let Err(err) = self.open() {
            return Err((err, waiter));
        }
        let free = self.channels.iter().position(Option::is_none);
        let index = free.unwrap_or(self.channels.len());
        if index >= usize::from(self.channel_max) {
            let text = format!("all {} channels of the connection are in use", self.channel_max);
            return Err((Error::new(ErrorKind::Exhausted, Scope::Request, text), waiter));
        }
        if free.is_none() {
            self.channels.push(None);
        }
        let number = u16::try_from(index + 1).unwrap_or(u16::MAX);
        let id = ChannelId { number, serial: self.channels_opened };
        self.channels_opened += 1;
        self.channels[index] = Some(Box::new(Channel::new(id)));
        let open = ChannelOpen::default().into();
        // Nothing in it could be too long.
        let _ = self.ask(id, &open, RequestKind::OpenChannel, Some(waiter), now);
        Ok(id)
    }

    /// Closes a channel: waits for the outcome of what was published on it, as long as
    /// [closing](super::Config::close_timeout) may take, and then tells the broker, which gives back what was not
    /// settled. Answered, if somebody waits, with [`Answer::Done`]; also when it is gone already.
    pub fn close_channel(&mut self, id: ChannelId, waiter: Option<C>, now: Instant) {
        let patience = self.config.close_timeout;
        let until = now + patience;
        let is_open = matches!(self.state, State::Open);
        match self.channel(id) {
            Some(channel) if is_open => {
                if channel.state == ChannelState::Open || channel.state == ChannelState::Opening {
                    channel.state = ChannelState::Draining(until);
                }
                // It stands behind all that was asked before; those that are asked meanwhile fail.
                let method = ChannelClose::default().into();
                let deadline = until + patience;
                channel.requests.push_back(Request {
                    kind: RequestKind::CloseChannel,
                    waiter,
                    ..Request::without_waiter(&method, deadline)
                });
                if channel.unresolved() == 0 {
                    self.send_channel_close(id);
                }
            }
            _ => self.events.extend(waiter.map(|it| Event::Answered(it, Ok(Answer::Done)))),
        }
    }

    /// Whether a channel takes requests.
    pub fn is_open(&self, id: ChannelId) -> bool {
        let index = usize::from(id.number).wrapping_sub(1);
        let channel = self.channels.get(index).and_then(Option::as_deref);
        channel.is_some_and(|it| it.id == id && it.state == ChannelState::Open)
            && matches!(self.state, State::Open)
    }

    /// That a channel takes requests.
    pub(super) fn open_on(&self, id: ChannelId) -> Result<(), Error> {
        self.open()?;
        if self.is_open(id) {
            return Ok(());
        }
        let why = self.channels_closed.iter().find(|(it, _)| *it == id).map(|(_, why)| why.clone());
        Err(why.unwrap_or_else(|| {
            Error::new(ErrorKind::Closed, Scope::Channel, "the channel is not open")
        }))
    }

    /// The channel, unless it is gone; its number may have been given to another.
    pub(super) fn channel(&mut self, id: ChannelId) -> Option<&mut Channel<P, C>> {
        let channel = self.channels.get_mut(usize::from(id.number).checked_sub(1)?)?.as_mut()?;
        let same = channel.id == id || crate::planted::is(crate::planted::Bug::AckWithoutEpoch);
        same.then_some(&mut **channel)
    }

    pub(super) fn send_channel_close(&mut self, id: ChannelId) {
        // Nothing follows the end of the connection, which is the channel's too.
        let says_so = matches!(self.state, State::Open | State::Draining(_));
        let Some(channel) = self.channel(id) else { return };
        let before = std::mem::replace(&mut channel.state, ChannelState::Closing);
        if before == ChannelState::Closing || !says_so {
            return;
        }
        let close = ChannelClose {
            reply_code: 200,
            reply_text: "closed".into(),
            ..ChannelClose::default()
        };
        // A text that short can be written.
        let _ = self.write(id.number, &close.into());
    }

    /// Takes a channel out and tells whoever waits for something on it.
    pub(super) fn remove_channel(&mut self, number: usize, error: &Error) {
        let Some(mut channel) = self.channels.get_mut(number - 1).and_then(Option::take) else {
            return;
        };
        self.unresolved -= channel.unresolved();
        self.held.forget(&channel.acks);
        if let Some(confirms) = &mut channel.confirms {
            confirms.give_up(error, |waiter, outcome| {
                self.events.push_back(Event::Resolved(waiter, outcome));
            });
        }
        for consumer in &channel.consumers {
            let event = Event::ConsumerEnded(consumer.id, Some(error.clone()));
            self.events.push_back(event);
        }
        for request in channel.requests.drain(..) {
            let Some(waiter) = request.waiter else { continue };
            let answer = match request.kind {
                // That it is gone is what was asked for, whoever did it.
                RequestKind::CloseChannel | RequestKind::Cancel(_) => Ok(Answer::Done),
                _ => Err(error.clone()),
            };
            self.events.push_back(Event::Answered(waiter, answer));
        }
        self.channels_closed.truncate(REMEMBERED - 1);
        self.channels_closed.push_front((channel.id, error.clone()));
        self.events.push_back(Event::ChannelClosed(channel.id, error.clone()));
    }
}
