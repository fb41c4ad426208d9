//! [`Connection`]: the state machine; what it keeps, what it gives out, and how it ends.

use std::{collections::VecDeque, time::Instant};

use super::{
    Answer, ChannelId, Config, Event, Output,
    acks::Held,
    channel::{Channel, ChannelState, Request, RequestKind},
    handshake::Handshake,
    heartbeat::Heartbeat,
};
use crate::{
    Error, ErrorKind,
    codec::{
        self, BadFrame, ConnectionClose, Method, PROTOCOL_HEADER, write_heartbeat, write_method,
    },
    reply_code::{INTERNAL_ERROR, NOT_IMPLEMENTED, Scope},
};

/// Of how many channels it is remembered why they were closed.
const REMEMBERED: usize = 64;

/// A connection, seen from the client.
///
/// It is given the bytes that arrive, what its owner wants, and the time; it makes bytes to be sent,
/// [events](Event), and the [moment](Connection::deadline) at which it wants to be
/// [called](Connection::tick) again. It does nothing by itself and never blocks.
///
/// `P` and `C` are the owner's: what it gives along with a publish and with a request, it gets back once
/// with the outcome or the answer, whatever happens.
#[derive(Debug)]
pub struct Connection<P, C> {
    pub(super) config: Config,
    pub(super) state: State,
    pub(super) frame_max: u32,
    pub(super) channel_max: u16,
    pub(super) heartbeat: Heartbeat,
    /// By number, from one on.
    pub(super) channels: Vec<Option<Box<Channel<P, C>>>>,
    pub(super) channels_opened: u32,
    /// Why the last of those that are gone went, for who still holds one.
    pub(super) channels_closed: VecDeque<(ChannelId, Error)>,
    pub(super) consumers_made: u64,
    /// Requests of the connection itself.
    pub(super) requests: VecDeque<Request<C>>,
    /// How many publishes of all channels are not resolved.
    pub(super) unresolved: usize,
    pub(super) blocked: Option<String>,
    pub(super) output: Output,
    /// Acknowledgements that are to be written.
    pub(super) held: Held,
    pub(super) events: VecDeque<Event<P, C>>,
}

/// ```text
///   Handshake ──▶ Open ──▶ Draining ──▶ Closing ──▶ Closed
///       └──────────┴──────────┴────────────┴──────────▲  the broker's close, a lost link, a fault
/// ```
#[derive(Debug)]
pub(super) enum State {
    Handshake(Handshake, Instant),
    Open,
    /// It is to be closed once every publish is resolved, at the latest then.
    Draining(Instant),
    /// `connection.close` is sent; its answer is waited for until then.
    Closing(Instant),
    Closed(Error),
}

impl<P, C> Connection<P, C> {
    /// A connection that is about to log in.
    ///
    /// # Errors
    /// When the settings cannot be sent.
    pub fn new(config: Config, now: Instant) -> Result<Connection<P, C>, Error> {
        let mut output = Output::default();
        output.buffer().extend_from_slice(&PROTOCOL_HEADER);
        let handshake = Handshake::new(&config)?;
        Ok(Connection {
            state: State::Handshake(handshake, now + config.handshake_timeout),
            frame_max: codec::FIRST_FRAMES,
            channel_max: 0,
            heartbeat: Heartbeat::new(std::time::Duration::ZERO, now),
            channels: Vec::new(),
            channels_opened: 0,
            channels_closed: VecDeque::new(),
            consumers_made: 0,
            requests: VecDeque::new(),
            unresolved: 0,
            blocked: None,
            output,
            held: Held::default(),
            events: VecDeque::new(),
            config,
        })
    }

    /// Takes what is to be written; `into` must be empty, and its room is used again.
    pub fn take_output(&mut self, into: &mut Output, now: Instant) {
        if self.has_output() {
            self.write_acks();
            self.heartbeat.wrote(now);
            std::mem::swap(&mut self.output, into);
        }
    }

