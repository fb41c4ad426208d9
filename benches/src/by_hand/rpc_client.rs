//! A client by hand: replies by correlation id, on one queue.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures_util::{FutureExt, StreamExt};
use lapin::{
    Channel, Connection,
    options::BasicAckOptions,
    types::{AMQPValue, ShortString},
};
use tokio::{sync::oneshot, time::timeout};
use uuid::Uuid;

use super::{
    broker::{self, Queue, RPC},
    json,
};
use crate::{
    Failure,
    load::{self, Ask},
    order::Orders,
    role::PREFETCH,
};

const PATIENCE: Duration = Duration::from_secs(30);

/// Makes calls as told.
pub(crate) async fn call(uri: &str) -> Result<(), Failure> {
    let connection = broker::connect(uri).await?;
    let waiting = Waiting::default();
    let fast = Port {
        requests: connection.create_channel().await?,
        reply_to: replies(&connection, true, waiting.clone()).await?,
    };
    let durable = Port {
        requests: broker::confirming(&connection).await?,
        reply_to: replies(&connection, false, waiting.clone()).await?,
    };
    let call_id = format!("by-hand.call.{}", Uuid::new_v4());
    let client = Arc::new(Client { fast, durable, waiting, call_id });
    let call = move |ask: Ask| {
        let client = client.clone();
        async move { timeout(PATIENCE, client.hello(ask)).await? }
    };
    load::run(Orders::ready(None)?, call).await?;
    broker::close(&connection).await;
    Ok(())
}

type Waiting = Arc<Mutex<HashMap<Uuid, oneshot::Sender<Vec<u8>>>>>;

struct Client {
    fast: Port,
    durable: Port,
    waiting: Waiting,
    call_id: String,
}

/// Where requests go out, and where their replies come in.
struct Port {
    requests: Channel,
    reply_to: ShortString,
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
        let mut headers = broker::caused_by(&self.call_id);
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH)? + PATIENCE;
        let deadline = i64::try_from(deadline.as_millis())?;
        headers.insert("kinoko-deadline".into(), AMQPValue::LongLongInt(deadline));
        let properties = broker::properties(durable, headers)
            .with_correlation_id(broker::text(id))
            .with_reply_to(port.reply_to.clone())
            .with_expiration("30000".into());
        let body = json::request(size)?;
        let sent =
            broker::publish(&port.requests, RPC, method.into(), true, &body, properties).await?;
        if durable {
            sent.await?;
        }
        json::check(&reply.await?, size)
    }
}

/// Has replies handed out as they come; what requests are to say in `reply_to`.
async fn replies(
    connection: &Connection,
    no_ack: bool,
    waiting: Waiting,
) -> Result<ShortString, Failure> {
    let key = Uuid::new_v4().to_string();
    let name = format!("rpc.reply-by-hand-{key}");
    let queue = Queue {
        exchange: RPC,
        name: &name,
        routing_key: &key,
        expires: true,
        no_ack,
        prefetch: PREFETCH,
    };
    let mut replies = queue.consume(&connection.create_channel().await?).await?;
    tokio::spawn(async move {
        while let Some(Ok(delivery)) = replies.next().await {
            let id = delivery.properties.correlation_id().as_ref();
            let id = id.and_then(|it| Uuid::try_parse(it.as_str()).ok());
            let waiter = id
                .and_then(|it| waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&it));
            if let Some(waiter) = waiter {
                let _ = waiter.send(delivery.data);
            }
            if !no_ack {
                let _ = delivery.acker.ack(BasicAckOptions::default()).now_or_never();
            }
        }
    });
    Ok(key.as_str().into())
}
