//! A client by hand: replies by correlation id, on one queue.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use kinoko_amqp_client::{Channel, Connection, Publish};
use tokio::{sync::oneshot, time::timeout};
use uuid::{Uuid, fmt::Hyphenated};

use super::broker::{self, Queue, RPC};
use crate::{
    Failure,
    by_hand::json,
    load::{self, Ask},
    order::Orders,
};

const PATIENCE: Duration = Duration::from_secs(30);

/// Makes calls as told.
pub(crate) async fn call(uri: &str) -> Result<(), Failure> {
    let connection = Connection::connect(uri).await?;
    let waiting = Waiting::default();
    let fast = Port {
        requests: connection.open_channel().await?,
        reply_to: replies(&connection, true, waiting.clone()).await?,
    };
    let durable = Port {
        requests: connection.open_channel().await?,
        reply_to: replies(&connection, false, waiting.clone()).await?,
    };
    let call_id = format!("by-client.call.{}", Uuid::new_v4());
    let client = Arc::new(Client { fast, durable, waiting, call_id });
    let call = move |ask: Ask| {
        let client = client.clone();
        async move { timeout(PATIENCE, client.hello(ask)).await? }
    };
    load::run(Orders::ready(None)?, call).await?;
    connection.close().await;
    Ok(())
}

type Waiting = Arc<Mutex<HashMap<Uuid, oneshot::Sender<Bytes>>>>;

struct Client {
    fast: Port,
    durable: Port,
    waiting: Waiting,
    call_id: String,
}

/// Where requests go out, and where their replies come in.
struct Port {
    requests: Channel,
    reply_to: String,
}

impl Client {
    async fn hello(&self, Ask { durable, size }: Ask) -> Result<(), Failure> {
        let (port, method) = match durable {
            false => (&self.fast, "greeter.hello"),
            true => (&self.durable, "greeter.hello_durable"),
        };
        let id = Uuid::new_v4();
        let (sender, reply) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id, sender);
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH)? + PATIENCE;
        let deadline = i64::try_from(deadline.as_millis())?;
        let headers = broker::caused_by(&self.call_id).with("kinoko-deadline", deadline);
        let (message_id, mut correlation_id) = (broker::id(), [0; Hyphenated::LENGTH]);
        id.hyphenated().encode_lower(&mut correlation_id);
        let mut properties = broker::properties(durable, headers.as_table(), &message_id);
        properties.correlation_id = Some(correlation_id[..].into());
        properties.reply_to = Some((&port.reply_to).into());
        properties.expiration = Some("30000".into());
        let request = Publish {
            exchange: RPC.into(),
            routing_key: method.into(),
            mandatory: true,
            properties,
            body: json::request(size)?.into(),
        };
        if durable {
            port.requests.publish(&request).await?;
        } else {
            port.requests.send(&request).await?;
        }
        json::check(&reply.await?, size)
    }
}

/// Has replies handed out as they come; what requests are to say in `reply_to`.
async fn replies(
    connection: &Connection,
    no_ack: bool,
    waiting: Waiting,
) -> Result<String, Failure> {
    let key = Uuid::new_v4().to_string();
    let name = format!("rpc.reply-by-client-{key}");
    let queue = Queue { exchange: RPC, name: &name, routing_key: &key, expires: true, no_ack };
    let mut replies = queue.consume(connection).await?;
    tokio::spawn(async move {
        while let Some(Ok(delivery)) = replies.next().await {
            let id = delivery.message().properties().correlation_id.and_then(|it| it.to_str());
            let id = id.and_then(|it| Uuid::try_parse(it).ok());
            let waiter = id
                .and_then(|it| waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&it));
            let (message, settler) = delivery.into_parts();
            if let Some(waiter) = waiter {
                let _ = waiter.send(message.into_body());
            }
            if let Some(settler) = settler {
                let _ = settler.settle(kinoko_amqp_client::Settle::Ack);
            }
        }
    });
    Ok(key)
}
