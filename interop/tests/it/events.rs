//! Events from one language to the other, in each of the three modes.

use std::time::Duration;

use kinoko::Runner;
use kinoko_interop::{
    Case, Driver,
    services::{Handlers, Shop},
};
use kinoko_testing::eventually;
use serde_json::json;

pub(crate) async fn from_python_to_rust(case: &Case) {
    let _shop = case.nameko("Shop", "python").await;
    let first = case.rust(Runner::new().service::<Handlers>(), "first").await;
    let second = case.rust(Runner::new().service::<Handlers>(), "second").await;
    let mut driver = case.driver().await;
    check(case, &mut driver).await;
    // A dispatcher that is no service sends no headers at all.
    let event = json!({"do": "event", "source": "shop", "type": "pooled", "data": {"n": 99}});
    assert_eq!(driver.ask(event).await, json!({"result": null}));
    eventually("it is handled", || async { case.seen("pooled").len() == 2 }).await;
    first.stop(Duration::from_secs(5)).await;
    second.stop(Duration::from_secs(5)).await;
}

pub(crate) async fn from_rust_to_python(case: &Case) {
    let shop = case.rust(Runner::new().service::<Shop>(), "rust").await;
    let _first = case.nameko("Handlers", "first").await;
    let _second = case.nameko("Handlers", "second").await;
    let mut driver = case.driver().await;
    check(case, &mut driver).await;
    shop.stop(Duration::from_secs(5)).await;
}

/// Two instances of the handlers: each event goes where its mode says.
async fn check(case: &Case, driver: &mut Driver) {
    for kind in ["pooled", "single", "wide", "traced"] {
        let order = json!({
            "do": "call", "service": "shop", "method": "emit", "args": [kind, {"n": 7}],
            "context": {"language": "fr", "user_id": 7},
        });
        assert_eq!(driver.ask(order).await, json!({"result": null}), "{kind} is emitted");
    }
    let all = || async {
        ["pooled", "single", "traced"].iter().all(|it| case.seen(it).len() == 1)
            && case.seen("wide").len() == 2
    };
    eventually("every event was handled", all).await;
    for kind in ["pooled", "single", "wide"] {
        assert!(case.seen(kind).iter().all(|(_, it)| *it == json!({"n": 7})), "{kind}");
    }
    let mut by: Vec<_> = case.seen("wide").into_iter().map(|(by, _)| by).collect();
    by.sort();
    assert_eq!(by, ["first", "second"]);
    let (_, data) = &case.seen("traced")[0];
    assert_eq!((&data["language"], &data["user_id"]), (&json!("fr"), &json!(7)));
}
