//! [`Value`]: a field of a table.

use std::fmt;

use super::{Array, Malformed, Reader, Table, Unencodable, Writer};

/// One value, as AMQP's tables and arrays hold them.
///
/// The letters are those of [RabbitMQ's errata](https://www.rabbitmq.com/amqp-0-9-1-errata), which is
/// what brokers and clients really send; where the specification differs, both are read.
#[derive(Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// `V`.
    Void,
    /// `t`.
    Bool(bool),
    /// `b`.
    I8(i8),
    /// `B`.
    U8(u8),
    /// `s`, and the specification's `U`.
    I16(i16),
    /// `u`.
    U16(u16),
    /// `I`.
    I32(i32),
    /// `i`.
    U32(u32),
    /// `l`, and the specification's `L`.
    I64(i64),
    /// `f`.
    F32(f32),
    /// `d`.
    F64(f64),
    /// `D`: `unscaled` with so many digits behind the point.
    Decimal {
        /// How many of the digits stand behind the point.
        scale: u8,
        /// The digits.
        unscaled: i32,
    },
    /// `T`: seconds since 1970.
    Timestamp(u64),
    /// `S`; and `s` where it can only be a short string.
    Text(&'a [u8]),
    /// `x`.
    Bytes(&'a [u8]),
    /// `A`.
    Array(Array<'a>),
    /// `F`.
    Table(Table<'a>),
}

/// How `s` is read: RabbitMQ means a number of two octets by it, the specification a short string. A
/// table uses one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ShortTag {
    #[default]
    Number,
    Text,
}

impl<'a> Value<'a> {
    /// The text, of a long or short string that is UTF-8.
    pub fn to_str(self) -> Option<&'a str> {
        match self {
            Value::Text(bytes) => str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// The number, of whatever width.
    pub fn to_i64(self) -> Option<i64> {
        match self {
            Value::I8(it) => Some(it.into()),
            Value::U8(it) => Some(it.into()),
            Value::I16(it) => Some(it.into()),
            Value::U16(it) => Some(it.into()),
            Value::I32(it) => Some(it.into()),
            Value::U32(it) => Some(it.into()),
            Value::I64(it) => Some(it),
            _ => None,
        }
    }

    /// Reads a value whose insides are known to be well-formed.
    pub(crate) fn read(from: &mut Reader<'a>, short: ShortTag) -> Result<Value<'a>, Malformed> {
        Ok(match from.u8()? {
            b'V' => Value::Void,
            b't' => Value::Bool(from.u8()? != 0),
            b'b' => Value::I8(i8::from_be_bytes(from.array()?)),
            b'B' => Value::U8(from.u8()?),
            b's' if short == ShortTag::Text => Value::Text(from.short_string()?.as_bytes()),
            b's' | b'U' => Value::I16(i16::from_be_bytes(from.array()?)),
            b'u' => Value::U16(from.u16()?),
            b'I' => Value::I32(i32::from_be_bytes(from.array()?)),
            b'i' => Value::U32(from.u32()?),
            b'l' | b'L' => Value::I64(i64::from_be_bytes(from.array()?)),
            b'f' => Value::F32(f32::from_be_bytes(from.array()?)),
            b'd' => Value::F64(f64::from_be_bytes(from.array()?)),
            b'D' => {
                let scale = from.u8()?;
                Value::Decimal { scale, unscaled: i32::from_be_bytes(from.array()?) }
            }
            b'T' => Value::Timestamp(from.u64()?),
            b'S' => Value::Text(from.long_string()?),
            b'x' => Value::Bytes(from.long_string()?),
            b'A' => Value::Array(Array::trusted(from.long_string()?, short)),
            b'F' => Value::Table(Table::trusted(from.long_string()?, short)),
            tag => return Err(Malformed::UnknownFieldType(tag)),
        })
    }

    pub(crate) fn write(self, to: &mut Writer<'_>) -> Result<(), Unencodable> {
        let mut fixed = |tag: u8, bytes: &[u8]| {
            to.bytes(&[tag]);
            to.bytes(bytes);
        };
        match self {
            Value::Void => fixed(b'V', &[]),
            Value::Bool(it) => fixed(b't', &[it.into()]),
            Value::I8(it) => fixed(b'b', &it.to_be_bytes()),
            Value::U8(it) => fixed(b'B', &[it]),
            Value::I16(it) => fixed(b's', &it.to_be_bytes()),
            Value::U16(it) => fixed(b'u', &it.to_be_bytes()),
            Value::I32(it) => fixed(b'I', &it.to_be_bytes()),
            Value::U32(it) => fixed(b'i', &it.to_be_bytes()),
            Value::I64(it) => fixed(b'l', &it.to_be_bytes()),
            Value::F32(it) => fixed(b'f', &it.to_be_bytes()),
            Value::F64(it) => fixed(b'd', &it.to_be_bytes()),
            Value::Decimal { scale, unscaled } => {
                fixed(b'D', &[scale]);
                to.bytes(&unscaled.to_be_bytes());
            }
            Value::Timestamp(it) => fixed(b'T', &it.to_be_bytes()),
            Value::Text(it) => return long(to, b'S', it),
            Value::Bytes(it) => return long(to, b'x', it),
            Value::Array(it) => return long(to, b'A', &it.to_send()?),
            Value::Table(it) => return long(to, b'F', &it.to_send()?),
        }
        Ok(())
    }
}

fn long(to: &mut Writer<'_>, tag: u8, bytes: &[u8]) -> Result<(), Unencodable> {
    to.bytes(&[tag]);
    to.long_string(bytes)
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Value<'a> {
        Value::Text(text.as_bytes())
    }
}

impl From<bool> for Value<'_> {
    fn from(it: bool) -> Self {
        Value::Bool(it)
    }
}

impl From<i32> for Value<'_> {
    fn from(it: i32) -> Self {
        Value::I32(it)
    }
}

impl From<i64> for Value<'_> {
    fn from(it: i64) -> Self {
        Value::I64(it)
    }
}

impl From<f64> for Value<'_> {
    fn from(it: f64) -> Self {
        Value::F64(it)
    }
}

impl<'a> From<Table<'a>> for Value<'a> {
    fn from(it: Table<'a>) -> Value<'a> {
        Value::Table(it)
    }
}

impl<'a> From<Array<'a>> for Value<'a> {
    fn from(it: Array<'a>) -> Value<'a> {
        Value::Array(it)
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Void => f.write_str("void"),
            Value::Bool(it) => it.fmt(f),
            Value::I8(it) => it.fmt(f),
            Value::U8(it) => it.fmt(f),
            Value::I16(it) => it.fmt(f),
            Value::U16(it) => it.fmt(f),
            Value::I32(it) => it.fmt(f),
            Value::U32(it) => it.fmt(f),
            Value::I64(it) => it.fmt(f),
            Value::F32(it) => it.fmt(f),
            Value::F64(it) => it.fmt(f),
            Value::Decimal { scale, unscaled } => write!(f, "{unscaled}e-{scale}"),
            Value::Timestamp(it) => write!(f, "@{it}"),
            Value::Text(it) => write!(f, "\"{}\"", it.escape_ascii()),
            Value::Bytes(it) => write!(f, "b\"{}\"", it.escape_ascii()),
            Value::Array(it) => it.fmt(f),
            Value::Table(it) => it.fmt(f),
        }
    }
}
