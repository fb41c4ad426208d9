//! [`Fields`] and [`Values`]: tables and arrays to be sent, put together in the one buffer they are sent
//! from.

use std::fmt;

use super::{Array, Table, Unencodable, Value, Writer, value::ShortTag};

/// A table to be sent: put together once, sent as often as one likes.
///
/// It may be nested as deep and have as many fields as one frame holds; who reads it has limits of its own, and
/// this client's are [`MAX_DEPTH`](super::MAX_DEPTH) and [`MAX_FIELDS`](super::MAX_FIELDS).
///
/// ```
/// use kinoko_amqp_client::Fields;
///
/// let arguments = Fields::new().with("x-queue-type", "quorum").with("x-delivery-limit", 5);
/// assert_eq!(arguments.as_table().get("x-delivery-limit").and_then(|it| it.to_i64()), Some(5));
/// ```
#[derive(Clone, Default)]
pub struct Fields(Buffer);

/// An array to be sent.
#[derive(Clone, Default)]
pub struct Values(Buffer);

impl Fields {
    /// A table without fields.
    pub fn new() -> Fields {
        Fields::default()
    }

    /// A table without fields, and room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Fields {
        Fields(Buffer::with_capacity(bytes))
    }

    /// Adds a field.
    #[must_use]
    pub fn with<'v>(mut self, name: &str, value: impl Into<Value<'v>>) -> Fields {
        self.insert(name, value);
        self
    }

    /// Adds a field. A name that is longer than 255 bytes is told of when the table is sent.
    pub fn insert<'v>(&mut self, name: &str, value: impl Into<Value<'v>>) {
        let value = value.into();
        self.0.put(|to| to.short_string(name.into()).and_then(|()| value.write(to)));
    }

    /// Adds an array where it is to lie, without a copy: `fill` adds its values.
    ///
    /// ```
    /// use kinoko_amqp_client::Fields;
    ///
    /// let mut headers = Fields::new();
    /// headers.insert_array("stack", |calls| ["a", "b"].iter().for_each(|it| calls.push(*it)));
    /// # assert_eq!(format!("{headers:?}"), r#"{"stack": ["a", "b"]}"#);
    /// ```
    pub fn insert_array(&mut self, name: &str, fill: impl FnOnce(&mut Values)) {
        self.0.nest(Some(name), b'A', in_values(fill));
    }

    /// Adds a table where it is to lie, without a copy: `fill` adds its fields.
    pub fn insert_table(&mut self, name: &str, fill: impl FnOnce(&mut Fields)) {
        self.0.nest(Some(name), b'F', in_fields(fill));
    }

    /// Whether it has no field.
    pub fn is_empty(&self) -> bool {
        self.0.as_bytes().is_empty() && self.0.broken.is_none()
    }

    /// The table, to be looked at or sent.
    pub fn as_table(&self) -> Table<'_> {
        Table::trusted(self.0.as_bytes(), ShortTag::Number)
    }

    /// The table, if all of it can be sent.
    ///
    /// # Errors
    /// When a name is too long.
    pub fn checked(&self) -> Result<Table<'_>, Unencodable> {
        self.0.broken.map_or(Ok(self.as_table()), Err)
    }
}

impl Values {
    /// An array without values.
    pub fn new() -> Values {
        Values::default()
    }

    /// An array without values, and room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Values {
        Values(Buffer::with_capacity(bytes))
    }

    /// Adds a value.
    pub fn push<'v>(&mut self, value: impl Into<Value<'v>>) {
        let value = value.into();
        // Only a string of four gigabytes cannot be written.
        self.0.put(|to| value.write(to));
    }

    /// Adds an array where it is to lie, without a copy: `fill` adds its values.
    pub fn push_array(&mut self, fill: impl FnOnce(&mut Values)) {
        self.0.nest(None, b'A', in_values(fill));
    }

    /// Adds a table where it is to lie, without a copy: `fill` adds its fields.
    pub fn push_table(&mut self, fill: impl FnOnce(&mut Fields)) {
        self.0.nest(None, b'F', in_fields(fill));
    }

    /// The array, to be looked at or put into a table.
    pub fn as_array(&self) -> Array<'_> {
        Array::trusted(self.0.as_bytes(), ShortTag::Number)
    }
}

/// What a table or an array is put together in. One that is nested is put together in the buffer of the
/// outermost, which it has while it grows.
#[derive(Clone, Default)]
struct Buffer {
    bytes: Vec<u8>,
    /// Where in it this one begins.
    start: usize,
    /// The first thing that could not be written, nested ones included. It is told when the table is sent.
    broken: Option<Unencodable>,
}

impl Buffer {
    fn with_capacity(bytes: usize) -> Buffer {
        Buffer { bytes: Vec::with_capacity(bytes), ..Buffer::default() }
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// Writes all of something, or nothing.
    fn put(&mut self, write: impl FnOnce(&mut Writer<'_>) -> Result<(), Unencodable>) {
        let end = self.bytes.len();
        if let Err(err) = write(&mut Writer::new(&mut self.bytes)) {
            self.bytes.truncate(end);
            self.broken.get_or_insert(err);
        }
    }

    /// Writes a table or an array: its name if it has one, its tag, its length, and what `fill` puts
    /// into the buffer it is lent.
    fn nest(&mut self, name: Option<&str>, tag: u8, fill: impl FnOnce(Buffer) -> Buffer) {
        let end = self.bytes.len();
        let length = [0; size_of::<u32>()];
        self.put(|to| {
            name.map_or(Ok(()), |it| to.short_string(it.into()))?;
            to.bytes(&[tag]);
            to.bytes(&length);
            Ok(())
        });
        if self.bytes.len() == end {
            return;
        }
        let start = self.bytes.len();
        let bytes = std::mem::take(&mut self.bytes);
        let filled = fill(Buffer { bytes, start, broken: self.broken });
        (self.bytes, self.broken) = (filled.bytes, filled.broken);
        let size = self.bytes.len() - start;
        match u32::try_from(size) {
            Ok(length) => self.bytes[start - 4..start].copy_from_slice(&length.to_be_bytes()),
            Err(_) => {
                let limit = u32::MAX as usize;
                self.bytes.truncate(end);
                self.broken.get_or_insert(Unencodable::FrameTooLarge { size, limit });
            }
        }
    }
}

fn in_values(fill: impl FnOnce(&mut Values)) -> impl FnOnce(Buffer) -> Buffer {
    |buffer| {
        let mut values = Values(buffer);
        fill(&mut values);
        values.0
    }
}

fn in_fields(fill: impl FnOnce(&mut Fields)) -> impl FnOnce(Buffer) -> Buffer {
    |buffer| {
        let mut fields = Fields(buffer);
        fill(&mut fields);
        fields.0
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_table().fmt(f)
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_array().fmt(f)
    }
}
