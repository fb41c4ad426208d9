//! [`Prints`]: what is kept of the messages that may come back, to know them again.
//!
//! It is the payloads of their method and header frames, as they were sent, one behind the other in one
//! buffer. That costs a message two short copies, and what comes back is compared and not guessed from
//! a hash.

use bytes::Bytes;

use super::{Message, Publish};
use crate::codec::{ContentHeader, Method, Properties, Text, write_header};

/// Of a message with a longer header only its ids are kept.
const LONGEST: usize = 1024;
/// A buffer that a burst made larger than this is not kept.
const KEPT: usize = 64 * 1024;

/// The prints of a channel, oldest first.
#[derive(Debug, Default)]
pub(super) struct Prints {
    bytes: Vec<u8>,
    /// How many bytes at the front are not needed any more.
    released: usize,
    /// How many bytes were before the first.
    gone: u64,
}

/// What is kept of one message.
#[derive(Debug)]
pub(super) struct Print {
    /// Where its method begins, its header, and the next print.
    method: u64,
    header: u64,
    end: u64,
    /// Of a message without an id. What has one is told apart by it.
    body: Option<Bytes>,
}

/// What tells a message from others.
#[derive(Debug, PartialEq)]
pub(super) struct Features<'a> {
    exchange: Text<'a>,
    routing_key: Text<'a>,
    properties: Properties<'a>,
    size: u64,
    body: Option<&'a Bytes>,
}

impl Prints {
    /// Keeps what tells a message from others, given the payloads of its frames.
    pub(super) fn keep(&mut self, publish: &Publish<'_>, method: &[u8], header: &[u8]) -> Print {
        let start = self.end();
        self.bytes.extend_from_slice(method);
        let middle = self.end();
        if header.len() <= LONGEST {
            self.bytes.extend_from_slice(header);
        } else {
            self.keep_ids(publish);
        }
        let body = publish.properties.message_id.is_none().then(|| publish.body.clone());
        Print { method: start, header: middle, end: self.end(), body }
    }

    #[cold]
    fn keep_ids(&mut self, publish: &Publish<'_>) {
        let Properties { message_id, correlation_id, .. } = publish.properties;
        let ids = Properties { message_id, correlation_id, ..Properties::default() };
        let mut frame = Vec::new();
        // Both were written before, and fit any frame.
        let _ = write_header(&mut frame, 0, &ids, publish.body.len() as u64, u32::MAX);
        if let [_, _, _, _, _, _, _, payload @ .., _] = &*frame {
            self.bytes.extend_from_slice(payload);
        }
    }

    /// Takes note that this print and all before it are not needed any more.
    pub(super) fn release(&mut self, print: &Print) {
        self.released = self.index(print.end);
        if self.released == self.bytes.len() {
            self.gone += self.bytes.len() as u64;
            self.released = 0;
            self.clear();
        } else if self.released > self.bytes.len() / 2 {
            // What is moved is less than what was released since.
            self.gone += self.released as u64;
            self.bytes.drain(..self.released);
            self.released = 0;
        }
    }

    fn clear(&mut self) {
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
    }

    /// What tells the message of a print from others.
    pub(super) fn features<'a>(&'a self, print: &'a Print) -> Option<Features<'a>> {
        let [method, header, end] =
            [print.method, print.header, print.end].map(|it| self.index(it));
        let Ok(Method::BasicPublish(publish)) = Method::read(self.bytes.get(method..header)?)
        else {
            return None;
        };
        let header = ContentHeader::read(self.bytes.get(header..end)?).ok()?;
        Some(Features {
            exchange: publish.exchange,
            routing_key: publish.routing_key,
            properties: header.properties,
            size: header.body_size,
            body: print.body.as_ref(),
        })
    }

    fn index(&self, at: u64) -> usize {
        usize::try_from(at - self.gone).unwrap_or(usize::MAX)
    }

    fn end(&self) -> u64 {
        self.gone + self.bytes.len() as u64
    }
}

impl<'a> Features<'a> {
    /// Those of a message that came back.
    pub(super) fn of(message: &'a Message) -> Features<'a> {
        let (exchange, routing_key) = message.names();
        Features {
            exchange,
            routing_key,
            properties: message.properties(),
            size: message.body().len() as u64,
            body: Some(message.body()),
        }
    }

    /// Whether both are alike in all there is.
    pub(super) fn is_same(&self, other: &Features<'_>) -> bool {
        self.is_like(other) && self.properties == other.properties
    }

    /// Whether both are alike in what nobody changes on the way: a broker may be told to add
    /// properties.
    pub(super) fn is_like(&self, other: &Features<'_>) -> bool {
        self.names() == other.names()
            && self.body.zip(other.body).is_none_or(|(one, other)| one == other)
    }

    fn names(&self) -> (Text<'a>, Text<'a>, Option<Text<'a>>, Option<Text<'a>>, u64) {
        let Properties { message_id, correlation_id, .. } = self.properties;
        (self.exchange, self.routing_key, message_id, correlation_id, self.size)
    }
}
