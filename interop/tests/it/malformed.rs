//! Messages that no proxy sends. Many of them end a Nameko service; none may end ours.

use std::time::Duration;

use kinoko::Runner;
use kinoko_interop::{
    Case, Driver,
    services::{Greeter, Handlers},
};
use kinoko_testing::eventually;
use serde_json::{Value, json};

const GOOD: &str = r#"{"args": ["Matt"], "kwargs": {}}"#;

/// A message, the class and a part of the text of the error that comes back (or none: no reply
/// comes), and what is logged, once.
struct Bad {
    message: Value,
    reply: Option<(&'static str, &'static str)>,
    logged: &'static str,
}

pub(crate) async fn requests(case: &Case) {
    let rust = case.rust(Runner::new().service::<Greeter>(), "rust").await;
    let mut driver = case.driver().await;
    let malformed = |text| Some(("MalformedRequest", text));
    let bad = |message: Value, reply, logged| Bad { message, reply, logged };
    for Bad { mut message, reply, logged } in [
        bad(json!({"properties": {"reply_to": null}}), None, "has no reply_to"),
        bad(json!({"properties": {"reply_to": ""}}), None, "reply_to"),
        bad(json!({"properties": {"reply_to": "greeter.hello"}}), None, "no key of a reply queue"),
        bad(
            json!({"properties": {"content_type": "text/plain"}}),
            malformed("content type"),
            "content type",
        ),
        bad(
            json!({"properties": {"content_type": "application/data"}}),
            malformed("content type"),
            "content type",
        ),
        bad(
            json!({"properties": {"content_type": "application/x-python-serialize"}}),
            malformed("content type"),
            "content type",
        ),
        bad(json!({"body": "{\"args\": ["}), malformed(""), "MalformedRequest"),
        bad(json!({"body": {"$": "bytes", "is": "/w=="}}), malformed(""), "MalformedRequest"),
        bad(json!({"body": ""}), malformed(""), "MalformedRequest"),
        bad(json!({"body": "[1]"}), malformed(""), "MalformedRequest"),
        bad(json!({"body": "null"}), malformed(""), "MalformedRequest"),
        bad(json!({"body": "\"text\""}), malformed(""), "MalformedRequest"),
        bad(json!({"body": "{}"}), malformed("`args` or `kwargs`"), "MalformedRequest"),
        bad(
            json!({"body": r#"{"args": null, "kwargs": {}}"#}),
            Some(("IncorrectSignature", "")),
            "IncorrectSignature",
        ),
        bad(
            json!({"body": r#"{"args": ["a"], "kwargs": []}"#}),
            Some(("IncorrectSignature", "")),
            "IncorrectSignature",
        ),
        bad(
            json!({"headers": {"compression": "application/x-gzip"}}),
            malformed("decompress"),
            "decompress",
        ),
        bad(json!({"headers": {"compression": "rot13"}}), malformed("rot13"), "rot13"),
        bad(json!({"key": "greeter.nope"}), Some(("MethodNotFound", "nope")), "MethodNotFound"),
        bad(
            json!({"exchange": "", "key": "rpc-greeter"}),
            Some(("MethodNotFound", "rpc-greeter")),
            "MethodNotFound",
        ),
    ] {
        let before = case.warnings().len();
        if reply.is_some() {
            message["timeout"] = json!(20);
        }
        fill_in(&mut message, "greeter.hello");
        let found = driver.raw(message.clone()).await;
        let error = &found["reply"]["error"];
        match reply {
            None => assert_eq!(found["reply"], Value::Null, "{message} is not answered"),
            Some((class, text)) => {
                assert_eq!(error["exc_type"], class, "{message}: {found}");
                let value = error["value"].as_str().unwrap_or_default();
                assert!(value.contains(text), "{message}: {value}");
                assert_eq!(found["correlation_id"], "c-1");
            }
        }
        serves(&mut driver).await;
        let new = case.warnings().split_off(before);
        assert_eq!(new.len(), 1, "{message} is logged once: {new:#?}");
        assert!(new[0].contains(logged), "{message} is logged with its reason: {new:?}");
    }
    rust.stop(Duration::from_secs(5)).await;
}

pub(crate) async fn odd_yet_understood(case: &Case) {
    let rust = case.rust(Runner::new().service::<Greeter>(), "rust").await;
    let mut driver = case.driver().await;
    let zlib = json!({"$": "bytes", "is": "eJyrVkosSi9WslKIVvJNLClRitVRUMouh4pV19YCAKTrCkc="});
    let stack = |value: Value| json!({"headers": {"nameko.call_id_stack": value}});
    for (mut message, logged) in [
        (json!({"properties": {"content_type": null}}), Some("content_type")),
        (json!({"properties": {"content_type": "application/json; charset=utf-8"}}), None),
        (json!({"properties": {"content_encoding": "nonsense"}}), None),
        (json!({"properties": {"delivery_mode": 1, "priority": 9}}), None),
        (json!({"properties": {"correlation_id": "no uuid"}}), None),
        (json!({"body": zlib, "headers": {"compression": "application/x-gzip"}}), None),
        (json!({"body": zlib, "headers": {"compression": "zlib"}}), None),
        (stack(json!(7)), Some("call_id_stack")),
        (stack(json!([1, 2])), Some("call_id_stack")),
        (stack(json!(null)), Some("call_id_stack")),
        (stack(json!("abc")), Some("call_id_stack")),
        (json!({"headers": {"nameko.language": {"deep": [[[1]]]}, "x-death": [{}]}}), None),
        (json!({"headers": {"kinoko-deadline": "soon", "traceparent": 7}}), None),
    ] {
        let before = case.warnings().len();
        message["timeout"] = json!(20);
        fill_in(&mut message, "greeter.hello");
        let found = driver.raw(message.clone()).await;
        assert_eq!(found["reply"]["result"], "Hello, Matt!", "{message}: {found}");
        assert_eq!(found["content_type"], "application/json");
        let new = case.warnings().split_off(before);
        assert_eq!(new.len(), usize::from(logged.is_some()), "{message}: {new:#?}");
        let text = logged.unwrap_or_default();
        assert!(new.iter().all(|it| it.contains(text)), "{message}: {new:?}");
    }
    // A request without a correlation id is answered without one, as by Nameko.
    let mut message = json!({"properties": {"correlation_id": null}});
    fill_in(&mut message, "greeter.hello");
    let found = driver.raw(message).await;
    assert_eq!(
        (&found["reply"]["result"], &found["correlation_id"]),
        (&json!("Hello, Matt!"), &Value::Null)
    );
    rust.stop(Duration::from_secs(5)).await;
}

pub(crate) async fn events(case: &Case) {
    let rust = case.rust(Runner::new().service::<Handlers>(), "rust").await;
    let mut driver = case.driver().await;
    let stack = |value: Value| json!({"headers": {"nameko.call_id_stack": value}});
    let mut good = 0;
    for (mut message, handled, logged) in [
        (json!({}), true, None),
        (json!({"properties": {"content_type": "text/plain"}}), false, Some("content type")),
        (json!({"properties": {"content_type": "application/data"}}), false, Some("content type")),
        (json!({"properties": {"content_type": null}}), true, Some("content_type")),
        (json!({"body": "{"}), false, Some("EOF while parsing")),
        (json!({"body": ""}), false, Some("EOF while parsing")),
        (json!({"headers": {"compression": "rot13"}}), false, Some("rot13")),
        (stack(json!(7)), true, Some("call_id_stack")),
        (stack(json!([1, 2])), true, Some("call_id_stack")),
    ] {
        let before = case.warnings().len();
        message["exchange"] = json!("shop.events");
        message["timeout"] = json!(0.2);
        fill_in(&mut message, "pooled");
        driver.raw(message.clone()).await;
        // One more behind it: when that is there, the one before has been dealt with.
        let mut after = json!({"exchange": "shop.events", "timeout": 0.01});
        fill_in(&mut after, "pooled");
        driver.raw(after).await;
        good += 1 + usize::from(handled);
        let all = || async { case.seen("pooled").len() == good };
        eventually(&format!("{message} is dealt with, and the next handled"), all).await;
        let new = || case.warnings().split_off(before);
        let said = || async { new().len() >= usize::from(logged.is_some()) };
        eventually(&format!("{message} is logged"), said).await;
        assert_eq!(new().len(), usize::from(logged.is_some()), "{message}: {:#?}", new());
        let text = logged.unwrap_or_default();
        assert!(new().iter().all(|it| it.contains(text)), "{message}: {:?}", new());
    }
    rust.stop(Duration::from_secs(5)).await;
}

/// What a message does not say, is as it should be.
fn fill_in(message: &mut Value, key: &str) {
    for (name, value) in [("key", json!(key)), ("body", json!(GOOD)), ("timeout", json!(1))] {
        if message[name].is_null() {
            message[name] = value;
        }
    }
}

async fn serves(driver: &mut Driver) {
    let answer = driver.call("greeter", "hello", json!(["Matt"])).await;
    assert_eq!(answer, json!({"result": "Hello, Matt!"}), "the service goes on");
}
