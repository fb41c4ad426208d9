//! What both ends of the loops need of amqprs: a connection, declarations, properties.

use amqprs::{
    BasicProperties, DELIVERY_MODE_TRANSIENT, FieldTable, FieldValue,
    callbacks::DefaultChannelCallback,
    channel::{
        BasicConsumeArguments, BasicQosArguments, Channel, ConsumerMessage,
        ExchangeDeclareArguments, QueueBindArguments, QueueDeclareArguments,
    },
    connection::{Connection, OpenConnectionArguments},
};
use tokio::sync::mpsc::UnboundedReceiver;
use uuid::Uuid;

use crate::Failure;

pub(super) const RPC: &str = "nameko-rpc";
/// As much as Kinoko's default.
const PREFETCH: u16 = 256;

/// A queue to consume.
pub(super) struct Queue<'a> {
    pub(super) name: &'a str,
    pub(super) routing_key: &'a str,
    /// Whether it goes when nobody consumes it for five minutes.
    pub(super) expires: bool,
    pub(super) no_ack: bool,
}

pub(super) async fn connect(uri: &str) -> Result<Connection, Failure> {
    let mut options = OpenConnectionArguments::try_from(uri)?;
    // Its URIs have no virtual host but in the query.
    let host = uri.rsplit('/').next().unwrap_or_default();
    Ok(Connection::open(options.virtual_host(host)).await?)
}

pub(super) async fn open_channel(connection: &Connection) -> Result<Channel, Failure> {
    let channel = connection.open_channel(None).await?;
    // Without one, what comes back is an error in its log.
    channel.register_callback(DefaultChannelCallback).await?;
    Ok(channel)
}

impl Queue<'_> {
    /// Declares it and all that it needs, and consumes it.
    pub(super) async fn consume(
        &self,
        connection: &Connection,
    ) -> Result<(Channel, UnboundedReceiver<ConsumerMessage>), Failure> {
        let channel = open_channel(connection).await?;
        let exchange = ExchangeDeclareArguments::new(RPC, "topic").durable(true).finish();
        channel.exchange_declare(exchange).await?;
        let mut arguments = FieldTable::new();
        if self.expires {
            arguments.insert("x-expires".try_into()?, FieldValue::I(300_000));
        }
        let mut queue = QueueDeclareArguments::durable_client_named(self.name);
        channel.queue_declare(queue.arguments(arguments).finish()).await?;
        channel.queue_bind(QueueBindArguments::new(self.name, RPC, self.routing_key)).await?;
        channel.basic_qos(BasicQosArguments::new(0, PREFETCH, false)).await?;
        let mut consume = BasicConsumeArguments::new(self.name, "");
        let (_, messages) =
            channel.basic_consume_rx(consume.manual_ack(!self.no_ack).finish()).await?;
        Ok((channel, messages))
    }
}

/// What every message has.
pub(super) fn properties(headers: FieldTable) -> BasicProperties {
    let mut properties = BasicProperties::default();
    properties
        .with_content_type("application/json")
        .with_content_encoding("utf-8")
        .with_headers(headers)
        .with_delivery_mode(DELIVERY_MODE_TRANSIENT)
        .with_priority(0)
        .with_message_id(&Uuid::new_v4().to_string());
    properties
}
