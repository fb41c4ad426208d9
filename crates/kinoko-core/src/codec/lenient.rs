//! What Python sends as JSON and is not: `NaN` and its like, and kombu's envelopes for types.
//!
//! Python's `json` writes `NaN`, `Infinity` and `-Infinity`, which no JSON parser has to read; they
//! are taken as `null`. kombu 5.3 and later write a date as `{"__type__": "datetime", "__value__":
//! "2020-01-02T03:04:05"}`; such an object is taken as the plain value in it. Both are rare, so a body
//! is read as it is first and mended only when there is a sign of either.

use std::sync::LazyLock;

use memchr::memmem::{self, Finder};
use serde_json::{Map, Value};

use crate::Fault;

/// Made once: making it costs more than looking for it in a small body.
static ENVELOPE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"__type__\""));

/// Reads a body, mending it first or on failure where it needs that.
pub(crate) fn read<T>(body: &[u8], decode: impl Fn(&[u8]) -> Result<T, Fault>) -> Result<T, Fault> {
    if ENVELOPE.find(body).is_some() {
        return decode(&mend(body));
    }
    match decode(body) {
        Err(_) if has_bare_words(body) => decode(&mend(body)),
        outcome => outcome,
    }
}

fn mend(body: &[u8]) -> Vec<u8> {
    let body = replace_bare_words(body);
    // What is still not JSON is left for the decoder to complain about.
    match serde_json::from_slice(&body) {
        Ok(value) => open_envelopes(value).to_string().into_bytes(),
        Err(_) => body,
    }
}

fn has_bare_words(body: &[u8]) -> bool {
    memmem::find(body, b"NaN").is_some() || memmem::find(body, b"Infinity").is_some()
}

/// Writes `null` for `NaN`, `Infinity` and `-Infinity` outside of strings.
fn replace_bare_words(body: &[u8]) -> Vec<u8> {
    const WORDS: [&[u8]; 3] = [b"NaN", b"-Infinity", b"Infinity"];
    let mut mended = Vec::with_capacity(body.len());
    let (mut rest, mut in_string) = (body, false);
    while let Some(&byte) = rest.first() {
        let word = WORDS.iter().find(|it| !in_string && rest.starts_with(it));
        let (written, read): (&[u8], usize) = match (byte, word) {
            (_, Some(word)) => (b"null", word.len()),
            (b'\\', None) if in_string => (&rest[..rest.len().min(2)], rest.len().min(2)),
            (_, None) => (&rest[..1], 1),
        };
        in_string ^= byte == b'"';
        mended.extend_from_slice(written);
        rest = &rest[read..];
    }
    mended
}

fn open_envelopes(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(open_envelopes).collect(),
        Value::Object(mut map) if is_envelope(&map) => {
            let inner = map.remove("__value__").unwrap_or_default();
            match map.get("__type__").and_then(Value::as_str) {
                Some("uuid") => dashed(&inner).map_or(inner, Value::String),
                Some(_) => open_envelopes(inner),
                None => Value::Null,
            }
        }
        Value::Object(map) => {
            let entries = map.into_iter().map(|(key, it)| (key, open_envelopes(it)));
            Value::Object(entries.collect())
        }
        scalar => scalar,
    }
}

fn is_envelope(map: &Map<String, Value>) -> bool {
    map.len() == 2
        && map.get("__type__").is_some_and(Value::is_string)
        && map.contains_key("__value__")
}

/// kombu writes a UUID as `{"hex": "…"}` without dashes; everyone else writes it with.
fn dashed(value: &Value) -> Option<String> {
    let hex = value.get("hex")?.as_str()?;
    Some(uuid::Uuid::try_parse(hex).ok()?.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::read;
    use crate::Fault;

    fn check(body: &str, expected: Value) {
        let found: Value =
            read(body.as_bytes(), |body| serde_json::from_slice(body).map_err(Fault::internal))
                .unwrap();
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn what_python_writes_for_numbers_that_are_none_is_null() {
        check(r#"[NaN, -Infinity, Infinity, 1]"#, json!([null, null, null, 1]));
        check(r#"{"NaN": "NaN", "b": NaN}"#, json!({"NaN": "NaN", "b": null}));
        check(r#"["a \" NaN", NaN, "\\", NaN]"#, json!(["a \" NaN", null, "\\", null]));
    }

    #[test]
    fn kombu_envelopes_are_opened_at_any_depth() {
        check(
            r#"{"at": [{"__type__": "datetime", "__value__": "2020-01-02T03:04:05"}], "n": NaN}"#,
            json!({"at": ["2020-01-02T03:04:05"], "n": null}),
        );
        check(
            r#"{"__type__": "uuid", "__value__": {"hex": "00000000000000000000000000000005"}}"#,
            json!("00000000-0000-0000-0000-000000000005"),
        );
        check(r#"{"__type__": "decimal", "__value__": "1.10"}"#, json!("1.10"));
    }

    #[test]
    fn what_only_looks_like_an_envelope_is_left() {
        let other = r#"{"__type__": "x", "__value__": 1, "more": 2}"#;
        check(other, serde_json::from_str(other).unwrap());
        let other = r#"{"__type__": 5, "__value__": 1}"#;
        check(other, serde_json::from_str(other).unwrap());
    }
}
