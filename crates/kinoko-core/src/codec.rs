//! Bytes to arguments and results to bytes: JSON, as Nameko has it.
//!
//! A body is decoded once, from the buffer it arrived in, into the types of the method; a result is
//! encoded once, into the buffer it leaves in.

pub(crate) mod arguments;
pub(crate) mod body;
pub(crate) mod envelope;
pub(crate) mod lenient;
pub(crate) mod signature;

use std::borrow::Cow;

use bytes::Bytes;
use serde::Serialize;

use crate::{Fault, FaultKind, secret};

pub use arguments::Arguments;
pub use signature::{FromArguments, Param, SchemaOf, Signature};

/// What stands before a result in a reply, so that a result is encoded in the place it is sent from.
const BEFORE_RESULT: &str = "{\"result\": ";
const AFTER_RESULT: &str = ", \"error\": null}";

/// A value encoded as JSON, with room around it for what a reply wraps it in.
#[derive(Debug, Default)]
pub struct Encoded(Vec<u8>);

impl Encoded {
    /// Encodes a value.
    ///
    /// # Errors
    /// [`FaultKind::UnserializableValue`] when the type refuses, or a map has keys that are not
    /// strings.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Encoded, Fault> {
        let mut buffer = Vec::with_capacity(128);
        buffer.extend_from_slice(BEFORE_RESULT.as_bytes());
        write(&mut buffer, value).map_err(|err| {
            Fault::new(FaultKind::UnserializableValue, format!("Unserializable value: {err}"))
        })?;
        Ok(Encoded(buffer))
    }

    /// The value alone; `null` when there is none.
    pub fn value(&self) -> &[u8] {
        self.0.get(BEFORE_RESULT.len()..).unwrap_or(b"null")
    }

    /// The value in the envelope of a successful reply.
    pub(crate) fn into_reply(mut self) -> Bytes {
        if self.0.is_empty() {
            self.0.extend_from_slice(BEFORE_RESULT.as_bytes());
            self.0.extend_from_slice(b"null");
        }
        self.0.extend_from_slice(AFTER_RESULT.as_bytes());
        Bytes::from(self.0)
    }
}

/// Writes a value where it goes on the wire: a secret as it is, for whom it is meant.
pub(crate) fn write<T: Serialize + ?Sized>(
    buffer: &mut Vec<u8>,
    value: &T,
) -> serde_json::Result<()> {
    secret::revealed(|| serde_json::to_writer(buffer, value))
}

/// As much of a text that quotes what somebody sent as a reply or a log should have.
pub(crate) fn excerpt(text: &str) -> Cow<'_, str> {
    const MOST: usize = 300;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Whether a body is an object. serde reads a struct from a list as well, and neither a request nor
/// a reply is one.
pub(crate) fn is_object(body: &str) -> bool {
    body.trim_ascii_start().starts_with('{')
}

#[cfg(test)]
mod tests {
    use super::Encoded;

    #[test]
    fn a_result_is_encoded_in_its_envelope() {
        let encoded = Encoded::json("Hello, Matt!").unwrap();
        assert_eq!(encoded.value(), b"\"Hello, Matt!\"");
        assert_eq!(encoded.into_reply(), &b"{\"result\": \"Hello, Matt!\", \"error\": null}"[..]);
        assert_eq!(Encoded::default().value(), b"null");
        assert_eq!(Encoded::default().into_reply(), &b"{\"result\": null, \"error\": null}"[..]);
    }
}
