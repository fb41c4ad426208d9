//! A service by hand: a task for each request.

use futures_util::{FutureExt, StreamExt};
use lapin::{
    Channel,
    message::Delivery,
    options::BasicAckOptions,
    types::{FieldTable, ShortString},
};

use super::{
    broker::{self, Queue, RPC},
    json,
};
use crate::{Failure, order::Orders};

/// Serves until the measurement is over.
pub(crate) async fn serve(uri: &str, prefetch: u16) -> Result<(), Failure> {
    let connection = broker::connect(uri).await?;
    let replies = Replies {
        fast: connection.create_channel().await?,
        durable: broker::confirming(&connection).await?,
    };
    let queue = Queue {
        exchange: RPC,
        name: "rpc-greeter",
        routing_key: "greeter.*",
        expires: false,
        no_ack: false,
        prefetch,
    };
    let mut requests = queue.consume(&connection.create_channel().await?).await?;
    let serving = async {
        while let Some(delivery) = requests.next().await {
            let (delivery, replies) = (delivery?, replies.clone());
            tokio::spawn(async move {
                if let Err(error) = replies.answer(delivery).await {
                    eprintln!("a request was not answered: {error}");
                }
            });
        }
        Err("the consumer ended".into())
    };
    tokio::select! {
        failed = serving => return failed,
        done = Orders::ready(None)?.serve(|| 0) => done?,
    }
    broker::close(&connection).await;
    Ok(())
}

#[derive(Clone)]
struct Replies {
    fast: Channel,
    durable: Channel,
}

impl Replies {
    async fn answer(&self, delivery: Delivery) -> Result<(), Failure> {
        let body = json::hello(&delivery.data)?;
        let durable = delivery.routing_key.as_str().ends_with("_durable");
        let asked = &delivery.properties;
        let mut properties = broker::properties(durable, FieldTable::default());
        if let Some(id) = asked.correlation_id() {
            properties = properties.with_correlation_id(id.clone());
        }
        let key: ShortString = asked.reply_to().clone().ok_or("a request has no reply_to")?;
        let channel = if durable { &self.durable } else { &self.fast };
        let sent = broker::publish(channel, RPC, key, false, &body, properties).await?;
        if durable {
            sent.await?;
        }
        // Queued when first polled; to wait until it is written tells nothing.
        let _ = delivery.acker.ack(BasicAckOptions::default()).now_or_never();
        Ok(())
    }
}
