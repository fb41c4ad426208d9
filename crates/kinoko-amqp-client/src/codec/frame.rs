//! Frames: how bytes of a connection are told apart, and how they are put together.
//!
//! A frame is `type (1) · channel (2) · size (4) · payload · 0xCE`
//! (AMQP 0-9-1, section 2.3.5 of the specification).

use std::fmt;

use super::{Malformed, Method, Properties, Reader, Unencodable, Writer};

/// What both sides send first: `AMQP` and the protocol's version.
pub const PROTOCOL_HEADER: [u8; 8] = *b"AMQP\0\0\x09\x01";
/// The least `frame_max` a peer may ask for.
pub const MIN_FRAME: u32 = 4096;
/// The largest frame before one is agreed on (`connection.tune`). AMQP has 4096 there; RabbitMQ from 4.0 on, and
/// this client, take twice that, for a token in the login may be long.
pub(crate) const FIRST_FRAMES: u32 = 8192;
/// What a frame has beside its payload.
pub const FRAME_OVERHEAD: usize = 8;

const HEADER: usize = 7;
const END: u8 = 0xce;
/// The only class whose methods carry content.
pub(crate) const BASIC: u16 = 60;

/// The types of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameType {
    /// A method.
    Method,
    /// The header of a content: its size and properties.
    Header,
    /// A part of a content.
    Body,
    /// Nothing but a sign of life.
    Heartbeat,
}

/// The first frame of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its type.
    pub kind: FrameType,
    /// The channel; 0 for the connection's own.
    pub channel: u16,
    /// What it carries.
    pub payload: &'a [u8],
}

/// Why bytes are not frames. Where the next would begin is not known any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadFrame {
    /// There is no such type.
    UnknownType(u8),
    /// It is larger than was agreed.
    TooLarge {
        /// Its size.
        size: usize,
        /// What was agreed.
        limit: usize,
    },
    /// It does not end as frames end.
    NoEnd(u8),
    /// The broker speaks another version, and says which.
    OtherProtocol([u8; 4]),
}

impl<'a> Frame<'a> {
    /// The first frame of `bytes`, if it is there as a whole. Its length is that of its payload and
    /// [`FRAME_OVERHEAD`].
    ///
    /// # Errors
    /// When it cannot become one, however many bytes follow.
    pub fn first(bytes: &'a [u8], frame_max: u32) -> Result<Option<Frame<'a>>, BadFrame> {
        let Some(head) = bytes.first_chunk::<HEADER>() else {
            return match bytes.first() {
                Some(&kind) if kind != b'A' => FrameType::from_octet(kind).map(|_| None),
                _ => Ok(None),
            };
        };
        if let Some(&[b'A', b'M', b'Q', b'P', version @ ..]) = bytes.first_chunk::<8>() {
            return Err(BadFrame::OtherProtocol(version));
        }
        if head.starts_with(b"AMQP") {
            return Ok(None);
        }
        let [kind, c0, c1, s0, s1, s2, s3] = *head;
        let kind = FrameType::from_octet(kind)?;
        let size = u32::from_be_bytes([s0, s1, s2, s3]) as usize;
        let limit = (frame_max as usize).saturating_sub(FRAME_OVERHEAD);
        if size > limit {
            return Err(BadFrame::TooLarge { size, limit });
        }
        match bytes.get(HEADER + size) {
            None => Ok(None),
            Some(&END) => Ok(Some(Frame {
                kind,
                channel: u16::from_be_bytes([c0, c1]),
                payload: &bytes[HEADER..HEADER + size],
            })),
            Some(&other) => Err(BadFrame::NoEnd(other)),
        }
    }

    /// How many bytes the first frame of `bytes` will have, if that is known yet.
    pub fn announced(bytes: &[u8]) -> Option<usize> {
        let size = bytes.get(3..HEADER)?.first_chunk::<4>()?;
        Some(u32::from_be_bytes(*size) as usize + FRAME_OVERHEAD)
    }

    /// How many bytes it has with all that belongs to it.
    pub fn size(&self) -> usize {
        self.payload.len() + FRAME_OVERHEAD
    }
}

impl FrameType {
    fn from_octet(octet: u8) -> Result<FrameType, BadFrame> {
        Ok(match octet {
            1 => FrameType::Method,
            2 => FrameType::Header,
            3 => FrameType::Body,
            8 => FrameType::Heartbeat,
            other => return Err(BadFrame::UnknownType(other)),
        })
    }

    fn octet(self) -> u8 {
        match self {
            FrameType::Method => 1,
            FrameType::Header => 2,
            FrameType::Body => 3,
            FrameType::Heartbeat => 8,
        }
    }
}

/// The header of a content.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContentHeader<'a> {
    /// The class of the method before it: 60, for only `basic` has content.
    pub class: u16,
    /// How many bytes the body has in all its frames.
    pub body_size: u64,
    /// The properties, as far as they could be read.
    pub properties: Properties<'a>,
    /// Why some could not.
    pub problem: Option<Malformed>,
}

