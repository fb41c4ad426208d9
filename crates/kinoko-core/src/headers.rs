//! [`Headers`]: what travels beside a body, in the types that AMQP field tables have.

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use bytes::Bytes;

/// As many as are searched from the front.
const A_HANDFUL: usize = 32;

/// Names and values beside a message's body, in the order they were set.
///
/// Messages carry a handful, so a list searched from the front is smaller and faster than a map.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Headers(Vec<(Cow<'static, str>, HeaderValue)>);

/// One header's value. Cheap to clone, as what came with a call goes on with every call it makes.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum HeaderValue {
    /// AMQP's void, Python's `None`.
    Null,
    /// A boolean.
    Bool(bool),
    /// Any integer that fits 64 bits.
    Int(i64),
    /// Any floating point number.
    Float(f64),
    /// Text.
    Str(Arc<str>),
    /// Bytes that are not text.
    Bytes(Bytes),
    /// Seconds since the Unix epoch.
    Timestamp(u64),
    /// A list.
    List(Arc<[HeaderValue]>),
    /// A table.
    Map(Headers),
}

impl Headers {
    /// No headers. Allocates nothing.
    pub const fn new() -> Headers {
        Headers(Vec::new())
    }

    /// No headers yet, and room for that many.
    pub fn with_capacity(capacity: usize) -> Headers {
        Headers(Vec::with_capacity(capacity))
    }

    /// The value under that name.
    pub fn get(&self, name: &str) -> Option<&HeaderValue> {
        self.0.iter().find(|(it, _)| it == name).map(|(_, value)| value)
    }

    /// The value under that name, when it is text.
    pub fn get_str(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(HeaderValue::as_str)
    }

    /// Sets the value under that name, whether there was one or not.
    pub fn insert(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<HeaderValue>) {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|(it, _)| *it == name) {
            Some(entry) => entry.1 = value,
            None => self.0.push((name, value)),
        }
    }

    /// Takes the value under that name out.
    pub fn remove(&mut self, name: &str) -> Option<HeaderValue> {
        let index = self.0.iter().position(|(it, _)| it == name)?;
        Some(self.0.remove(index).1)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &HeaderValue)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// The same as they are kept: to copy a name that is static costs nothing.
    pub(crate) fn entries(&self) -> std::slice::Iter<'_, (Cow<'static, str>, HeaderValue)> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl IntoIterator for Headers {
    type Item = (Cow<'static, str>, HeaderValue);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<N: Into<Cow<'static, str>>, V: Into<HeaderValue>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(entries: I) -> Headers {
        let mut headers = Headers::new();
        // Whoever sends thousands should not have each looked for among all before it.
        let mut places = HashMap::new();
        for (name, value) in entries {
            let (name, value) = (name.into(), value.into());
            if headers.len() <= A_HANDFUL {
                headers.insert(name, value);
                continue;
            }
            if places.is_empty() {
                places
                    .extend(headers.0.iter().zip(0..).map(|((it, _), place)| (it.clone(), place)));
            }
            match places.entry(name) {
                Entry::Occupied(place) => headers.0[*place.get()].1 = value,
                Entry::Vacant(place) => {
                    headers.0.push((place.key().clone(), value));
                    place.insert(headers.len() - 1);
                }
            }
        }
        headers
    }
}

impl HeaderValue {
    /// The text, when it is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            HeaderValue::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The integer, when it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            HeaderValue::Int(number) => Some(*number),
            _ => None,
        }
    }
}

macro_rules! from {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl From<$type> for HeaderValue {
            fn from(value: $type) -> HeaderValue {
                HeaderValue::$variant(value.into())
            }
        }
    )*};
}

from! {
    bool => Bool,
    i32 => Int,
    i64 => Int,
    u32 => Int,
    f64 => Float,
    &str => Str,
    String => Str,
    Arc<str> => Str,
    Bytes => Bytes,
    Vec<HeaderValue> => List,
    Arc<[HeaderValue]> => List,
    Headers => Map,
}

#[cfg(test)]
mod tests {
    use super::{HeaderValue, Headers};

    #[test]
    fn setting_twice_keeps_one() {
        let mut headers = Headers::new();
        headers.insert("nameko.language", "fr");
        headers.insert("nameko.language", "en");
        assert_eq!(headers.len(), 1);
        assert_eq!(headers.get_str("nameko.language"), Some("en"));
        assert_eq!(headers.remove("nameko.language"), Some(HeaderValue::from("en")));
        assert!(headers.is_empty());
    }

    #[test]
    fn of_many_the_last_of_a_name_counts() {
        let headers: Headers = (0..1000).map(|it| ((it % 300).to_string(), it)).collect();
        assert_eq!(headers.len(), 300);
        assert_eq!(headers.get("7"), Some(&HeaderValue::Int(907)));
        assert_eq!(headers.get("299"), Some(&HeaderValue::Int(899)));
        assert_eq!(headers.iter().next(), Some(("0", &HeaderValue::Int(900))));
    }
}
