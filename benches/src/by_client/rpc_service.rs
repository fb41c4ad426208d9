//! A service by hand: a task for each request.

use kinoko_amqp_client::{Channel, Connection, Delivery, Fields, Publish};

use super::broker::{self, Queue, RPC};
use crate::{Failure, by_hand::json, order::Orders};

/// Serves until the measurement is over.
pub(crate) async fn serve(uri: &str) -> Result<(), Failure> {
    let connection = Connection::connect(uri).await?;
    let replies = Replies {
        fast: connection.open_channel().await?,
        durable: connection.open_channel().await?,
    };
    let queue = Queue {
        exchange: RPC,
        name: "rpc-greeter",
        routing_key: "greeter.*",
        expires: false,
        no_ack: false,
    };
    let mut requests = queue.consume(&connection).await?;
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
    connection.close().await;
    Ok(())
}

#[derive(Clone)]
struct Replies {
    fast: Channel,
    durable: Channel,
}

impl Replies {
    async fn answer(&self, delivery: Delivery) -> Result<(), Failure> {
        let message = delivery.message();
        let body = json::hello(message.body())?;
        let durable = message.routing_key().as_bytes().ends_with(b"_durable");
        let asked = message.properties();
        let (id, headers) = (broker::id(), Fields::new());
        let mut properties = broker::properties(durable, headers.as_table(), &id);
        properties.correlation_id = asked.correlation_id;
        let reply = Publish {
            exchange: RPC.into(),
            routing_key: asked.reply_to.ok_or("a request has no reply_to")?,
            properties,
            body: body.into(),
            ..Publish::default()
        };
        if durable {
            self.durable.publish(&reply).await?;
        } else {
            self.fast.send(&reply).await?;
        }
        Ok(delivery.ack()?)
    }
}
