//! Context data and call ids go through chains of services in both languages.

use std::time::Duration;

use kinoko::Runner;
use kinoko_interop::{Case, services::Relay};
use serde_json::{Value, json};

/// The standalone caller -> rs -> py -> rs.
pub(crate) async fn goes_from_rust_through_python_to_rust(case: &Case) {
    let _py = case.nameko("Relay", "python").await;
    let rust = case.rust(Runner::new().service::<Relay>(), "rust").await;
    let mut driver = case.driver().await;
    let seen = relay(&mut driver, "rs", json!(["py", "rs"])).await;
    check_data(&seen);
    assert_eq!(names(&seen), ["standalone_rpc_proxy.call", "rs.relay", "py.relay"]);
    // Kinoko's deadline went through Python, which gave it the prefix on the way.
    let remaining = seen["remaining"].as_f64().expect("there is a deadline");
    assert!(remaining > 20.0 && remaining <= 30.0, "{remaining} seconds are left");
    rust.stop(Duration::from_secs(5)).await;
}

/// The standalone caller -> py -> rs -> py.
pub(crate) async fn goes_from_python_through_rust_to_python(case: &Case) {
    let _py = case.nameko("Relay", "python").await;
    let rust = case.rust(Runner::new().service::<Relay>(), "rust").await;
    let mut driver = case.driver().await;
    let seen = relay(&mut driver, "py", json!(["rs", "py"])).await;
    check_data(&seen);
    assert_eq!(names(&seen), ["standalone_rpc_proxy.call", "py.relay", "rs.relay", "py.relay"]);
    assert!(seen["data"]["kinoko-deadline"].is_i64(), "Kinoko's deadline is readable: {seen}");
    // A long way: Nameko keeps eleven call ids, and so does Kinoko.
    let long = ["py", "rs"].repeat(6);
    let seen = relay(&mut driver, "rs", json!(long)).await;
    assert_eq!(seen["stack"].as_array().map(Vec::len), Some(11), "{seen}");
    check_data(&seen);
    // A failure three services away says where it was.
    let order =
        json!({"do": "call", "service": "rs", "method": "relay", "args": [["py", "nobody"]]});
    let failed = driver.ask(order).await;
    assert_eq!(failed["error"]["exc_type"], "UnknownService", "{failed}");
    rust.stop(Duration::from_secs(5)).await;
}

/// Python sends on with the prefix what came without: at the end of the chain nothing is lost.
pub(crate) async fn is_read_with_and_without_the_prefix(case: &Case) {
    let _py = case.nameko("Relay", "python").await;
    let rust = case.rust(Runner::new().service::<Relay>(), "rust").await;
    let mut driver = case.driver().await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (prefix, path) in [("", "[]"), ("nameko.", "[]"), ("", r#"["py", "rs"]"#)] {
        let mut headers = json!({"nameko.call_id_stack": ["root.call.1"]});
        headers[format!("{prefix}traceparent")] = json!(trace);
        headers[format!("{prefix}baggage")] = json!("a=1,b=2");
        headers[format!("{prefix}tenant")] = json!({"id": 7, "tags": ["a", 1, true, 2.5]});
        let body = format!(r#"{{"args": [{path}], "kwargs": {{}}}}"#);
        let message = json!({"key": "rs.relay", "body": body, "headers": headers, "timeout": 5});
        let seen = driver.raw(message).await["reply"]["result"].take();
        let data = &seen["data"];
        assert_eq!(data["traceparent"], trace, "with `{prefix}` by {path}: {seen}");
        assert_eq!(data["baggage"], "a=1,b=2", "with `{prefix}` by {path}: {seen}");
        assert_eq!(data["tenant"], json!({"id": 7, "tags": ["a", 1, true, 2.5]}));
        assert_eq!(seen["stack"][0], "root.call.1");
    }
    rust.stop(Duration::from_secs(5)).await;
}

fn sent() -> Value {
    json!({
        "language": "en-gb", "user_id": 7, "auth_token": "tok", "user_agent": "ua/1",
        "flag": true, "big": 1_i64 << 40, "ratio": 1.5, "custom": {"a": [1, "x"]},
        "unicode": "ಠ_ಠ",
    })
}

async fn relay(driver: &mut kinoko_interop::Driver, first: &str, path: Value) -> Value {
    let mut answer = driver
        .ask(json!({
            "do": "call", "service": first, "method": "relay", "args": [path], "context": sent(),
        }))
        .await;
    assert!(answer["error"].is_null(), "{answer}");
    answer["result"].take()
}

fn check_data(seen: &Value) {
    for (name, value) in sent().as_object().expect("an object") {
        assert_eq!(&seen["data"][name], value, "{name} at the end of the chain: {seen}");
    }
}

/// The call ids without what makes each unique.
fn names(seen: &Value) -> Vec<&str> {
    let ids = seen["stack"].as_array().expect("a list").iter().filter_map(Value::as_str);
    ids.map(|it| it.rsplit_once('.').map_or(it, |(name, _)| name)).collect()
}
