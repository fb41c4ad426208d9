//! Events through RabbitMQ: one publisher, one pool of handlers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use kinoko::{CallContext, Dependency, Dispatcher, Transport, amqp::Amqp, prelude::*};

use crate::{Failure, load, order::Orders};

/// An order was placed.
#[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "orders", name = "placed")]
struct Placed {
    id: u64,
    sku: String,
}

/// Counts them.
#[derive(Dependencies)]
struct Counter {
    handled: Shared<Arc<AtomicU64>>,
}

#[service(name = "counter")]
impl Counter {
    #[event_handler(Placed)]
    async fn placed(&mut self, placed: Placed) {
        self.handled.fetch_add(u64::from(placed.sku == "enoki"), Ordering::Relaxed);
    }
}

/// Handles events until the measurement is over.
pub(crate) async fn handle(uri: &str) -> Result<(), Failure> {
    let handled = Arc::new(AtomicU64::new(0));
    let runner = Runner::new().transport(Amqp::connect(uri).await?).service::<Counter>();
    let running = runner.provide(handled.clone()).start().await?;
    Orders::ready(None)?.serve(move || handled.load(Ordering::Relaxed)).await?;
    running.stop(Duration::from_secs(5)).await;
    Ok(())
}

/// Emits events, each with the broker before the next of the same task.
pub(crate) async fn dispatch(uri: &str) -> Result<(), Failure> {
    let transport: Arc<dyn Transport> = Arc::new(Amqp::connect(uri).await?);
    let context = CallContext::new("orders", "place");
    let events = Arc::new(Dispatcher::<Placed>::get(&transport, &context).await?);
    let emit = move |_| {
        let events = events.clone();
        async move { Ok(events.emit(Placed { id: 7, sku: "enoki".to_owned() }).await?) }
    };
    load::run(Orders::ready(None)?, emit).await?;
    transport.close().await;
    Ok(())
}
