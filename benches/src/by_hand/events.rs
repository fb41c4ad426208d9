//! Events by hand: one publisher, one queue of a pool.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use futures_util::{FutureExt, StreamExt};
use lapin::options::BasicAckOptions;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::broker::{self, Queue};
use crate::{Failure, load, order::Orders, role::PREFETCH};

const EVENTS: &str = "orders.events";

#[derive(Serialize, Deserialize)]
struct Placed {
    id: u64,
    sku: String,
}

/// Handles events until the measurement is over.
pub(crate) async fn handle(uri: &str) -> Result<(), Failure> {
    let connection = broker::connect(uri).await?;
    let queue = Queue {
        exchange: EVENTS,
        name: "evt-orders-placed--counter.placed",
        routing_key: "placed",
        expires: false,
        no_ack: false,
        prefetch: PREFETCH,
    };
    let mut events = queue.consume(&connection.create_channel().await?).await?;
    let handled = AtomicU64::new(0);
    let handling = async {
        while let Some(delivery) = events.next().await {
            let delivery = delivery?;
            let placed: Placed = serde_json::from_slice(&delivery.data)?;
            handled.fetch_add(u64::from(placed.sku == "enoki"), Ordering::Relaxed);
            // Queued when first polled; to wait until it is written tells nothing.
            let _ = delivery.acker.ack(BasicAckOptions::default()).now_or_never();
        }
        Err("the consumer ended".into())
    };
    tokio::select! {
        failed = handling => return failed,
        done = Orders::ready(None)?.serve(|| handled.load(Ordering::Relaxed)) => done?,
    }
    broker::close(&connection).await;
    Ok(())
}

/// Publishes events, each confirmed before the next of the same task.
pub(crate) async fn dispatch(uri: &str) -> Result<(), Failure> {
    let connection = broker::connect(uri).await?;
    let channel = broker::confirming(&connection).await?;
    broker::declare_exchange(&channel, EVENTS).await?;
    let call_id: Arc<str> = format!("orders.place.{}", Uuid::new_v4()).into();
    let emit = move |_| {
        let (channel, call_id) = (channel.clone(), call_id.clone());
        async move {
            let body = serde_json::to_vec(&Placed { id: 7, sku: "enoki".to_owned() })?;
            let properties = broker::properties(true, broker::caused_by(&call_id));
            let sent = broker::publish(&channel, EVENTS, "placed".into(), false, &body, properties);
            sent.await?.await?;
            Ok(())
        }
    };
    load::run(Orders::ready(None)?, emit).await?;
    broker::close(&connection).await;
    Ok(())
}
