//! A reply's body: `{"result": …, "error": null}`, or the other way round.
//!
//! The error object is Nameko's (`exc_type`, `exc_path`, `exc_args`, `value`) with two keys more
//! that Nameko ignores: `data`, which a caller that knows the type reads the fault back from, and
//! `expected`, when it is the caller's doing.

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};

use super::{AFTER_RESULT, BEFORE_RESULT, excerpt, is_object, lenient};
use crate::{Fault, FaultKind};

#[derive(Serialize)]
struct Failure<'a> {
    result: (),
    error: ErrorObject<'a>,
}

#[derive(Serialize)]
struct ErrorObject<'a> {
    exc_type: &'a str,
    exc_path: &'a str,
    exc_args: &'a [Value],
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    expected: bool,
}

/// The body of a reply that says what went wrong in a method of `service`.
pub(crate) fn failure(fault: &Fault, service: &str) -> Bytes {
    let path = match (fault.path(), fault.kind()) {
        (Some(path), _) => path.to_owned(),
        (None, FaultKind::Application) => [service, ".", fault.name()].concat(),
        (None, kind) => kind.wire().1.to_owned(),
    };
    let message = [Value::from(fault.message())];
    let args = fault.args().unwrap_or(match fault.kind() {
        FaultKind::UnserializableValue => &[],
        _ => &message,
    });
    let error = ErrorObject {
        exc_type: fault.name(),
        exc_path: &path,
        exc_args: args,
        value: fault.message(),
        data: fault.data(),
        expected: fault.is_expected() && fault.kind() == FaultKind::Application,
    };
    let body = serde_json::to_vec(&Failure { result: (), error });
    Bytes::from(body.unwrap_or_else(|err| unreachable!("text and JSON values encode: {err}")))
}

#[derive(Deserialize)]
struct Reply<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

fn present<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Reads a reply, as strictly as Nameko and without its ways to hang on one.
pub(crate) fn read<R: DeserializeOwned>(body: &[u8]) -> Result<R, Fault> {
    lenient::read(body, |body| {
        let body = str::from_utf8(body).map_err(|err| malformed(&err))?;
        if let Some(result) = result_alone(body)
            && let Ok(result) = serde_json::from_str(result)
        {
            return Ok(result);
        }
        if !is_object(body) {
            return Err(malformed(&"it is not an object with `result` and `error`"));
        }
        let reply: Reply<'_> = serde_json::from_str(body).map_err(|err| malformed(&err))?;
        if let Some(fault) = reply.error.and_then(fault) {
            return Err(fault);
        }
        let result = reply.result.ok_or_else(|| malformed(&"it has no `result`"))?;
        serde_json::from_str(result.get()).map_err(|err| malformed(&err))
    })
}

/// The result in a reply as everybody writes it when nothing went wrong: it need not be looked for
/// first and read then. If what stands there is one value, nothing else was hidden behind it.
fn result_alone(body: &str) -> Option<&str> {
    body.strip_prefix(BEFORE_RESULT)?.strip_suffix(AFTER_RESULT)
}

fn malformed(why: &dyn std::fmt::Display) -> Fault {
    let why = why.to_string();
    Fault::new(FaultKind::MalformedReply, format!("the reply cannot be read: {}", excerpt(&why)))
}

