//! [`Writer`]: puts the elementary types of AMQP into a buffer, and [`Unencodable`], why it could not.

use std::fmt;

use super::Text;

/// Why something cannot be sent. Nothing of it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unencodable {
    /// A name or short text has so many bytes; AMQP has room for 255.
    TextTooLong(usize),
    /// Arguments, properties or headers do not fit one frame, and may not be split.
    FrameTooLarge {
        /// How many bytes they have.
        size: usize,
        /// How many the two sides agreed on.
        limit: usize,
    },
}

impl fmt::Display for Unencodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unencodable::TextTooLong(size) => {
                write!(f, "a name of {size} bytes is too long for AMQP: 255 may be")
            }
            Unencodable::FrameTooLarge { size, limit } => write!(
                f,
                "arguments or headers of {size} bytes do not fit a frame of {limit}: send less, or \
                 raise `frame_max` on both sides"
            ),
        }
    }
}

impl std::error::Error for Unencodable {}

/// Appends to a buffer.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    /// How many bits the last octet has, while bits follow each other.
    bits: u8,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Writer<'a> {
        Writer { out, bits: 0 }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.bits = 0;
        self.out.extend_from_slice(bytes);
    }

    /// See [`Reader::bit`](super::Reader::bit).
    pub(crate) fn bit(&mut self, bit: bool) {
        if self.bits == 0 {
            self.out.push(0);
        }
        if let Some(octet) = self.out.last_mut() {
            *octet |= u8::from(bit) << self.bits;
        }
        self.bits = (self.bits + 1) % 8;
    }

    pub(crate) fn short_string(&mut self, text: Text<'_>) -> Result<(), Unencodable> {
        let bytes = text.as_bytes();
        let length =
            u8::try_from(bytes.len()).map_err(|_| Unencodable::TextTooLong(bytes.len()))?;
        self.bytes(&[length]);
        self.bytes(bytes);
        Ok(())
    }

    pub(crate) fn long_string(&mut self, bytes: &[u8]) -> Result<(), Unencodable> {
        let limit = u32::MAX as usize;
        let length = u32::try_from(bytes.len())
            .map_err(|_| Unencodable::FrameTooLarge { size: bytes.len(), limit })?;
        self.bytes(&length.to_be_bytes());
        self.bytes(bytes);
        Ok(())
    }
}