impl<'a> ContentHeader<'a> {
    /// Reads the payload of a header frame.
    ///
    /// # Errors
    /// When not even the size of the body can be told.
    pub fn read(payload: &'a [u8]) -> Result<ContentHeader<'a>, Malformed> {
        let mut from = Reader::new(payload);
        // The weight has no use and is zero (4.2.6.1); nobody minds another.
        let (class, _weight) = (from.u16()?, from.u16()?);
        let body_size = from.u64()?;
        let (properties, problem) = Properties::read(from.rest());
        Ok(ContentHeader { class, body_size, properties, problem })
    }
}

/// Appends a method's frame.
///
/// # Errors
/// When it cannot be encoded; then nothing is appended.
pub fn write_method(
    out: &mut Vec<u8>,
    channel: u16,
    method: &Method<'_>,
    frame_max: u32,
) -> Result<(), Unencodable> {
    write_frame(out, FrameType::Method, channel, frame_max, |to| method.write(to))
}

/// Appends a content's header frame.
///
/// # Errors
/// When it cannot be encoded; then nothing is appended.
pub fn write_header(
    out: &mut Vec<u8>,
    channel: u16,
    properties: &Properties<'_>,
    body_size: u64,
    frame_max: u32,
) -> Result<(), Unencodable> {
    write_frame(out, FrameType::Header, channel, frame_max, |to| {
        to.bytes(&BASIC.to_be_bytes());
        to.bytes(&[0, 0]);
        to.bytes(&body_size.to_be_bytes());
        properties.write(to)
    })
}

/// What a whole frame carries.
pub(crate) fn frame_payload(frame: &[u8]) -> &[u8] {
    &frame[HEADER..frame.len() - 1]
}

/// Appends a heartbeat.
pub fn write_heartbeat(out: &mut Vec<u8>) {
    out.extend_from_slice(&[FrameType::Heartbeat.octet(), 0, 0, 0, 0, 0, 0, END]);
}

/// Appends what stands before a part of a body; the part and [`write_body_end`] must follow.
pub(crate) fn write_body_start(out: &mut Vec<u8>, channel: u16, size: usize) {
    let [c0, c1] = channel.to_be_bytes();
    let [s0, s1, s2, s3] = u32::try_from(size).unwrap_or(u32::MAX).to_be_bytes();
    out.extend_from_slice(&[FrameType::Body.octet(), c0, c1, s0, s1, s2, s3]);
}

/// Appends what stands behind a part of a body.
pub(crate) fn write_body_end(out: &mut Vec<u8>) {
    out.push(END);
}

fn write_frame(
    out: &mut Vec<u8>,
    kind: FrameType,
    channel: u16,
    frame_max: u32,
    payload: impl FnOnce(&mut Writer<'_>) -> Result<(), Unencodable>,
) -> Result<(), Unencodable> {
    let start = out.len();
    let [c0, c1] = channel.to_be_bytes();
    out.extend_from_slice(&[kind.octet(), c0, c1, 0, 0, 0, 0]);
    let written = payload(&mut Writer::new(out)).and_then(|()| {
        let size = out.len() - start - HEADER;
        let limit = (frame_max as usize).saturating_sub(FRAME_OVERHEAD);
        if size > limit { Err(Unencodable::FrameTooLarge { size, limit }) } else { Ok(size) }
    });
    match written {
        Ok(size) => {
            let size = u32::try_from(size).unwrap_or(u32::MAX);
            out[start + 3..start + HEADER].copy_from_slice(&size.to_be_bytes());
            out.push(END);
            Ok(())
        }
        Err(err) => {
            out.truncate(start);
            Err(err)
        }
    }
}

impl fmt::Display for BadFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadFrame::UnknownType(kind) => write!(f, "there is no frame of type {kind}"),
            BadFrame::TooLarge { size, limit } => {
                write!(f, "a frame of {size} bytes is larger than the {limit} that were agreed")
            }
            BadFrame::NoEnd(octet) => write!(f, "a frame ends in {octet:#04x} instead of 0xce"),
            BadFrame::OtherProtocol([id, major, minor, revision]) => write!(
                f,
                "the other side speaks protocol {id}-{major}-{minor}-{revision} and not AMQP 0-9-1"
            ),
        }
    }
}

impl std::error::Error for BadFrame {}

/// A frame as a line of a log.
impl fmt::Display for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} ", self.channel)?;
        match self.kind {
            FrameType::Heartbeat => f.write_str("heartbeat"),
            FrameType::Body => {
                let shown = &self.payload[..self.payload.len().min(64)];
                write!(f, "body of {}: \"{}\"", self.payload.len(), shown.escape_ascii())
            }
            FrameType::Header => match ContentHeader::read(self.payload) {
                Ok(ContentHeader { body_size, properties, problem: None, .. }) => {
                    write!(f, "header, {body_size} to come, {}", properties.in_short())
                }
                Ok(ContentHeader { problem: Some(err), .. }) | Err(err) => {
                    write!(f, "header, malformed: {err}")
                }
            },
            FrameType::Method => match Method::read(self.payload) {
                // The name in front says what the struct's would.
                Ok(method) => write!(f, "{} {method:?}", method.name()),
                Err(err) => write!(f, "method, malformed: {err}"),
            },
        }
    }
}
