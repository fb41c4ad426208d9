//! [`Reader`]: takes the elementary types of AMQP off a payload, and [`Malformed`], why it could not.

use std::fmt;

use super::{Table, Text};

/// Why bytes that were received are not what they ought to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// It ends before what it announces.
    Truncated,
    /// Something is left behind its end.
    Trailing,
    /// There is no such method.
    UnknownMethod {
        /// The class's number.
        class: u16,
        /// The method's number in it.
        method: u16,
    },
    /// A field of a table has a type nobody knows.
    UnknownFieldType(u8),
    /// Tables and arrays are nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    TooDeep,
    /// A table has, with all it holds, more than [`MAX_FIELDS`](super::MAX_FIELDS) fields.
    TooManyFields,
    /// The flags of properties name some that do not exist.
    UnknownProperty,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::Truncated => f.write_str("it ends too early"),
            Malformed::Trailing => f.write_str("it has bytes behind its end"),
            Malformed::UnknownMethod { class, method } => {
                write!(f, "there is no method {method} in class {class}")
            }
            Malformed::UnknownFieldType(tag) => {
                write!(f, "a field has the unknown type `{}`", tag.escape_ascii())
            }
            Malformed::TooDeep => {
                write!(f, "tables are nested deeper than {} levels", super::MAX_DEPTH)
            }
            Malformed::TooManyFields => {
                write!(f, "a table has more than {} fields", super::MAX_FIELDS)
            }
            Malformed::UnknownProperty => f.write_str("it has a property nobody knows"),
        }
    }
}

impl std::error::Error for Malformed {}

/// What can be read from, and written as, an argument of a method.
pub(crate) trait Field<'a>: Sized {
    fn read(from: &mut Reader<'a>) -> Result<Self, Malformed>;
    fn write(&self, to: &mut super::Writer<'_>) -> Result<(), super::Unencodable>;
}

/// A cursor over a payload.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    /// The octet of bits that was begun, and how many of them were taken.
    bits: (u8, u8),
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes, bits: (0, 8) }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// That nothing is left.
    pub(crate) fn end(&self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed::Trailing) }
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Malformed::Truncated)?;
        (self.rest, self.bits) = (rest, (0, 8));
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(Malformed::Truncated)?;
        (self.rest, self.bits) = (rest, (0, 8));
        Ok(*taken)
    }

    /// Bits that follow each other share an octet, the first in its lowest place.
    pub(crate) fn bit(&mut self) -> Result<bool, Malformed> {
        let (mut octet, mut taken) = self.bits;
        if taken == 8 {
            ([octet], taken) = (self.array()?, 0);
        }
        self.bits = (octet, taken + 1);
        Ok(octet >> taken & 1 == 1)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn short_string(&mut self) -> Result<Text<'a>, Malformed> {
        let length = self.u8()?;
        self.take(length.into()).map(Text::from)
    }

    pub(crate) fn long_string(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.u32()?;
        self.take(length as usize)
    }

    pub(crate) fn table(&mut self) -> Result<Table<'a>, Malformed> {
        Table::parse(self.long_string()?)
    }
}
