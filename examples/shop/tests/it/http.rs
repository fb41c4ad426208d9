//! The front of the shop: HTTP.

use kinoko::http::Http;
use kinoko_testing::eventually;
use reqwest::{Client, Response};
use serde_json::{Value, json};

use crate::in_process::shop;

#[tokio::test]
async fn an_order_over_http_comes_to_be_paid() {
    let http = Http::on("127.0.0.1:0");
    let harness = shop(None, json!({})).entrypoint(http.clone()).start().await.unwrap();
    let base = format!("http://{}", http.address().unwrap());
    let client = Client::new();

    let basket = json!({"lines": [{"sku": "enoki", "quantity": 2}]});
    let response = client.post(format!("{base}/orders")).json(&basket).send().await.unwrap();
    assert_eq!(response.status(), 201);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let order: Value = response.json().await.unwrap();
    assert_eq!(location, format!("/orders/{}", order["id"].as_str().unwrap()));
    assert_eq!(order["total"], 500);

    let order = async || get(&client, &format!("{base}{location}")).await.1;
    eventually("the order is paid", async || order().await["status"] == "paid").await;
    let (status, orders) = get(&client, &format!("{base}/orders")).await;
    assert_eq!((status, &orders[0]), (200, &order().await));
    let (status, products) = get(&client, &format!("{base}/products")).await;
    assert_eq!((status, &products[0]["sku"]), (200, &json!("enoki")));
    harness.stop().await;
}

#[tokio::test]
async fn what_cannot_be_has_a_status_of_its_own() {
    let http = Http::on("127.0.0.1:0");
    let harness = shop(None, json!({})).entrypoint(http.clone()).start().await.unwrap();
    let base = format!("http://{}", http.address().unwrap());
    let client = Client::new();
    let check = async |body: Value, expected: u16, title: &str| {
        let sent = client.post(format!("{base}/orders")).json(&body).send();
        let (status, problem) = read(sent.await.unwrap()).await;
        assert_eq!((status, &problem["title"]), (expected, &json!(title)), "{problem}");
    };
    let unknown = json!({"lines": [{"sku": "fly agaric", "quantity": 1}]});
    check(unknown, 422, "UnknownProduct").await;
    check(json!({"lines": []}), 422, "NothingOrdered").await;
    let none = json!({"lines": [{"sku": "enoki", "quantity": 0}]});
    check(none, 422, "Unprocessable Entity").await;
    let (status, problem) = get(&client, &format!("{base}/orders/none")).await;
    assert_eq!((status, &problem["title"]), (404, &json!("NoSuchOrder")));
    harness.stop().await;
}

async fn get(client: &Client, url: &str) -> (u16, Value) {
    read(client.get(url).send().await.unwrap()).await
}

async fn read(response: Response) -> (u16, Value) {
    (response.status().as_u16(), response.json().await.unwrap())
}
