//! Events by hand: one publisher, one queue of a pool.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use kinoko_amqp_client::{Connection, Outcome, Publish};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::broker::{self, Queue};
use crate::{Failure, load, order::Orders};

const EVENTS: &str = "orders.events";

#[derive(Serialize, Deserialize)]
struct Placed {
    id: u64,
    sku: String,
}

/// Handles events until the measurement is over.
pub(crate) async fn handle(uri: &str) -> Result<(), Failure> {
    let connection = Connection::connect(uri).await?;
    let queue = Queue {
        exchange: EVENTS,
        name: "evt-orders-placed--counter.placed",
        routing_key: "placed",
        expires: false,
        no_ack: false,
    };
    let mut events = queue.consume(&connection).await?;
    let handled = AtomicU64::new(0);
    let handling = async {
        while let Some(delivery) = events.next().await {
            let delivery = delivery?;
            let placed: Placed = serde_json::from_slice(delivery.message().body())?;
            handled.fetch_add(u64::from(placed.sku == "enoki"), Ordering::Relaxed);
            delivery.ack()?;
        }
        Err("the consumer ended".into())
    };
    tokio::select! {
        failed = handling => return failed,
        done = Orders::ready(None)?.serve(|| handled.load(Ordering::Relaxed)) => done?,
    }
    connection.close().await;
    Ok(())
}

/// Publishes events, each confirmed before the next of the same task.
pub(crate) async fn dispatch(uri: &str) -> Result<(), Failure> {
    let connection = Connection::connect(uri).await?;
    let channel = connection.open_channel().await?;
    broker::declare_exchange(&channel, EVENTS).await?;
    let call_id: Arc<str> = format!("orders.place.{}", Uuid::new_v4()).into();
    let emit = move |_| {
        let (channel, call_id) = (channel.clone(), call_id.clone());
        async move {
            let body = serde_json::to_vec(&Placed { id: 7, sku: "enoki".to_owned() })?;
            let (id, headers) = (broker::id(), broker::caused_by(&call_id));
            let event = Publish {
                exchange: EVENTS.into(),
                routing_key: "placed".into(),
                properties: broker::properties(true, headers.as_table(), &id),
                body: body.into(),
                ..Publish::default()
            };
            match channel.publish(&event).await? {
                Outcome::Confirmed => Ok(()),
                other => Err(format!("{other:?}").into()),
            }
        }
    };
    load::run(Orders::ready(None)?, emit).await?;
    connection.close().await;
    Ok(())
}
