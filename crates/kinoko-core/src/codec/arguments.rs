//! [`Arguments`]: what a caller sends, written straight into a request's body.

use bytes::Bytes;
use serde::Serialize;

use super::write;
use crate::{Fault, FaultKind};

/// What stands before the keyword arguments of a request that has no others, as Python writes it too.
pub(super) const BEFORE_KWARGS: &str = "{\"args\": [], \"kwargs\": ";
pub(super) const AFTER_KWARGS: char = '}';

/// The arguments of a call, by name: a request's body in the making.
///
/// Arguments go by name because a name can be added to a method and a position cannot.
///
/// ```
/// let mut args = kinoko_core::codec::Arguments::new();
/// args.add("sku", "enoki");
/// args.add_if("quantity", &None::<u32>);
/// assert_eq!(&args.into_body().unwrap()[..], br#"{"args": [], "kwargs": {"sku": "enoki"}}"#);
/// ```
#[derive(Debug)]
pub struct Arguments {
    buffer: Vec<u8>,
    failed: Option<String>,
}

impl Arguments {
    /// No arguments yet.
    pub fn new() -> Arguments {
        let mut buffer = Vec::with_capacity(256);
        buffer.extend_from_slice(BEFORE_KWARGS.as_bytes());
        buffer.push(b'{');
        Arguments { buffer, failed: None }
    }

    /// Adds one. A value that cannot be encoded is reported by [`Arguments::into_body`].
    pub fn add<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        if self.buffer.len() > BEFORE_KWARGS.len() + 1 {
            self.buffer.extend_from_slice(b", ");
        }
        let written = serde_json::to_writer(&mut self.buffer, name).and_then(|()| {
            self.buffer.extend_from_slice(b": ");
            write(&mut self.buffer, value)
        });
        if let Err(err) = written {
            self.failed.get_or_insert_with(|| format!("argument `{name}`: {err}"));
        }
    }

    /// Adds one if there is one: a parameter that is not given takes its default over there.
    pub fn add_if<T: Serialize>(&mut self, name: &str, value: &Option<T>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    /// The finished body.
    ///
    /// # Errors
    /// [`FaultKind::UnserializableValue`] when an argument could not be encoded.
    pub fn into_body(mut self) -> Result<Bytes, Fault> {
        match self.failed {
            Some(why) => Err(Fault::new(FaultKind::UnserializableValue, why)),
            None => {
                self.buffer.extend_from_slice(b"}}");
                Ok(Bytes::from(self.buffer))
            }
        }
    }
}

impl Default for Arguments {
    fn default() -> Arguments {
        Arguments::new()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Arguments;
    use crate::{FaultKind, Secret};

    #[test]
    fn a_secret_goes_to_whom_it_is_meant_for() {
        let mut args = Arguments::new();
        args.add("pin", &Secret::new(1234));
        let body = args.into_body().unwrap();
        assert_eq!(&body[..], br#"{"args": [], "kwargs": {"pin": 1234}}"#);
        assert_eq!(serde_json::to_string(&Secret::new(1234)).unwrap(), "\"********\"");
    }

    #[test]
    fn an_argument_that_cannot_be_encoded_is_named() {
        let mut args = Arguments::new();
        args.add("lines", &BTreeMap::from([([1, 2], 3)]));
        args.add("note", "kept");
        let fault = args.into_body().unwrap_err();
        assert_eq!(fault.kind(), FaultKind::UnserializableValue);
        assert_eq!(fault.message(), "argument `lines`: key must be a string");
    }
}
