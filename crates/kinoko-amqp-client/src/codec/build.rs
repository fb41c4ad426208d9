//! [`Fields`] and [`Values`]: tables and arrays to be sent, put together in the one buffer they are sent
//! from.

use std::fmt;

use super::{Array, Table, Unencodable, Value, Writer, value::ShortTag};

/// A table to be sent: put together once, sent as often as one likes.
///
/// It may be nested as deep and have as many fields as one frame holds; who reads it has limits of its own, and
/// this client's are [`MAX_DEPTH`](super::MAX_DEPTH) and [`MAX_FIELDS`](super::MAX_FIELDS).
///
/// A name that is longer than 255 bytes is left out with its value, and [`checked`](Fields::checked) says so; whatever
/// takes the whole of this asks it. Who puts headers into a message asks it first.
///
/// ```
/// use kinoko_amqp_client::Fields;
///
/// let arguments = Fields::new().with("x-queue-type", "quorum").with("x-delivery-limit", 5);
/// assert_eq!(arguments.as_table().get("x-delivery-limit").and_then(|it| it.to_i64()), Some(5));
/// ```
#[derive(Clone, Default)]
pub struct Fields {
    bytes: Vec<u8>,
    /// The first thing that could not be written, nested ones included.
    broken: Option<Unencodable>,
}

/// An array to be sent.
#[derive(Clone, Default)]
pub struct Values {
    bytes: Vec<u8>,
    /// As in [`Fields`].
    broken: Option<Unencodable>,
}

/// A table that is put together where it is to lie, within another or within an array.
pub struct NestedFields<'a>(Place<'a>);

/// An array that is put together where it is to lie, within a table or another.
pub struct NestedValues<'a>(Place<'a>);

impl Fields {
    /// A table without fields.
    pub fn new() -> Fields {
        Fields::default()
    }

    /// A table without fields, and room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Fields {
        Fields { bytes: Vec::with_capacity(bytes), broken: None }
    }

    /// Adds a field.
    #[must_use]
    pub fn with<'v>(mut self, name: &str, value: impl Into<Value<'v>>) -> Fields {
        self.insert(name, value);
        self
    }

    /// Adds a field.
    pub fn insert<'v>(&mut self, name: &str, value: impl Into<Value<'v>>) {
        self.place().value(Some(name), value.into());
    }

    /// Adds an array without a copy of it: `fill` adds its values. It is not asked where the name is too long.
    ///
    /// ```
    /// use kinoko_amqp_client::Fields;
    ///
    /// let mut headers = Fields::new();
    /// headers.insert_array("stack", |mut calls| ["a", "b"].iter().for_each(|it| calls.push(*it)));
    /// # assert_eq!(format!("{headers:?}"), r#"{"stack": ["a", "b"]}"#);
    /// ```
    pub fn insert_array(&mut self, name: &str, fill: impl FnOnce(NestedValues<'_>)) {
        self.place().nested(Some(name), b'A', |it| fill(NestedValues(it)));
    }

    /// Adds a table without a copy of it: `fill` adds its fields. It is not asked where the name is too long.
    pub fn insert_table(&mut self, name: &str, fill: impl FnOnce(NestedFields<'_>)) {
        self.place().nested(Some(name), b'F', |it| fill(NestedFields(it)));
    }

    /// The same to add to for code that fills tables however deep they are.
    pub fn as_nested(&mut self) -> NestedFields<'_> {
        NestedFields(self.place())
    }

    /// Whether it has no field.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.broken.is_none()
    }

    /// The table, to be looked at or sent.
    pub fn as_table(&self) -> Table<'_> {
        Table::trusted(&self.bytes, ShortTag::Number)
    }

    /// The table, if all of it can be sent.
    ///
    /// # Errors
    /// When a name is too long, or a text has four gigabytes.
    pub fn checked(&self) -> Result<Table<'_>, Unencodable> {
        self.broken.map_or(Ok(self.as_table()), Err)
    }

    fn place(&mut self) -> Place<'_> {
        Place { bytes: &mut self.bytes, broken: &mut self.broken }
    }
}

impl Values {
    /// An array without values.
    pub fn new() -> Values {
        Values::default()
    }

