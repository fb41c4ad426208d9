//! [`Table`] and [`Array`]: fields as they lie on the wire, looked at without taking them apart.
//!
//! That a table is well-formed, not nested too deep and not too long is checked once, without
//! recursion, when it is received. What is nested is a slice of the same bytes, so looking at one
//! level never touches the next.

use std::{
    borrow::Cow,
    fmt,
    hash::{Hash, Hasher},
};

use super::{Malformed, Reader, Text, Unencodable, Value, Writer, value::ShortTag};

/// How deep tables and arrays may be nested, the outermost counted.
pub const MAX_DEPTH: usize = 32;
/// How many fields a table may have, those of nested ones counted.
pub const MAX_FIELDS: usize = 8192;

/// A table: fields with names. Cheap to copy; it borrows the bytes it was received in, or those of a
/// [`Fields`](super::Fields).
#[derive(Clone, Copy, Default)]
pub struct Table<'a> {
    bytes: &'a [u8],
    short: ShortTag,
}

/// An array: fields without names.
#[derive(Clone, Copy, Default)]
pub struct Array<'a> {
    bytes: &'a [u8],
    short: ShortTag,
}

impl<'a> Table<'a> {
    /// A table of which it is checked that all of it can be read.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(bytes: &'a [u8]) -> Result<Table<'a>, Malformed> {
        check(bytes, true).map(|short| Table { bytes, short })
    }

    pub(crate) fn trusted(bytes: &'a [u8], short: ShortTag) -> Table<'a> {
        Table { bytes, short }
    }

    /// How `s` is meant in it.
    pub(crate) fn short_tag(self) -> ShortTag {
        self.short
    }

    /// The field of that name; the first, should there be several.
    pub fn get(self, name: &str) -> Option<Value<'a>> {
        self.iter().find(|(it, _)| *it == name).map(|(_, value)| value)
    }

    /// The fields in the order they were sent.
    pub fn iter(self) -> impl Iterator<Item = (Text<'a>, Value<'a>)> {
        let mut rest = Reader::new(self.bytes);
        std::iter::from_fn(move || {
            let name = rest.short_string().ok()?;
            Some((name, Value::read(&mut rest, self.short).ok()?))
        })
    }

    /// Whether it has no field.
    pub fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// What is on the wire, without the length before it.
    pub fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// What is sent for it: `s` is a number to RabbitMQ, so where it was a short string it becomes a long one.
    pub(super) fn to_send(self) -> Result<Cow<'a, [u8]>, Unencodable> {
        if self.short == ShortTag::Number {
            return Ok(Cow::Borrowed(self.bytes));
        }
        let mut bytes = Vec::with_capacity(self.bytes.len() * 2);
        for (name, value) in self.iter() {
            let mut to = Writer::new(&mut bytes);
            to.short_string(name)?;
            value.write(&mut to)?;
        }
        Ok(Cow::Owned(bytes))
    }
}

impl<'a> Array<'a> {
    /// An array of which it is checked that all of it can be read.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(bytes: &'a [u8]) -> Result<Array<'a>, Malformed> {
        check(bytes, false).map(|short| Array { bytes, short })
    }

    pub(crate) fn trusted(bytes: &'a [u8], short: ShortTag) -> Array<'a> {
        Array { bytes, short }
    }

    /// The values in order.
    pub fn iter(self) -> impl Iterator<Item = Value<'a>> {
        let mut rest = Reader::new(self.bytes);
        std::iter::from_fn(move || {
            if rest.is_empty() { None } else { Value::read(&mut rest, self.short).ok() }
        })
    }

    /// What is on the wire, without the length before it.
    pub fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// As [`Table::to_send`].
    pub(super) fn to_send(self) -> Result<Cow<'a, [u8]>, Unencodable> {
        if self.short == ShortTag::Number {
            return Ok(Cow::Borrowed(self.bytes));
        }
        let mut bytes = Vec::with_capacity(self.bytes.len() * 2);
        for value in self.iter() {
            value.write(&mut Writer::new(&mut bytes))?;
        }
        Ok(Cow::Owned(bytes))
    }
}

/// That every field can be read to its end, and how `s` is meant.
fn check(bytes: &[u8], named: bool) -> Result<ShortTag, Malformed> {
    match check_as(bytes, named, ShortTag::Number) {
        Ok(()) => Ok(ShortTag::Number),
        Err(err @ (Malformed::TooDeep | Malformed::TooManyFields)) => Err(err),
        // Only a table with an `s` in it can be read the other way.
        Err(err) if bytes.contains(&b's') => {
            check_as(bytes, named, ShortTag::Text).map(|()| ShortTag::Text).map_err(|_| err)
        }
        Err(err) => Err(err),
    }
}

fn check_as(bytes: &[u8], named: bool, short: ShortTag) -> Result<(), Malformed> {
    // Where each table or array that was begun ends, as what is left behind it, and whether its
    // fields have names.
    let mut outer = [(0, false); MAX_DEPTH];
    let (mut depth, mut fields) = (1, 0);
    let mut rest = Reader::new(bytes);
    outer[0] = (0, named);
    loop {
        let (left, named) = outer[depth - 1];
        if rest.rest().len() == left {
            depth -= 1;
            if depth == 0 {
                return Ok(());
            }
            continue;
        }
        fields += 1;
        if fields > MAX_FIELDS {
            return Err(Malformed::TooManyFields);
        }
        if named {
            rest.short_string()?;
        }
        if let [tag @ (b'A' | b'F'), ..] = *rest.rest() {
            rest.u8()?;
            let length = rest.u32()? as usize;
            let behind = rest.rest().len().checked_sub(length).ok_or(Malformed::Truncated)?;
            if behind < left {
                return Err(Malformed::Truncated);
            }
            let place = outer.get_mut(depth).ok_or(Malformed::TooDeep)?;
            *place = (behind, tag == b'F');
            depth += 1;
        } else {
            Value::read(&mut rest, short)?;
        }
        if rest.rest().len() < outer[depth - 1].0 {
            return Err(Malformed::Truncated);
        }
    }
}

impl PartialEq for Table<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Hash for Table<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl PartialEq for Array<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl fmt::Debug for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl fmt::Debug for Array<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
