//! How a connection ends: closed in order, because its way is gone, or by a fault.

use std::time::Instant;

use super::{Connection, Event, acks::Held, connection::State};
use crate::{
    Error, ErrorKind,
    codec::{BadFrame, ConnectionClose},
    reply_code::{INTERNAL_ERROR, NOT_IMPLEMENTED},
};

impl<P, C> Connection<P, C> {
    /// Closes in order: waits for the outcome of what is on its way, then tells the broker; both within
    /// the [time](super::Config::close_timeout) for it. Nothing new is taken meanwhile.
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

    /// Takes note that the bytes' way is gone: the socket was closed or failed.
    pub fn lost(&mut self, why: &str) {
        let error = match &self.state {
            State::Handshake(handshake, _) => handshake.lost(why),
            State::Closing(_) => Error::closed(),
            _ => Error::lost(why),
        };
        self.end(error);
    }

    /// Why it is over, if it is.
    pub fn closed(&self) -> Option<&Error> {
        match &self.state {
            State::Closed(error) => Some(error),
            _ => None,
        }
    }

    /// Closes it if that is what is waited for and nothing is unresolved.
    pub(super) fn close_if_drained(&mut self, now: Instant) {
        if self.unresolved == 0 && matches!(self.state, State::Draining(_)) {
            self.send_close(now);
        }
    }

    pub(super) fn send_close(&mut self, now: Instant) {
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
}
