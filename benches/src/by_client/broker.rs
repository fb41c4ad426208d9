//! What both ends of the loops need of the client: names, declarations, properties.

use kinoko_amqp_client::{
    Channel, Connection, Consume, Consumer, ExchangeDeclaration, Fields, Properties,
    QueueDeclaration, Table, Values,
};
use uuid::{Uuid, fmt::Hyphenated};

use crate::{Failure, role::PREFETCH};

pub(super) const RPC: &str = "nameko-rpc";

/// A queue to consume.
pub(super) struct Queue<'a> {
    pub(super) exchange: &'a str,
    pub(super) name: &'a str,
    pub(super) routing_key: &'a str,
    /// Whether it goes when nobody consumes it for five minutes.
    pub(super) expires: bool,
    pub(super) no_ack: bool,
}

impl Queue<'_> {
    /// Declares it and all that it needs, and consumes it.
    pub(super) async fn consume(&self, connection: &Connection) -> Result<Consumer, Failure> {
        let channel = connection.open_channel().await?;
        declare_exchange(&channel, self.exchange).await?;
        let mut queue =
            QueueDeclaration { name: self.name, durable: true, ..QueueDeclaration::default() };
        if self.expires {
            queue.arguments.insert("x-expires", 300_000);
        }
        channel.declare_queue(&queue).await?;
        channel.bind_queue(self.name, self.exchange, self.routing_key, &Fields::new()).await?;
        channel.prefetch(PREFETCH).await?;
        let consume = Consume { queue: self.name, no_ack: self.no_ack, ..Consume::default() };
        Ok(channel.consume(&consume).await?)
    }
}

pub(super) async fn declare_exchange(channel: &Channel, name: &str) -> Result<(), Failure> {
    let exchange = ExchangeDeclaration { name, durable: true, ..ExchangeDeclaration::default() };
    Ok(channel.declare_exchange(&exchange).await?)
}

/// What every message has.
pub(super) fn properties<'a>(durable: bool, headers: Table<'a>, id: &'a [u8]) -> Properties<'a> {
    let mode = if durable { Properties::PERSISTENT } else { Properties::TRANSIENT };
    Properties {
        content_type: Some("application/json".into()),
        content_encoding: Some("utf-8".into()),
        headers: Some(headers),
        delivery_mode: Some(mode),
        priority: Some(0),
        message_id: Some(id.into()),
        ..Properties::default()
    }
}

/// The header with the ids of the calls that led to a message.
pub(super) fn caused_by(call_id: &str) -> Fields {
    let mut stack = Values::new();
    stack.push(call_id);
    Fields::new().with("nameko.call_id_stack", stack.as_array())
}

/// A new id, as text.
pub(super) fn id() -> [u8; Hyphenated::LENGTH] {
    let mut text = [0; Hyphenated::LENGTH];
    Uuid::new_v4().hyphenated().encode_lower(&mut text);
    text
}
