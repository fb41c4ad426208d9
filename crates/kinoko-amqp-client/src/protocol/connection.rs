//! [`Connection`]: the state machine; what it keeps, and what it gives out.

use std::{collections::VecDeque, time::Instant};

use super::{
    ChannelId, Config, Event, Output,
    acks::Held,
    channel::{Channel, ChannelState},
    handshake::Handshake,
    heartbeat::Heartbeat,
    requests::{Request, first_deadline, give_up_late},
};
use crate::{
    Error, ErrorKind,
    codec::{self, Method, PROTOCOL_HEADER, write_heartbeat, write_method},
    reply_code::Scope,
};

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

    /// Whether what arrives is looked at. While it is not, a silent peer is not given up.
    pub fn set_reading(&mut self, reading: bool, now: Instant) {
        self.heartbeat.set_reading(reading, now);
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
}
