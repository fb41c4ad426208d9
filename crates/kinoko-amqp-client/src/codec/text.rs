//! [`Text`]: what AMQP calls a short string, which need not be text.

use std::{borrow::Cow, fmt};

/// A name or a short text of a message: at most 255 bytes when it is sent, and of any encoding when it
/// is received.
///
/// ```
/// use kinoko_amqp_client::Text;
///
/// assert_eq!(Text::from("orders").to_str(), Some("orders"));
/// assert_eq!(Text::from(&[0xff][..]).to_str(), None);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    /// The bytes, whatever they are.
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The text, if it is UTF-8.
    pub fn to_str(self) -> Option<&'a str> {
        str::from_utf8(self.0).ok()
    }

    /// The text, with what is not UTF-8 replaced.
    pub fn to_str_lossy(self) -> Cow<'a, str> {
        // Nearly always it is, and to check that is several times faster than to look for what to replace.
        self.to_str().map_or_else(|| String::from_utf8_lossy(self.0), Cow::Borrowed)
    }

    /// Whether it has no bytes.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Text<'a> {
        Text(text.as_bytes())
    }
}

impl<'a> From<&'a String> for Text<'a> {
    fn from(text: &'a String) -> Text<'a> {
        Text(text.as_bytes())
    }
}

impl<'a> From<&'a [u8]> for Text<'a> {
    fn from(bytes: &'a [u8]) -> Text<'a> {
        Text(bytes)
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_str_lossy())
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}