/// The fault in an `error`, unless that is empty. Whatever is there is taken, as old versions of
/// Nameko and other implementations leave things out.
fn fault(error: &RawValue) -> Option<Fault> {
    let text = error.get();
    let mut error = match serde_json::from_str(text) {
        Ok(Value::Object(map)) if !map.is_empty() => map,
        Ok(Value::Null | Value::Bool(false) | Value::Object(_)) => return None,
        // What cannot be read, as text with half a surrogate pair cannot, is an error all the same.
        Err(_) => return Some(Fault::application("RemoteError", excerpt(text))),
        Ok(other) => {
            let message = other.as_str().map_or_else(|| other.to_string(), str::to_owned);
            return Some(Fault::application("RemoteError", message));
        }
    };
    let mut text = |key: &str| match error.remove(key) {
        Some(Value::String(text)) => Some(text),
        Some(Value::Null) | None => None,
        Some(other) => Some(other.to_string()),
    };
    let (name, path, message) = (text("exc_type"), text("exc_path"), text("value"));
    let args = match error.remove("exc_args") {
        Some(Value::Array(args)) => Some(args),
        _ => None,
    };
    Some(Fault::remote(
        name.unwrap_or_else(|| "RemoteError".to_owned()),
        path,
        message.unwrap_or_default(),
        args,
        error.remove("data"),
        error.remove("expected").and_then(|it| it.as_bool()).unwrap_or(false),
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{failure, read};
    use crate::{Fault, FaultKind};

    #[test]
    fn a_fault_is_written_as_nameko_writes_it() {
        let check = |fault: Fault, expected: &str| {
            assert_eq!(std::str::from_utf8(&failure(&fault, "shop")).unwrap(), expected);
        };
        check(
            Fault::new(FaultKind::MethodNotFound, "nope"),
            r#"{"result":null,"error":{"exc_type":"MethodNotFound","exc_path":"nameko.exceptions.MethodNotFound","exc_args":["nope"],"value":"nope"}}"#,
        );
        check(
            Fault::application("OutOfStock", "none left")
                .expected()
                .with_data(json!({"sku": "enoki"})),
            r#"{"result":null,"error":{"exc_type":"OutOfStock","exc_path":"shop.OutOfStock","exc_args":["none left"],"value":"none left","data":{"sku":"enoki"},"expected":true}}"#,
        );
        check(
            Fault::new(FaultKind::UnserializableValue, "Unserializable value: x"),
            r#"{"result":null,"error":{"exc_type":"UnserializableValueError","exc_path":"nameko.exceptions.UnserializableValueError","exc_args":[],"value":"Unserializable value: x"}}"#,
        );
        check(
            Fault::internal("secret"),
            r#"{"result":null,"error":{"exc_type":"InternalError","exc_path":"kinoko.InternalError","exc_args":["internal error"],"value":"internal error"}}"#,
        );
    }

    #[test]
    fn nothing_of_a_python_error_is_lost() {
        let body = r#"{"result": null, "error": {"exc_type": "Custom", "exc_path": "svc1.Custom",
            "exc_args": ["boom", "42", {"a": "1"}], "value": "('boom', 42, {'a': 1})"}}"#;
        let fault = read::<()>(body.as_bytes()).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Application);
        assert_eq!((fault.name(), fault.path()), ("Custom", Some("svc1.Custom")));
        assert_eq!(fault.message(), "('boom', 42, {'a': 1})");
        assert_eq!(fault.args().unwrap(), [json!("boom"), json!("42"), json!({"a": "1"})]);
    }

    #[test]
    fn every_shape_of_reply_is_read_or_refused() {
        let check = |body: &str, expected: Result<i32, &str>| {
            let found = read::<i32>(body.as_bytes());
            match (&found, expected) {
                (Ok(value), Ok(expected)) => assert_eq!(*value, expected),
                (Err(fault), Err(part)) => assert!(fault.to_string().contains(part), "{fault}"),
                _ => panic!("{body}: {found:?}"),
            }
        };
        check(r#"{"result": 7, "error": null}"#, Ok(7));
        check(r#"{"result": 7, "error": {}, "more": 1}"#, Ok(7));
        check(r#"{"result": 7}"#, Ok(7));
        check(
            r#"{"result": 7, "error": {"exc_type": "A"}, "x": 1, "error": null}"#,
            Err("duplicate"),
        );
        check(r#"{"result": 7, "x": 1, "error": null}"#, Ok(7));
        check(r#"{"result": 7, "error": {"exc_type": "KeyError"}}"#, Err("KeyError: "));
        check(r#"{"result": null, "error": "down"}"#, Err("RemoteError: down"));
        check(
            r#"{"result": 7, "error": {"exc_type": "A", "value": "\udce9"}}"#,
            Err("RemoteError: {"),
        );
        check(r#"{"error": null}"#, Err("it has no `result`"));
        check(r#"{"result": "x", "error": null}"#, Err("invalid type: string"));
        check("[7]", Err("it is not an object"));
        check("", Err("it is not an object"));
        check("{", Err("EOF"));
    }
}
