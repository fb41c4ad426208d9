//! A customer, over HTTP.

use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

/// How long all orders may take to come home.
const PATIENCE: Duration = Duration::from_secs(60);

/// Places so many orders of one enoki, and returns the ids of those that were taken.
pub(crate) async fn place(address: &str, count: usize) -> Vec<String> {
    let client = Client::new();
    let mut taken = Vec::new();
    for _ in 0..count {
        let basket = json!({"lines": [{"sku": "enoki", "quantity": 1}]});
        let sent = client.post(format!("http://{address}/orders")).json(&basket).send().await;
        // An error is no order, as far as the customer knows.
        let Ok(response) = sent.and_then(reqwest::Response::error_for_status) else { continue };
        if let Ok(order) = response.json::<Value>().await {
            taken.push(order["id"].as_str().unwrap().to_owned());
        }
    }
    taken
}

/// Waits until every order there is has been paid, and returns their ids.
pub(crate) async fn all_paid(address: &str) -> Vec<String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let response = Client::new().get(format!("http://{address}/orders")).send().await.unwrap();
        let orders: Vec<Value> = response.json().await.unwrap();
        let unpaid: Vec<_> = orders.iter().filter(|it| it["status"] != "paid").collect();
        if unpaid.is_empty() {
            return orders.iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect();
        }
        assert!(Instant::now() < deadline, "not paid within {PATIENCE:?}: {unpaid:?}");
        sleep(Duration::from_millis(50)).await;
    }
}
