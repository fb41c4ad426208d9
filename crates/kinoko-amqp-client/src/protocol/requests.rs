//! [`Request`]: what a broker is asked for, and who waits for its answer.

use std::{collections::VecDeque, time::Instant};

use super::{
    Answer, ChannelId, Connection, ConsumerId, Event, Settle,
    channel::{ChannelState, Consumer},
    connection::State,
};
use crate::{
    Error,
    codec::{BasicCancel, BasicConsume, BasicGet, Method, Text},
};

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

impl<P, C> Connection<P, C> {
    /// Sends a request that has an answer, any but those that have a function of their own here. Several
    /// may be on their way.
    ///
    /// # Errors
    /// When the channel is not open, the request cannot be sent, has no answer or is not for this function; with
    /// what was given along.
    pub fn request(
        &mut self,
        id: ChannelId,
        method: &Method<'_>,
        waiter: C,
        now: Instant,
    ) -> Result<(), (Error, C)> {
        let kind = match method {
            Method::BasicRecover(_) => RequestKind::Recover,
            _ => RequestKind::Other,
        };
        if let Err(err) = self.open_on(id) {
            return Err((err, waiter));
        }
        if !is_plain(method) {
            let text = format!("{} is not sent in this way, or without an answer", method.name());
            return Err((Error::invalid(text), waiter));
        }
        self.ask(id, method, kind, Some(waiter), now).map_err(with_waiter)?;
        if let Some(channel) = self.channel(id) {
            match method {
                // From here on the broker may have given them back, and would not know their tags.
                Method::BasicRecover(_) => channel.unacked.forget_all(),
                Method::BasicQos(qos) => channel.acks.limit(qos.prefetch_count),
                _ => {}
            }
        }
        Ok(())
    }

    /// Consumes a queue; answered with [`Answer::Consumer`]. An empty consumer tag is filled in here.
    ///
    /// # Errors
    /// As [`request`](Connection::request), and when the channel has a consumer of that tag.
    pub fn consume(
        &mut self,
        id: ChannelId,
        consume: &BasicConsume<'_>,
        waiter: C,
        now: Instant,
    ) -> Result<ConsumerId, (Error, C)> {
        if let Err(err) = self.open_on(id) {
            return Err((err, waiter));
        }
        let consumer = ConsumerId(self.consumers_made);
        let mut made_up = format!("k{}", consumer.0);
        while self.has_consumer(id, &made_up) {
            made_up.push('k');
        }
        let tag = match consume.consumer_tag {
            it if it.is_empty() => (&made_up).into(),
            it => it,
        };
        if self.has_consumer(id, tag) {
            let text = format!("the channel has a consumer with the tag `{tag}`");
            return Err((Error::invalid(text), waiter));
        }
        let method = BasicConsume { consumer_tag: tag, no_wait: false, ..*consume }.into();
        self.ask(id, &method, RequestKind::Consume(consumer), Some(waiter), now)
            .map_err(with_waiter)?;
        self.consumers_made += 1;
        if let Some(channel) = self.channel(id) {
            if !consume.no_ack {
                channel.acks.consumed();
            }
            channel.consumers.push(Consumer {
                id: consumer,
                tag: tag.as_bytes().into(),
                no_ack: consume.no_ack,
                cancelled: false,
            });
        }
        Ok(consumer)
    }

