//! A client by hand: replies by correlation id, on one queue.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use amqprs::{
    FieldArray, FieldTable, FieldValue,
    channel::{BasicPublishArguments, Channel},
    connection::Connection,
};
use tokio::{sync::oneshot, time::timeout};
use uuid::Uuid;

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
    let connection = broker::connect(uri).await?;
    let waiting = Waiting::default();
    let client = Arc::new(Client {
        requests: broker::open_channel(&connection).await?,
        reply_to: replies(&connection, waiting.clone()).await?,
        waiting,
        call_id: format!("by-amqprs.call.{}", Uuid::new_v4()),
    });
    let call = move |ask: Ask| {
        let client = client.clone();
        async move { timeout(PATIENCE, client.hello(ask)).await? }
    };
    load::run(Orders::ready(None)?, call).await?;
    Ok(connection.close().await?)
}

type Waiting = Arc<Mutex<HashMap<Uuid, oneshot::Sender<Vec<u8>>>>>;

struct Client {
    requests: Channel,
    reply_to: String,
    waiting: Waiting,
    call_id: String,
}

impl Client {
    async fn hello(&self, Ask { size, .. }: Ask) -> Result<(), Failure> {
        let id = Uuid::new_v4();
        let (sender, reply) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id, sender);
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH)? + PATIENCE;
        let deadline = i64::try_from(deadline.as_millis())?;
        let stack = FieldArray::try_from(vec![FieldValue::from(&*self.call_id)])?;
        let mut headers = FieldTable::new();
        headers.insert("nameko.call_id_stack".try_into()?, FieldValue::A(stack));
        headers.insert("kinoko-deadline".try_into()?, FieldValue::l(deadline));
        let mut properties = broker::properties(headers);
        properties
            .with_correlation_id(&id.to_string())
            .with_reply_to(&self.reply_to)
            .with_expiration("30000");
        let mut publish = BasicPublishArguments::new(RPC, "greeter.hello");
        let publish = publish.mandatory(true).finish();
        self.requests.basic_publish(properties, json::request(size)?, publish).await?;
        json::check(&reply.await?, size)
    }
}

/// Has replies handed out as they come; what requests are to say in `reply_to`.
async fn replies(connection: &Connection, waiting: Waiting) -> Result<String, Failure> {
    let key = Uuid::new_v4().to_string();
    let name = format!("rpc.reply-by-amqprs-{key}");
    let queue = Queue { name: &name, routing_key: &key, expires: true, no_ack: true };
    let (channel, mut replies) = queue.consume(connection).await?;
    tokio::spawn(async move {
        while let Some(message) = replies.recv().await {
            let properties = message.basic_properties.as_ref();
            let id = properties.and_then(|it| it.correlation_id());
            let id = id.and_then(|it| Uuid::try_parse(it).ok());
            let waiter = id
                .and_then(|it| waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&it));
            if let Some((waiter, body)) = waiter.zip(message.content) {
                let _ = waiter.send(body);
            }
        }
        drop(channel);
    });
    Ok(key)
}
