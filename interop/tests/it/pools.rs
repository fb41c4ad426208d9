//! One Python and one Rust instance of the same service, side by side.

use std::{collections::BTreeMap, time::Duration};

use kinoko::Runner;
use kinoko_interop::{
    Case,
    services::{Greeter, Handlers},
};
use kinoko_testing::eventually;
use serde_json::{Value, json};

const CALLS: usize = 1000;

pub(crate) async fn a_python_and_a_rust_instance_share_the_calls(case: &Case) {
    let _python = case.nameko("Greeter", "python").await;
    let rust = case.rust(Runner::new().service::<Greeter>(), "rust").await;
    let mut driver = case.driver().await;
    let args: Vec<Value> = (0..CALLS).map(|n| json!([n])).collect();
    let order = json!({"do": "calls", "service": "greeter", "method": "counted", "args": args});
    let answers = driver.ask(order).await;
    let mut shares: BTreeMap<&str, usize> = BTreeMap::new();
    for answer in answers.as_array().expect("a list") {
        *shares.entry(answer["result"].as_str().unwrap_or("failed")).or_default() += 1;
    }
    assert_eq!(shares.values().sum::<usize>(), CALLS, "each is answered");
    assert_eq!(shares.keys().copied().collect::<Vec<_>>(), ["python", "rust"]);
    assert!(shares.values().all(|&it| it > CALLS / 20), "both took a share: {shares:?}");
    let mut ran: Vec<_> = case.seen("counted").iter().filter_map(|(_, n)| n.as_u64()).collect();
    ran.sort_unstable();
    assert_eq!(ran, (0..CALLS as u64).collect::<Vec<_>>(), "each ran once");
    rust.stop(Duration::from_secs(5)).await;
}

pub(crate) async fn a_python_and_a_rust_instance_share_the_events(case: &Case) {
    const EVENTS: u64 = 100;
    let _shop = case.nameko("Shop", "python").await;
    let _python = case.nameko("Handlers", "python").await;
    let rust = case.rust(Runner::new().service::<Handlers>(), "rust").await;
    let mut driver = case.driver().await;
    for kind in ["pooled", "single", "wide"] {
        let args: Vec<Value> = (0..EVENTS).map(|n| json!([kind, {"n": n}])).collect();
        let order = json!({"do": "calls", "service": "shop", "method": "emit", "args": args});
        driver.ask(order).await;
    }
    for (kind, times) in [("pooled", 1), ("single", 1), ("wide", 2)] {
        let all = || async { case.seen(kind).len() as u64 >= EVENTS * times };
        eventually("every event was handled", all).await;
        let mut by: BTreeMap<(String, u64), usize> = BTreeMap::new();
        for (instance, payload) in case.seen(kind) {
            *by.entry((instance, payload["n"].as_u64().expect("a number"))).or_default() += 1;
        }
        assert_eq!(
            by.len() as u64,
            EVENTS * times,
            "{kind}: each once (or once for each instance)"
        );
        assert!(by.values().all(|&it| it == 1), "{kind}: {by:?}");
        for instance in ["python", "rust"] {
            let share = by.keys().filter(|(it, _)| it == instance).count() as u64;
            assert!(share >= EVENTS / 20, "{kind}: {instance} took {share}");
        }
    }
    rust.stop(Duration::from_secs(5)).await;
}
