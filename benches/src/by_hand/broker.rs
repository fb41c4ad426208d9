//! What both ends of the loops need of lapin: names, declarations, properties.

use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties, ExchangeKind, PublisherConfirm,
    options::{
        BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
        ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
    },
    types::{AMQPValue, FieldArray, FieldTable, ShortString},
};
use uuid::Uuid;

use crate::Failure;

pub(super) const RPC: &str = "nameko-rpc";

pub(super) async fn connect(uri: &str) -> Result<Connection, Failure> {
    Ok(Connection::connect(uri, ConnectionProperties::default()).await?)
}

pub(super) async fn close(connection: &Connection) {
    // Channels that were dropped are closing already, which lapin calls an error.
    let _ = connection.close(200, "closed".into()).await;
}

/// A channel to publish on with confirms.
pub(super) async fn confirming(connection: &Connection) -> Result<Channel, Failure> {
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    Ok(channel)
}

/// A queue to consume.
pub(super) struct Queue<'a> {
    pub(super) exchange: &'a str,
    pub(super) name: &'a str,
    pub(super) routing_key: &'a str,
    /// Whether it goes when nobody consumes it for five minutes.
    pub(super) expires: bool,
    pub(super) no_ack: bool,
    pub(super) prefetch: u16,
}

impl Queue<'_> {
    /// Declares it and all that it needs, and consumes it.
    pub(super) async fn consume(&self, channel: &Channel) -> Result<lapin::Consumer, Failure> {
        declare_exchange(channel, self.exchange).await?;
        let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        let mut arguments = FieldTable::default();
        if self.expires {
            arguments.insert("x-expires".into(), AMQPValue::LongInt(300_000));
        }
        channel.queue_declare(self.name.into(), durable, arguments).await?;
        let (options, none) = (QueueBindOptions::default(), FieldTable::default());
        let (name, exchange) = (self.name.into(), self.exchange.into());
        channel.queue_bind(name, exchange, self.routing_key.into(), options, none).await?;
        channel.basic_qos(self.prefetch, BasicQosOptions::default()).await?;
        let options = BasicConsumeOptions { no_ack: self.no_ack, ..Default::default() };
        let consuming =
            channel.basic_consume(self.name.into(), "".into(), options, FieldTable::default());
        Ok(consuming.await?)
    }
}

pub(super) async fn declare_exchange(channel: &Channel, name: &str) -> Result<(), Failure> {
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    let none = FieldTable::default();
    Ok(channel.exchange_declare(name.into(), ExchangeKind::Topic, durable, none).await?)
}

pub(super) async fn publish(
    channel: &Channel,
    exchange: &str,
    routing_key: ShortString,
    mandatory: bool,
    body: &[u8],
    properties: BasicProperties,
) -> Result<PublisherConfirm, Failure> {
    let options = BasicPublishOptions { mandatory, immediate: false };
    let sent = channel.basic_publish(exchange.into(), routing_key, options, body, properties);
    Ok(sent.await?)
}

/// What every message has.
pub(super) fn properties(durable: bool, headers: FieldTable) -> BasicProperties {
    BasicProperties::default()
        .with_content_type("application/json".into())
        .with_content_encoding("utf-8".into())
        .with_delivery_mode(if durable { 2 } else { 1 })
        .with_priority(0)
        .with_message_id(text(Uuid::new_v4()))
        .with_headers(headers)
}

/// The header with the ids of the calls that led to a message.
pub(super) fn caused_by(call_id: &str) -> FieldTable {
    let mut headers = FieldTable::default();
    let stack = FieldArray::from(vec![AMQPValue::LongString(call_id.into())]);
    headers.insert("nameko.call_id_stack".into(), AMQPValue::FieldArray(stack));
    headers
}

pub(super) fn text(id: Uuid) -> ShortString {
    ShortString::from(&*id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
}
