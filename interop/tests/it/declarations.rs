//! Whoever comes first declares exchanges and queues; whoever comes second agrees.
//!
//! RabbitMQ answers a declaration that differs with 406, at which a Nameko service tries again for
//! ever. So each must come up, and serve, after the other.

use std::time::Duration;

use kinoko::{Runner, Running};
use kinoko_interop::{
    Case, Driver, Nameko,
    services::{Greeter, Handlers, Relay, Shop},
};
use kinoko_testing::eventually;
use serde_json::json;

pub(crate) async fn rust_first(case: &Case) {
    let rust = rust(case).await;
    let mut driver = case.driver().await;
    use_all(&mut driver).await;
    let _python = python(case).await;
    use_all(&mut driver).await;
    check(case, rust).await;
}

pub(crate) async fn python_first(case: &Case) {
    let _python = python(case).await;
    let mut driver = case.driver().await;
    use_all(&mut driver).await;
    let rust = rust(case).await;
    use_all(&mut driver).await;
    check(case, rust).await;
}

async fn rust(case: &Case) -> Running {
    let runner = Runner::new().service::<Greeter>().service::<Relay>();
    case.rust(runner.service::<Shop>().service::<Handlers>(), "rust").await
}

async fn python(case: &Case) -> [Nameko; 4] {
    tokio::join!(
        case.nameko("Greeter", "python"),
        case.nameko("Relay", "python"),
        case.nameko("Shop", "python"),
        case.nameko("Handlers", "python"),
    )
    .into()
}

/// Calls, replies and events: everything that is declared is used, some of it by both.
async fn use_all(driver: &mut Driver) {
    for _ in 0..4 {
        let answer = driver.call("greeter", "hello", json!(["Matt"])).await;
        assert_eq!(answer, json!({"result": "Hello, Matt!"}));
        for kind in ["pooled", "single", "wide", "traced"] {
            let answer = driver.call("shop", "emit", json!([kind, {"n": 1}])).await;
            assert_eq!(answer, json!({"result": null}));
        }
    }
}

async fn check(case: &Case, rust: Running) {
    // Eight of each, and from the second half of the broadcasts two.
    let all = || async {
        ["pooled", "single", "traced"].iter().all(|it| case.seen(it).len() == 8)
            && case.seen("wide").len() == 12
    };
    eventually("every event was handled", all).await;
    assert_eq!(case.warnings(), Vec::<String>::new());
    rust.stop(Duration::from_secs(5)).await;
}
