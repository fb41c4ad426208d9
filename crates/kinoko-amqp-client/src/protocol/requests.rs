//! What is wanted of a connection: channels, publishes, consumers, settlements, and everything else a
//! broker can be asked for.

use std::time::Instant;

use super::{
    Answer, ChannelId, Connection, ConsumerId, Event, Publish, Settle,
    channel::{Channel, ChannelState, Consumer, Request, RequestKind},
    confirms::Confirms,
    connection::State,
};
use crate::{
    Error, ErrorKind,
    codec::{
        BasicAck, BasicCancel, BasicConsume, BasicGet, BasicNack, BasicPublish, BasicReject,
        ChannelClose, ChannelOpen, ConfirmSelect, FRAME_OVERHEAD, Method, Properties, Text,
        Unencodable, write_body_end, write_body_start, write_header, write_method,
    },
    planted,
    reply_code::Scope,
};

/// It is answered, for that tells what came back before it from what comes back after.
const SELECT: Method<'static> = Method::ConfirmSelect(ConfirmSelect { no_wait: false });

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

    /// Whether a channel takes requests.
    pub fn is_open(&self, id: ChannelId) -> bool {
        let index = usize::from(id.number).wrapping_sub(1);
        let channel = self.channels.get(index).and_then(Option::as_deref);
        channel.is_some_and(|it| it.id == id && it.state == ChannelState::Open)
            && matches!(self.state, State::Open)
    }

    /// Sends a request that has an answer, any but those that have a function of their own here. Several
    /// may be on their way.
    ///
    /// # Errors
    /// When the channel is not open or the request cannot be sent; with what was given along.
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
        self.ask(id, method, kind, Some(waiter), now).map_err(with_waiter)?;
        if kind == RequestKind::Recover
            && let Some(channel) = self.channel(id)
        {
            // From here on the broker may have given them back, and would not know their tags.
            channel.unacked.forget_all();
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

    /// Cancels a consumer. What still arrives for it is given back. Answered, if somebody waits, with
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

    /// Whether a message can be published now.
    ///
    /// # Errors
    /// [`Full`](ErrorKind::Full) or [`Blocked`](ErrorKind::Blocked) when it is worth to wait; the
    /// channel's end when it is not.
    pub fn can_publish(&self, id: ChannelId) -> Result<(), Error> {
        self.open_on(id)?;
        let limits = &self.config.limits;
        if let Some(reason) = &self.blocked {
            let text = format!("the broker takes no messages at present: {reason}");
            return Err(Error::new(ErrorKind::Blocked, Scope::Request, text));
        }
        if self.is_stopped(id) {
            let text = "the broker wants no messages on the channel at present";
            return Err(Error::new(ErrorKind::Blocked, Scope::Request, text));
        }
        if self.output.len() >= limits.buffered || self.unresolved >= limits.unconfirmed {
            return Err(Error::full());
        }
        Ok(())
    }

    /// Whether the broker wants no messages on a channel at present (`channel.flow`).
    pub fn is_stopped(&self, id: ChannelId) -> bool {
        let index = usize::from(id.number).wrapping_sub(1);
        let channel = self.channels.get(index).and_then(Option::as_deref);
        channel.is_some_and(|it| it.id == id && !it.flows)
    }

    /// Publishes. With a waiter its outcome is told as [`Event::Resolved`], and the channel is put into
    /// confirm mode by the first of them; without, nothing is told unless it comes back.
    ///
    /// # Errors
    /// As [`can_publish`](Connection::can_publish), and when it cannot be encoded or is too large. It
    /// was not sent. With what was given along.
    pub fn publish(
        &mut self,
        id: ChannelId,
        publish: &Publish<'_>,
        waiter: Option<P>,
        now: Instant,
    ) -> Result<(), (Error, Option<P>)> {
        if let Err(err) = self.can_publish(id) {
            return Err((err, waiter));
        }
        let (size, limit) = (publish.body.len(), self.config.limits.send);
        if size > limit {
            let text = format!("a body of {size} bytes is too large: {limit} are sent at most");
            return Err((Error::new(ErrorKind::TooLarge, Scope::Request, text), waiter));
        }
        let Connection { channels, output, unresolved, frame_max, .. } = self;
        let index = usize::from(id.number) - 1;
        let Some(channel) = channels[index].as_deref_mut() else {
            return Err((Error::closed(), waiter));
        };
        let start = output.buffer().len();
        let select = waiter.is_some() && channel.confirms.is_none();
        let method = BasicPublish {
            exchange: publish.exchange,
            routing_key: publish.routing_key,
            mandatory: publish.mandatory,
            ..BasicPublish::default()
        };
        let head = write_head(
            output.buffer(),
            id.number,
            select,
            &method,
            &publish.properties,
            size as u64,
            *frame_max,
        );
        if let Err(err) = head {
            output.buffer().truncate(start);
            return Err((err.into(), waiter));
        }
        let part = *frame_max as usize - FRAME_OVERHEAD;
        let mut rest = publish.body.clone();
        while !rest.is_empty() {
            let next = rest.split_to(rest.len().min(part));
            write_body_start(output.buffer(), id.number, next.len());
            output.body(next);
            write_body_end(output.buffer());
        }
        if select {
            channel.confirms = Some(Confirms::new());
            let request = Request::without_waiter(&SELECT, now + self.config.answer_timeout);
            channel.requests.push_back(Request { kind: RequestKind::Select, ..request });
        }
        if let Some(confirms) = &mut channel.confirms {
            confirms.push(publish, waiter);
            *unresolved += 1;
            planted::swap_frames(output.buffer(), start);
        }
        Ok(())
    }

    /// Settles a delivery; with `multiple`, all of the channel up to it.
    ///
    /// # Errors
    /// [`Stale`](ErrorKind::Stale) when there is none such any more: the channel is gone, or it was
    /// settled. Nothing was sent.
    pub fn settle(
        &mut self,
        id: ChannelId,
        tag: u64,
        multiple: bool,
        how: Settle,
    ) -> Result<(), Error> {
        let ended = matches!(self.state, State::Closing(_) | State::Closed(_));
        let found = match self.channel(id) {
            Some(it) if it.state != ChannelState::Closing => it.unacked.settle(tag, multiple),
            _ => None,
        };
        let Some(tag) = found.filter(|_| !ended) else {
            let text = "the delivery was settled before, or its channel is gone";
            return Err(Error::new(ErrorKind::Stale, Scope::Request, text));
        };
        let method = match how {
            Settle::Ack => BasicAck { delivery_tag: tag, multiple }.into(),
            _ if multiple => {
                let requeue = how == Settle::Requeue;
                BasicNack { delivery_tag: tag, multiple, requeue }.into()
            }
            _ => BasicReject { delivery_tag: tag, requeue: how == Settle::Requeue }.into(),
        };
        self.write(id.number, &method)
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

    /// That a channel takes requests.
    fn open_on(&self, id: ChannelId) -> Result<(), Error> {
        self.open()?;
        if self.is_open(id) {
            return Ok(());
        }
        let why = self.channels_closed.iter().find(|(it, _)| *it == id).map(|(_, why)| why.clone());
        Err(why.unwrap_or_else(|| {
            Error::new(ErrorKind::Closed, Scope::Channel, "the channel is not open")
        }))
    }

    fn ask(
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

    fn without_waiter(method: &Method<'_>, deadline: Instant) -> Request<C> {
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

fn with_waiter<C>((error, waiter): (Error, Option<C>)) -> (Error, C) {
    match waiter {
        Some(waiter) => (error, waiter),
        None => unreachable!("who asks waits"),
    }
}

fn write_head(
    out: &mut Vec<u8>,
    channel: u16,
    select: bool,
    method: &BasicPublish<'_>,
    properties: &Properties<'_>,
    size: u64,
    frame_max: u32,
) -> Result<(), Unencodable> {
    if select {
        write_method(out, channel, &SELECT, frame_max)?;
    }
    write_method(out, channel, &(*method).into(), frame_max)?;
    write_header(out, channel, properties, size, frame_max)
}
