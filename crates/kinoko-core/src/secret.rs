//! [`Secret`]: a value that no log, error text or tool may show.

use std::{borrow::Cow, cell::Cell, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What is shown in place of a secret.
pub(crate) const MASK: &str = "********";

/// A value that is only seen by who asks for it by name: a password, a token, a key.
///
/// It reads from configuration and from the wire like the value itself. As an argument, a result or
/// part of an event it goes to whoever it is sent to; printed, or serialized in any other way, it is
/// always `********`, whatever its length. Its schema says `writeOnly`, by which tools know.
///
/// ```
/// use kinoko_core::Secret;
///
/// let token: Secret<String> = serde_json::from_str(r#""hunter2""#).unwrap();
/// assert_eq!(format!("{token} {token:?}"), "******** ********");
/// assert_eq!(serde_json::to_string(&token).unwrap(), r#""********""#);
/// assert_eq!(token.expose(), "hunter2");
/// ```
#[derive(Clone, Default)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Keeps that value from being shown.
    pub const fn new(value: T) -> Secret<T> {
        Secret(value)
    }

    /// The value. Whoever calls this answers for where it goes.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value, no longer kept.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Secret<T> {
    fn from(value: T) -> Secret<T> {
        Secret(value)
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl<T: Serialize> Serialize for Secret<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if REVEALED.get() { self.0.serialize(serializer) } else { serializer.serialize_str(MASK) }
    }
}

thread_local! {
    /// Whether what is being serialized is on its way to whom it is meant for.
    static REVEALED: Cell<bool> = const { Cell::new(false) };
}

/// Serializes something with the secrets in it as they are.
pub(crate) fn revealed<T>(serialize: impl FnOnce() -> T) -> T {
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            REVEALED.set(self.0);
        }
    }
    // Also when serializing panics.
    let _before = Before(REVEALED.replace(true));
    serialize()
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Secret<T>, D::Error> {
        // The reason would quote the value.
        T::deserialize(deserializer)
            .map(Secret)
            .map_err(|_| serde::de::Error::custom("a secret of another type than it has to be"))
    }
}

impl<T: JsonSchema> JsonSchema for Secret<T> {
    // The mark has to stay beside the field: a definition of its own would be shared by name only.
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Secret_{}", T::schema_name()).into()
    }

    fn schema_id() -> Cow<'static, str> {
        format!("kinoko::Secret<{}>", T::schema_id()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = generator.subschema_for::<T>();
        schema.insert("writeOnly".to_owned(), true.into());
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_another_type_is_not_in_the_reason() {
        let error = serde_json::from_str::<Secret<u32>>("\"hunter2\"").unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn the_schema_says_write_only_at_the_field() {
        #[derive(JsonSchema)]
        #[expect(dead_code, reason = "only its schema is looked at")]
        struct Settings {
            token: Secret<String>,
            spare: Option<Secret<String>>,
        }
        let schema = schemars::schema_for!(Settings).to_value();
        assert_eq!(schema["properties"]["token"]["writeOnly"], true);
        assert_eq!(schema["properties"]["spare"]["writeOnly"], true);
        assert_eq!(schema["required"], serde_json::json!(["token"]));
    }
}