    fn has_consumer<'t>(&mut self, id: ChannelId, tag: impl Into<Text<'t>>) -> bool {
        let tag = tag.into();
        self.channel(id).is_some_and(|it| it.consumers.iter().any(|it| *it.tag == *tag.as_bytes()))
    }

    /// Cancels a consumer. What still arrives for it is given back; what need not be acknowledged is told of
    /// as before, for the broker has it no more. Answered, if somebody waits, with
    /// [`Answer::Done`]; also when it is gone already.
    pub fn cancel(&mut self, id: ChannelId, consumer: ConsumerId, waiter: Option<C>, now: Instant) {
        let done = |this: &mut Self, waiter: Option<C>| {
            this.events.extend(waiter.map(|it| Event::Answered(it, Ok(Answer::Done))));
        };
        // Also while the connection drains, or what is given back would be delivered here again.
        if matches!(self.state, State::Closing(_) | State::Closed(_)) {
            return done(self, waiter);
        }
        let open = self.channel(id).filter(|it| it.state == ChannelState::Open);
        let Some(found) = open.and_then(|it| it.consumers.iter_mut().find(|it| it.id == consumer))
        else {
            return done(self, waiter);
        };
        found.cancelled = true;
        let tag = found.tag.clone();
        let cancel = BasicCancel { consumer_tag: (&*tag).into(), no_wait: false }.into();
        // Its tag was sent before, so it can be sent again.
        let _ = self.ask(id, &cancel, RequestKind::Cancel(consumer), waiter, now);
    }

    /// Asks for one message of a queue (`basic.get`); answered with [`Answer::Got`].
    ///
    /// # Errors
    /// As [`request`](Connection::request).
    pub fn get(
        &mut self,
        id: ChannelId,
        get: BasicGet<'_>,
        waiter: C,
        now: Instant,
    ) -> Result<(), (Error, C)> {
        if let Err(err) = self.open_on(id) {
            return Err((err, waiter));
        }
        let kind = RequestKind::Get { no_ack: get.no_ack };
        self.ask(id, &get.into(), kind, Some(waiter), now).map_err(with_waiter)
    }

    /// Takes back what was asked for and answered when nobody waited any more.
    pub(super) fn undo(&mut self, id: ChannelId, answer: Answer, now: Instant) {
        match answer {
            Answer::Channel(channel) => self.close_channel(channel, None, now),
            Answer::Consumer(consumer) => self.cancel(id, consumer, None, now),
            Answer::Got(Some(got)) if got.settles => {
                // If it is stale, it went back with its channel.
                let _ = self.settle(id, got.tag, false, Settle::Requeue);
            }
            _ => {}
        }
    }

    /// Writes a request, and keeps who waits for its answer.
    pub(super) fn ask(
        &mut self,
        id: ChannelId,
        method: &Method<'_>,
        kind: RequestKind,
        waiter: Option<C>,
        now: Instant,
    ) -> Result<(), (Error, Option<C>)> {
        if let Err(err) = self.write(id.number, method) {
            return Err((err, waiter));
        }
        let deadline = now + self.config.answer_timeout;
        if let Some(channel) = self.channel(id) {
            let request = Request::without_waiter(method, deadline);
            channel.requests.push_back(Request { kind, waiter, ..request });
        }
        Ok(())
    }
}

impl<C> Request<C> {
    pub(super) fn new(method: &Method<'_>, waiter: C, deadline: Instant) -> Request<C> {
        Request { waiter: Some(waiter), ..Request::without_waiter(method, deadline) }
    }

    pub(super) fn without_waiter(method: &Method<'_>, deadline: Instant) -> Request<C> {
        Request {
            kind: RequestKind::Other,
            class: method.id().0,
            answers: method.answers(),
            tag: match method {
                Method::BasicConsume(it) => it.consumer_tag.as_bytes().into(),
                Method::BasicCancel(it) => it.consumer_tag.as_bytes().into(),
                _ => Box::default(),
            },
            waiter: None,
            deadline,
        }
    }
}

/// Whether a method does nothing that has to be kept account of here, and is answered.
fn is_plain(method: &Method<'_>) -> bool {
    match method {
        Method::ExchangeDeclare(it) => !it.no_wait,
        Method::ExchangeDelete(it) => !it.no_wait,
        Method::ExchangeBind(it) => !it.no_wait,
        Method::ExchangeUnbind(it) => !it.no_wait,
        Method::QueueDeclare(it) => !it.no_wait,
        Method::QueueBind(it) => !it.no_wait,
        Method::QueuePurge(it) => !it.no_wait,
        Method::QueueDelete(it) => !it.no_wait,
        Method::QueueUnbind(_) | Method::BasicQos(_) | Method::BasicRecover(_) => true,
        _ => false,
    }
}

fn with_waiter<C>((error, waiter): (Error, Option<C>)) -> (Error, C) {
    match waiter {
        Some(waiter) => (error, waiter),
        None => unreachable!("who asks waits"),
    }
}

/// When the first answer that somebody waits for is due.
pub(super) fn first_deadline<C>(requests: &VecDeque<Request<C>>) -> Option<Instant> {
    requests.iter().filter(|it| it.waiter.is_some()).map(|it| it.deadline).min()
}

/// Tells those whose answer did not come in time. The answer is still expected, and then undone.
pub(super) fn give_up_late<P, C>(
    requests: &mut VecDeque<Request<C>>,
    now: Instant,
    events: &mut VecDeque<Event<P, C>>,
) {
    for request in requests.iter_mut().filter(|it| it.deadline <= now) {
        if let Some(waiter) = request.waiter.take() {
            let error = Error::timed_out("the broker did not answer in time");
            events.push_back(Event::Answered(waiter, Err(error)));
        }
    }
}
