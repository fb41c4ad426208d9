//! `orders` made by hand: a database, a catalogue that is a stub, and events that are written down.

use std::{num::NonZeroU16, sync::Arc};

use kinoko::event::Recorded;
use serde_json::json;

use super::*;
use crate::store::{Opened, Schema};

struct Fixture {
    orders: Orders,
    emitted: Arc<Recorded>,
    opened: Opened,
}

impl Fixture {
    async fn new() -> Fixture {
        let opened = Opened::open(None, "orders", Tables::STEPS).await.unwrap();
        let (events, emitted) = Dispatcher::recorder();
        let enoki = json!({"sku": "enoki", "name": "Enoki", "price": 250});
        let catalogue = CatalogueClient::stub(move |_, _, _| Ok(enoki.clone()));
        let orders = Orders { store: Store::of(&opened), catalogue, events };
        Fixture { orders, emitted, opened }
    }

    async fn place(&mut self) -> Order {
        let quantity = NonZeroU16::new(2).unwrap();
        self.orders.place(vec![Line { sku: "enoki".to_owned(), quantity }]).await.unwrap()
    }

    fn emitted(&self) -> Vec<&'static str> {
        self.emitted.events().into_iter().map(|(event, _)| event).collect()
    }
}

#[tokio::test]
async fn an_order_is_told_of_again_until_it_is_settled() {
    let mut it = Fixture::new().await;
    let order = it.place().await;
    it.orders.remind().await.unwrap();
    it.orders.remind().await.unwrap();
    assert_eq!(it.emitted(), ["placed", "placed", "placed"]);
    let events = it.emitted.events();
    assert!(events.iter().all(|told| told == &events[0]), "{events:?}");

    it.orders.on_paid(payments::Paid { order: order.id, amount: 500 }).await.unwrap();
    it.orders.remind().await.unwrap();
    assert_eq!(it.emitted().len(), 3);
}

#[tokio::test]
async fn what_became_of_an_order_first_holds() {
    let mut it = Fixture::new().await;
    let [refused, paid] = [it.place().await.id, it.place().await.id];
    let refusal = || stock::Refused { order: refused.clone(), sku: "enoki".to_owned() };
    it.orders.on_refused(refusal()).await.unwrap();
    it.orders.on_paid(payments::Paid { order: refused.clone(), amount: 500 }).await.unwrap();
    let order = it.orders.get(refused.clone()).await.unwrap();
    assert_eq!((order.status, &*order.reason.unwrap()), (Status::Cancelled, "out of stock: enoki"));
    // The event came again, so nobody may have heard of what it led to.
    it.orders.on_refused(refusal()).await.unwrap();
    assert_eq!(it.emitted(), ["placed", "placed", "cancelled", "cancelled"]);

    it.orders.on_paid(payments::Paid { order: paid.clone(), amount: 500 }).await.unwrap();
    let failed = |order: &str| payments::Failed { order: order.to_owned(), reason: String::new() };
    it.orders.on_failed(failed(&paid)).await.unwrap();
    it.orders.on_failed(failed("no order of ours")).await.unwrap();
    assert_eq!(it.orders.get(paid).await.unwrap().status, Status::Paid);
    assert_eq!(it.emitted().len(), 4);
}

#[tokio::test]
async fn what_is_written_is_kept_when_the_call_succeeds_and_not_otherwise() {
    let it = Fixture::new().await;
    let check = async |outcome: kinoko::Outcome, kept: bool| {
        let order = Order::new(Vec::new(), 0);
        let mut store = Store::<Tables>::of(&it.opened);
        tables::insert(store.begin().await.unwrap(), &order).await.unwrap();
        kinoko::Dependency::finish(store, &outcome).await.unwrap();
        let mut store = Store::<Tables>::of(&it.opened);
        let found = tables::find(store.begin().await.unwrap(), &order.id).await.unwrap();
        assert_eq!(found, kept.then_some(order));
    };
    check(Ok(kinoko::Reply::default()), true).await;
    check(Err(Fault::internal("lost")), false).await;
}
