//! All five services in one process, by RPC and events.

use std::{num::NonZeroU16, path::Path};

use kinoko::{Configuration, http::Http};
use kinoko_testing::{Harness, Harnessed, eventually};
use serde_json::{Value, json};
use shop::{
    DataFolder,
    catalogue::{Catalogue, CatalogueClient, CatalogueError},
    mailer::Mailer,
    orders::{Line, OrderError, Orders, OrdersClient, Placed, Status},
    payments::Payments,
    stock::{Stock, StockClient},
};
use tempfile::TempDir;

/// All services, with that in their configuration.
pub(crate) fn shop(data: Option<&Path>, settings: Value) -> Harness {
    let configuration = Configuration::from_json(settings).unwrap();
    front(data).config(configuration).service::<Stock>().service::<Payments>().service::<Mailer>()
}

/// Those that take orders, and nobody who deals with them.
fn front(data: Option<&Path>) -> Harness {
    let folder = DataFolder(data.map(Path::to_owned));
    let http = Http::on("127.0.0.1:0");
    Harness::new().entrypoint(http).provide(folder).service::<Catalogue>().service::<Orders>()
}

fn line(sku: &str, quantity: u16) -> Line {
    Line { sku: sku.to_owned(), quantity: NonZeroU16::new(quantity).unwrap() }
}

async fn status(harness: &Harnessed, id: &str) -> Status {
    OrdersClient::from(harness.client()).get(id.to_owned()).await.unwrap().status
}

async fn settled(harness: &Harnessed, id: &str) -> Status {
    eventually("the order is settled", async || status(harness, id).await != Status::Placed).await;
    status(harness, id).await
}

async fn left(harness: &Harnessed, sku: &str) -> i64 {
    StockClient::from(harness.client()).left(sku.to_owned()).await.unwrap()
}

#[tokio::test]
async fn an_order_is_settled_by_stock_and_payments() {
    async fn check(settings: Value, lines: Vec<Line>, expected: (Status, Option<&str>, i64)) {
        let harness = shop(None, settings).start().await.unwrap();
        let orders = OrdersClient::from(harness.client());
        let id = orders.place(lines).await.unwrap().id;
        settled(&harness, &id).await;
        let order = orders.get(id).await.unwrap();
        let (status, reason, enoki_left) = expected;
        assert_eq!((order.status, order.reason.as_deref()), (status, reason));
        // What was set aside for a cancelled order is put back a moment later.
        eventually("stock is right", async || left(&harness, "enoki").await == enoki_left).await;
        harness.stop().await;
    }
    let ten = || json!({"stock": {"initial": 10}});
    check(ten(), vec![line("enoki", 2)], (Status::Paid, None, 8)).await;
    check(ten(), vec![line("enoki", 10)], (Status::Paid, None, 0)).await;
    check(ten(), vec![line("enoki", 2), line("enoki", 3)], (Status::Paid, None, 5)).await;
    let out_of_stock = (Status::Cancelled, Some("out of stock: enoki"), 10);
    check(ten(), vec![line("enoki", 11)], out_of_stock).await;
    check(ten(), vec![line("oyster", 1), line("enoki", 6), line("enoki", 6)], out_of_stock).await;
    let poor = json!({"stock": {"initial": 10}, "payments": {"limit": 400}});
    let too_much = (Status::Cancelled, Some("more than 400 cents"), 10);
    check(poor, vec![line("enoki", 2)], too_much).await;
}

#[tokio::test]
async fn what_cannot_be_is_a_fault_of_its_own_type() {
    let harness = shop(None, json!({})).start().await.unwrap();
    let orders = OrdersClient::from(harness.client());
    let error = orders.place(vec![line("fly agaric", 1)]).await.unwrap_err();
    let sku = match error.declared() {
        Some(OrderError::UnknownProduct { sku }) => sku,
        _ => panic!("{error:?}"),
    };
    assert_eq!(sku, "fly agaric");
    let error = orders.place(vec![]).await.unwrap_err();
    assert!(matches!(error.declared(), Some(OrderError::NothingOrdered)), "{error:?}");
    let error = orders.get("none".to_owned()).await.unwrap_err();
    assert!(matches!(error.declared(), Some(OrderError::NoSuchOrder { .. })), "{error:?}");
    let catalogue = CatalogueClient::from(harness.client());
    assert_eq!(catalogue.get("enoki".to_owned()).await.unwrap().price, 250);
    let error = catalogue.get("fly agaric".to_owned()).await.unwrap_err();
    assert!(matches!(error.declared(), Some(CatalogueError::UnknownProduct { .. })), "{error:?}");
    harness.stop().await;
}

#[tokio::test]
async fn an_event_that_comes_twice_changes_nothing_twice() {
    let harness = shop(None, json!({"stock": {"initial": 10}})).start().await.unwrap();
    let order = OrdersClient::from(harness.client()).place(vec![line("enoki", 2)]).await.unwrap();
    assert_eq!(settled(&harness, &order.id).await, Status::Paid);
    harness.emit("orders", "placed", &Placed::from(&order)).await.unwrap();
    let cancelled = json!({"order": "another", "reason": "none"});
    harness.emit("orders", "cancelled", &cancelled).await.unwrap();
    let next = OrdersClient::from(harness.client()).place(vec![line("enoki", 1)]).await.unwrap();
    assert_eq!(settled(&harness, &next.id).await, Status::Paid);
    assert_eq!(left(&harness, "enoki").await, 7);
    assert_eq!(status(&harness, &order.id).await, Status::Paid);
    harness.stop().await;
}

#[tokio::test]
async fn an_order_nobody_heard_of_is_told_of_again_after_a_restart() {
    let data = TempDir::new().unwrap();
    let alone = front(Some(data.path())).start().await.unwrap();
    let order = OrdersClient::from(alone.client()).place(vec![line("truffle", 1)]).await.unwrap();
    alone.stop().await;

    let harness = shop(Some(data.path()), json!({})).start().await.unwrap();
    assert_eq!(settled(&harness, &order.id).await, Status::Paid);
    harness.stop().await;

    let again = shop(Some(data.path()), json!({})).start().await.unwrap();
    let kept = OrdersClient::from(again.client()).get(order.id).await.unwrap();
    assert_eq!((kept.status, kept.total), (Status::Paid, 14_000));
    assert_eq!(left(&again, "truffle").await, 999);
    again.stop().await;
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    let data = TempDir::new().unwrap();
    let file = data.path().join("orders.sqlite");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::raw_sql("PRAGMA user_version = 99").execute(&pool).await.unwrap();
    pool.close().await;
    let error = front(Some(data.path())).start().await.err().unwrap().to_string();
    assert!(error.contains("service orders: store: cannot open"), "{error}");
    assert!(error.contains("run the newer program that wrote it"), "{error}");
}
