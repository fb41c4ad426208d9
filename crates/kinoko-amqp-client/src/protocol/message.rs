//! [`Message`]: what arrived, as slices of the buffer it arrived in; and [`Assembly`], putting one
//! together out of its frames.

use std::fmt;

use bytes::{Bytes, BytesMut};

use crate::{
    Error,
    codec::{BASIC, ContentHeader, Malformed, Method, Properties, ShortTag, Table, Text},
    reply_code::{FRAME_ERROR, UNEXPECTED_FRAME},
};

/// A message: where it was published to, its properties and its body.
///
/// It borrows nothing and copies nothing: it keeps the buffer it was received in for as long as it
/// lives. What reads its names and properties looks at the bytes each time, which costs some tens of
/// nanoseconds; take them once.
#[derive(Clone)]
pub struct Message {
    /// The payload of the method frame.
    method: Bytes,
    /// The payload of the header frame, behind class, weight and size.
    header: Bytes,
    /// How the headers in it mean `s`, if all of it can be read.
    short: Option<ShortTag>,
    body: Bytes,
    poison: Option<Poison>,
}

/// Why a message cannot be taken as it is. Whoever sent it did something wrong; the connection is
/// fine, and the message is to be settled like any other: most likely by rejecting it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Poison {
    /// Its headers, or another property, cannot be read, are nested too deep or too many. What could be
    /// read is there.
    Properties(Malformed),
    /// Its body is larger than this side takes, and was thrown away.
    BodyTooLarge {
        /// The body's size.
        size: u64,
        /// What this side takes.
        limit: u64,
    },
}

impl Message {
    /// The exchange it was published to.
    pub fn exchange(&self) -> Text<'_> {
        self.names().0
    }

    /// The routing key it was published with.
    pub fn routing_key(&self) -> Text<'_> {
        self.names().1
    }

    /// Its properties; without those that cannot be read.
    pub fn properties(&self) -> Properties<'_> {
        match self.short {
            Some(short) => {
                let again = Properties::read_again(&self.header, short);
                let first = Properties::read(&self.header).0;
                debug_assert_eq!(again, first);
                debug_assert_eq!(
                    again.headers.map(Table::short_tag),
                    first.headers.map(Table::short_tag)
                );
                again
            }
            None => Properties::read(&self.header).0,
        }
    }

    /// Its body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Its body, without the rest.
    pub fn into_body(self) -> Bytes {
        self.body
    }

    /// Why it cannot be taken as it is, if it cannot.
    pub fn poison(&self) -> Option<Poison> {
        self.poison
    }

    /// How many bytes of what arrived it keeps.
    pub(crate) fn size(&self) -> usize {
        self.method.len() + self.header.len() + self.body.len()
    }

    /// What the broker says of a message that came back.
    pub(super) fn reply_text(&self) -> String {
        match Method::read(&self.method) {
            Ok(Method::BasicReturn(it)) => it.reply_text.to_str_lossy().into_owned(),
            _ => String::new(),
        }
    }

    pub(super) fn names(&self) -> (Text<'_>, Text<'_>) {
        match Method::read(&self.method) {
            Ok(Method::BasicDeliver(it)) => (it.exchange, it.routing_key),
            Ok(Method::BasicReturn(it)) => (it.exchange, it.routing_key),
            Ok(Method::BasicGetOk(it)) => (it.exchange, it.routing_key),
            // It was one of these when it was put together.
            _ => Default::default(),
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("exchange", &self.exchange())
            .field("routing_key", &self.routing_key())
            .field("properties", &self.properties())
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("poison", &self.poison)
            .finish()
    }
}

impl fmt::Display for Poison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Poison::Properties(err) => write!(f, "its properties cannot be read: {err}"),
            Poison::BodyTooLarge { size, limit } => {
                write!(f, "its body has {size} bytes, and {limit} are taken at most")
            }
        }
    }
}

/// What kind of content a method begins, and what else the method said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Deliver { consumer: u64, tag: u64, redelivered: bool },
    Return { code: u16 },
    GetOk { tag: u64, redelivered: bool, left: u32 },
}

/// A content of which not every frame has come. (Section 2.3.5.2 of the specification: a method, a
/// header, and as many body frames as the size asks for, with nothing else on the channel between.)
#[derive(Debug)]
pub(super) struct Assembly {
    content: Content,
    method: Bytes,
    header: Option<Bytes>,
    short: Option<ShortTag>,
    poison: Option<Poison>,
    body: Body,
    left: u64,
}

/// A body so far. One that came in one frame is a slice of what was read.
#[derive(Debug)]
enum Body {
    Whole(Bytes),
    Parts(BytesMut),
    /// It is too large, and only counted.
    Dropped,
}

/// How much room is made at once for a body on the word of its header.
const TRUSTED: u64 = 1 << 20;

impl Assembly {
    pub(super) fn new(content: Content, method: Bytes) -> Assembly {
        let body = Body::Whole(Bytes::new());
        Assembly { content, method, header: None, short: None, poison: None, body, left: 0 }
    }

    /// Whether it is a message of ours that comes back.
    pub(super) fn is_return(&self) -> bool {
        matches!(self.content, Content::Return { .. })
    }

    /// Takes the header frame.
    pub(super) fn header(&mut self, payload: Bytes, limit: u64) -> Result<(), Error> {
        if self.header.is_some() {
            return Err(Error::breach(
                UNEXPECTED_FRAME,
                "the broker sent two headers for one message",
            ));
        }
        let ContentHeader { class, body_size, properties, problem } =
            ContentHeader::read(&payload)?;
        if class != BASIC {
            return Err(Error::breach(
                FRAME_ERROR,
                format!("the broker sent a header of class {class} for a message of class {BASIC}"),
            ));
        }
        if problem.is_none() {
            self.short = Some(properties.headers.map(Table::short_tag).unwrap_or_default());
        }
        self.poison = problem.map(Poison::Properties);
        self.left = body_size;
        if body_size > limit {
            self.poison = Some(Poison::BodyTooLarge { size: body_size, limit });
            self.body = Body::Dropped;
        }
        self.header = Some(payload.slice(12..));
        Ok(())
    }

    /// Takes a body frame.
    pub(super) fn body(&mut self, payload: Bytes) -> Result<(), Error> {
        if self.header.is_none() {
            return Err(Error::breach(UNEXPECTED_FRAME, "the broker sent a body without a header"));
        }
        let size = payload.len() as u64;
        self.left = self.left.checked_sub(size).ok_or_else(|| {
            Error::breach(UNEXPECTED_FRAME, "the broker sent more of a body than it announced")
        })?;
        match &mut self.body {
            Body::Dropped => {}
            Body::Parts(parts) => parts.extend_from_slice(&payload),
            Body::Whole(_) if self.left == 0 => self.body = Body::Whole(payload),
            Body::Whole(_) => {
                let room = (size + self.left).min(TRUSTED);
                let mut parts = BytesMut::with_capacity(usize::try_from(room).unwrap_or(0));
                parts.extend_from_slice(&payload);
                self.body = Body::Parts(parts);
            }
        }
        Ok(())
    }

    /// Whether every frame has come.
    pub(super) fn is_complete(&self) -> bool {
        self.header.is_some() && self.left == 0
    }

    pub(super) fn finish(self) -> (Content, Message) {
        let body = match self.body {
            Body::Whole(body) => body,
            Body::Parts(parts) => parts.freeze(),
            Body::Dropped => Bytes::new(),
        };
        let Assembly { content, method, short, poison, .. } = self;
        let header = self.header.unwrap_or_default();
        (content, Message { method, header, short, body, poison })
    }
}
