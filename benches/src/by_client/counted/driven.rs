//! With tokio around it: the handles, the connection's task, and a [`Socket`] that is none.

use kinoko_amqp_client::{Channel, Config, Connection, Consume, Outcome};

use super::{
    publish,
    socket::{Play, Socket},
};
use crate::Failure;

/// Publishes so many messages, always `in_flight` of them before they are confirmed together.
pub(crate) async fn publishes(count: u64, in_flight: u64) -> Result<(), Failure> {
    let message = publish();
    let channel = channel(Play::Confirms { every: in_flight }).await?;
    let mut outcomes = Vec::with_capacity(usize::try_from(in_flight)?);
    for _ in 0..count / in_flight {
        for _ in 0..in_flight {
            outcomes.push(channel.submit(&message).await?);
        }
        for outcome in outcomes.drain(..) {
            match outcome.await {
                Outcome::Confirmed => {}
                other => return Err(format!("a message was not confirmed: {other:?}").into()),
            }
        }
    }
    Ok(())
}

/// Is delivered so many messages, `in_flight` at once, and acknowledges each.
pub(crate) async fn deliveries(count: u64, in_flight: u64) -> Result<(), Failure> {
    let channel = channel(Play::Deliveries { at_once: in_flight }).await?;
    let consume = Consume { queue: "orders", tag: "c", ..Consume::default() };
    let mut consumer = channel.consume(&consume).await?;
    for _ in 0..count {
        let delivery = consumer.next().await.ok_or("the deliveries ended")??;
        delivery.ack()?;
    }
    Ok(())
}

/// A channel, which keeps its connection.
async fn channel(play: Play) -> Result<Channel, Failure> {
    let connection = Connection::over(Socket::new(play)?, Config::default()).await?;
    Ok(connection.open_channel().await?)
}
