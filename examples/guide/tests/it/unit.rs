//! Chapter "Testing": a service made by hand, with a stub for what it calls.

// ANCHOR: unit
use std::sync::Arc;

use guide::{calling::UsersClient, testing::Gate};
use kinoko::prelude::*;
use serde_json::json;

#[tokio::test]
async fn who_enters_is_announced() {
    let (events, emitted) = Dispatcher::recorder();
    let users = UsersClient::stub(|service, method, body| {
        assert_eq!((service, method), ("users", "get"));
        assert_eq!(body, json!({"args": [], "kwargs": {"id": 7}}));
        Ok(json!({"name": "Ada"}))
    });
    let mut gate = Gate { users, events };
    assert_eq!(gate.enter(7).await.unwrap(), "Ada");
    assert_eq!(emitted.events(), [("signed_up", json!({"name": "Ada", "address": ""}))]);
}
// ANCHOR_END: unit

// ANCHOR: harness
#[tokio::test]
async fn a_guest_is_welcomed() {
    use guide::events::{Accounts, Seen, Welcome};
    use kinoko_testing::{Harness, eventually};

    let seen = Arc::new(Seen::default());
    let harness = Harness::new().provide_arc(seen.clone());
    let harness = harness.service::<Accounts>().service::<Welcome>().start().await.unwrap();
    let args = ("Ada", "ada@example.org");
    let () = harness.call("accounts", "sign_up", args).await.unwrap();
    harness.emit("accounts", "left", &json!({"name": "Bob"})).await.unwrap();
    eventually("all three are handled", async || seen.lock().unwrap().len() == 3).await;
    harness.stop().await;
}
// ANCHOR_END: harness