    /// An array without values, and room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Values {
        Values { bytes: Vec::with_capacity(bytes), broken: None }
    }

    /// Adds a value.
    pub fn push<'v>(&mut self, value: impl Into<Value<'v>>) {
        self.place().value(None, value.into());
    }

    /// Adds an array without a copy of it: `fill` adds its values.
    pub fn push_array(&mut self, fill: impl FnOnce(NestedValues<'_>)) {
        self.place().nested(None, b'A', |it| fill(NestedValues(it)));
    }

    /// Adds a table without a copy of it: `fill` adds its fields.
    pub fn push_table(&mut self, fill: impl FnOnce(NestedFields<'_>)) {
        self.place().nested(None, b'F', |it| fill(NestedFields(it)));
    }

    /// The array, to be looked at or put into a table.
    pub fn as_array(&self) -> Array<'_> {
        Array::trusted(&self.bytes, ShortTag::Number)
    }

    /// The array, if all of it can be sent.
    ///
    /// # Errors
    /// When a name in a table in it is too long, or a text has four gigabytes.
    pub fn checked(&self) -> Result<Array<'_>, Unencodable> {
        self.broken.map_or(Ok(self.as_array()), Err)
    }

    fn place(&mut self) -> Place<'_> {
        Place { bytes: &mut self.bytes, broken: &mut self.broken }
    }
}

impl NestedFields<'_> {
    /// As [`Fields::insert`].
    pub fn insert<'v>(&mut self, name: &str, value: impl Into<Value<'v>>) {
        self.0.value(Some(name), value.into());
    }

    /// As [`Fields::insert_array`].
    pub fn insert_array(&mut self, name: &str, fill: impl FnOnce(NestedValues<'_>)) {
        self.0.nested(Some(name), b'A', |it| fill(NestedValues(it)));
    }

    /// As [`Fields::insert_table`].
    pub fn insert_table(&mut self, name: &str, fill: impl FnOnce(NestedFields<'_>)) {
        self.0.nested(Some(name), b'F', |it| fill(NestedFields(it)));
    }
}

impl NestedValues<'_> {
    /// As [`Values::push`].
    pub fn push<'v>(&mut self, value: impl Into<Value<'v>>) {
        self.0.value(None, value.into());
    }

    /// As [`Values::push_array`].
    pub fn push_array(&mut self, fill: impl FnOnce(NestedValues<'_>)) {
        self.0.nested(None, b'A', |it| fill(NestedValues(it)));
    }

    /// As [`Values::push_table`].
    pub fn push_table(&mut self, fill: impl FnOnce(NestedFields<'_>)) {
        self.0.nested(None, b'F', |it| fill(NestedFields(it)));
    }
}

/// Where the next field or value is put: behind all there is.
struct Place<'a> {
    bytes: &'a mut Vec<u8>,
    broken: &'a mut Option<Unencodable>,
}

impl Place<'_> {
    /// Writes a value, behind its name if it has one.
    fn value(&mut self, name: Option<&str>, value: Value<'_>) {
        self.put(name, |to| value.write(to));
    }

    /// Writes a table or an array: its tag, its length, and what `fill` puts there.
    fn nested(&mut self, name: Option<&str>, tag: u8, fill: impl FnOnce(Place<'_>)) {
        let begin = self.bytes.len();
        let begun = self.put(name, |to| {
            to.bytes(&[tag]);
            to.bytes(&[0; LENGTH]);
            Ok(())
        });
        if begun {
            let start = self.bytes.len();
            let filling = Filling { place: self, begin, start };
            let Place { bytes, broken } = &mut *filling.place;
            fill(Place { bytes, broken });
        }
    }

    /// Writes a name and what follows it, or nothing. Whether it was written.
    fn put(
        &mut self,
        name: Option<&str>,
        write: impl FnOnce(&mut Writer<'_>) -> Result<(), Unencodable>,
    ) -> bool {
        let end = self.bytes.len();
        let mut to = Writer::new(self.bytes);
        let name = name.map_or(Ok(()), |it| to.short_string(it.into()));
        let written = name.and_then(|()| write(&mut to));
        if let Err(err) = written {
            self.bytes.truncate(end);
            self.broken.get_or_insert(err);
        }
        written.is_ok()
    }
}

/// How many bytes the length of a table or an array has.
const LENGTH: usize = size_of::<u32>();

/// Says in the end how long a table or an array has become, whatever that end is.
struct Filling<'a, 'b> {
    place: &'a mut Place<'b>,
    begin: usize,
    start: usize,
}

impl Drop for Filling<'_, '_> {
    fn drop(&mut self) {
        let Filling { place, begin, start } = self;
        let size = place.bytes.len() - *start;
        match u32::try_from(size) {
            Ok(length) => {
                place.bytes[*start - LENGTH..*start].copy_from_slice(&length.to_be_bytes());
            }
            Err(_) => {
                place.bytes.truncate(*begin);
                let limit = u32::MAX as usize;
                place.broken.get_or_insert(Unencodable::FrameTooLarge { size, limit });
            }
        }
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