    /// Whether there is something to be written.
    pub fn has_output(&self) -> bool {
        !self.output.is_empty() || self.held.are_due()
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<Event<P, C>> {
        self.events.pop_front()
    }

    /// Takes everything that happened; `into` must be empty, and its room is used again.
    pub fn take_events(&mut self, into: &mut VecDeque<Event<P, C>>) {
        if !self.events.is_empty() {
            std::mem::swap(&mut self.events, into);
        }
    }

    /// When to call [`tick`](Connection::tick), at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        let own = match self.state {
            State::Handshake(_, until) | State::Draining(until) | State::Closing(until) => {
                Some(until)
            }
            State::Open => None,
            State::Closed(_) => return None,
        };
        let request = first_deadline(&self.requests);
        let channels = self.channels.iter().flatten().filter_map(|it| it.deadline());
        let own = own.into_iter().chain(request).chain(self.heartbeat.deadline());
        own.chain(self.acks_due()).chain(channels).min()
    }

    /// Does what the time asks for: heartbeats, acknowledgements, and giving up what took too long.
    pub fn tick(&mut self, now: Instant) {
        match self.state {
            State::Handshake(_, until) if now >= until => {
                let text = "the broker did not let us in, nor refuse, in time";
                return self.end(Error::new(ErrorKind::TimedOut, Scope::Connection, text));
            }
            State::Closing(until) if now >= until => return self.end(Error::closed()),
            State::Draining(until) if now >= until => self.send_close(now),
            State::Closed(_) => return,
            _ => {}
        }
        if self.heartbeat.is_dead(now) {
            let silence = self.heartbeat.silence(now).as_secs_f32();
            return self.end(Error::lost(format!("nothing was heard for {silence:.1} s")));
        }
        if self.heartbeat.is_due(now) {
            if !self.has_output() {
                write_heartbeat(self.output.buffer());
            }
            self.heartbeat.wrote(now);
        }
        self.tick_acks(now);
        give_up_late(&mut self.requests, now, &mut self.events);
        for number in 1..=self.channels.len() {
            let Some(channel) = &mut self.channels[number - 1] else { continue };
            give_up_late(&mut channel.requests, now, &mut self.events);
            if matches!(channel.state, ChannelState::Draining(until) if now >= until) {
                let id = channel.id;
                self.send_channel_close(id);
            }
        }
    }

    /// Takes note that the bytes' way is gone: the socket was closed or failed.
    pub fn lost(&mut self, why: &str) {
        let error = match &self.state {
            State::Handshake(handshake, _) => handshake.lost(why),
            State::Closing(_) => Error::closed(),
            _ => Error::lost(why),
        };
        self.end(error);
    }

    /// Whether what arrives is looked at. While it is not, a silent peer is not given up.
    pub fn set_reading(&mut self, reading: bool, now: Instant) {
        self.heartbeat.set_reading(reading, now);
    }

    /// Closes in order: waits for the outcome of what is on its way, then tells the broker; both within
    /// the [time](Config::close_timeout) for it. Nothing new is taken meanwhile.
    pub fn close(&mut self, now: Instant) {
        match self.state {
            State::Handshake(..) => self.end(Error::closed()),
            State::Open if self.unresolved > 0 => {
                self.state = State::Draining(now + self.config.close_timeout);
            }
            State::Open => self.send_close(now),
            _ => {}
        }
    }

    /// Ends it here and now, with nothing sent any more.
    pub fn abort(&mut self) {
        self.output.clear();
        self.end(Error::closed());
    }

    /// Why it is over, if it is.
    pub fn closed(&self) -> Option<&Error> {
        match &self.state {
            State::Closed(error) => Some(error),
            _ => None,
        }
    }

    /// Why the broker takes no messages now, if it does not.
    pub fn blocked(&self) -> Option<&str> {
        self.blocked.as_deref()
    }

    /// The largest frame that was agreed on.
    pub fn frame_max(&self) -> u32 {
        self.frame_max
    }

    /// How many bytes wait to be taken as output, acknowledgements that may still wait for others counted.
    pub fn buffered(&self) -> usize {
        self.output.len() + self.acks_size()
    }

    /// Asks the broker to take a new password or token from now on (`connection.update-secret`).
    ///
    /// # Errors
    /// When the connection is not open; with what was given along.
    pub fn update_secret(
        &mut self,
        secret: &str,
        reason: &str,
        waiter: C,
        now: Instant,
    ) -> Result<(), (Error, C)> {
        if let Err(err) = self.open() {
            return Err((err, waiter));
        }
        let method = codec::ConnectionUpdateSecret {
            new_secret: codec::Secret(secret.as_bytes()),
            reason: reason.into(),
        };
        let method = Method::from(method);
        if let Err(err) = self.write(0, &method) {
            return Err((err, waiter));
        }
        let deadline = now + self.config.answer_timeout;
        self.requests.push_back(Request::new(&method, waiter, deadline));
        Ok(())
    }

    /// That it is open.
    pub(super) fn open(&self) -> Result<(), Error> {
        match &self.state {
            State::Open => Ok(()),
            State::Closed(error) => Err(error.clone()),
            State::Handshake(..) => Err(Error::invalid("the connection is not open yet")),
            State::Draining(_) | State::Closing(_) => Err(Error::closed()),
        }
    }

    /// Writes a method, behind what was acknowledged before.
    pub(super) fn write(&mut self, channel: u16, method: &Method<'_>) -> Result<(), Error> {
        self.write_acks();
        write_method(self.output.buffer(), channel, method, self.frame_max)?;
        Ok(())
    }

    /// Closes it if that is what is waited for and nothing is unresolved.
    pub(super) fn close_if_drained(&mut self, now: Instant) {
        if self.unresolved == 0 && matches!(self.state, State::Draining(_)) {
            self.send_close(now);
        }
    }

    fn send_close(&mut self, now: Instant) {
        let close = ConnectionClose {
            reply_code: 200,
            reply_text: "closed".into(),
            ..ConnectionClose::default()
        };
        // A text that short can be written.
        let _ = self.write(0, &close.into());
        self.state = State::Closing(now + self.config.close_timeout);
    }

    /// Ends it because the broker did not keep to the protocol, and tells it which rule.
    pub(super) fn fail(&mut self, error: Error) {
        // It was told that the connection is closed, and needs no second reason.
        if matches!(self.state, State::Closing(_)) {
            return self.end(Error::closed());
        }
        let text = error.text();
        let mut end = text.len().min(255);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let close = ConnectionClose {
            reply_code: match (error.code(), error.kind()) {
                (Some(code), _) => code.code,
                (None, ErrorKind::NotImplemented) => NOT_IMPLEMENTED,
                (None, _) => INTERNAL_ERROR,
            },
            reply_text: text[..end].into(),
            ..ConnectionClose::default()
        };
        let _ = self.write(0, &close.into());
        self.end(error);
    }

    /// Ends it because bytes came that are no frame. Who sends such is told nothing more (4.2.3), but for a
    /// frame that is too large.
    pub(super) fn fail_frame(&mut self, bad: BadFrame) {
        match bad {
            BadFrame::TooLarge { .. } => self.fail(bad.into()),
            _ => self.end(bad.into()),
        }
    }

    /// It is over: whoever waits is told.
    pub(super) fn end(&mut self, error: Error) {
        if matches!(self.state, State::Closed(_)) {
            return;
        }
        self.state = State::Closed(error.clone());
        for number in 1..=self.channels.len() {
            self.remove_channel(number, &error);
        }
        self.channels.clear();
        self.held = Held::default();
        for request in self.requests.drain(..) {
            if let Some(waiter) = request.waiter {
                self.events.push_back(Event::Answered(waiter, Err(error.clone())));
            }
        }
        self.blocked = None;
        self.events.push_back(Event::Closed(error));
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

    pub(super) fn channel(&mut self, id: ChannelId) -> Option<&mut Channel<P, C>> {
        let channel = self.channels.get_mut(usize::from(id.number).checked_sub(1)?)?.as_mut()?;
        let same = channel.id == id || crate::planted::is(crate::planted::Bug::AckWithoutEpoch);
        same.then_some(&mut **channel)
    }
}

/// When the first answer that somebody waits for is due.
pub(super) fn first_deadline<C>(requests: &VecDeque<Request<C>>) -> Option<Instant> {
    requests.iter().filter(|it| it.waiter.is_some()).map(|it| it.deadline).min()
}

/// Tells those whose answer did not come in time. The answer is still expected, and then undone.
fn give_up_late<P, C>(
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
