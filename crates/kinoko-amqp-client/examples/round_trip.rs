//! Publishes a message, is told that the broker has it, and takes it out again.
//!
//! ```sh
//! cargo run -p kinoko-amqp-client --example round_trip -- amqp://guest:guest@localhost
//! ```

use kinoko_amqp_client::{Connection, Consume, Outcome, Properties, Publish, QueueDeclaration};

#[tokio::main]
async fn main() -> Result<(), kinoko_amqp_client::Error> {
    let uri = std::env::args().nth(1);
    let connection = Connection::connect(uri.as_deref().unwrap_or("amqp://localhost")).await?;
    let channel = connection.open_channel().await?;
    let queue = QueueDeclaration { exclusive: true, ..QueueDeclaration::default() };
    let queue = channel.declare_queue(&queue).await?.name;

    let message = Publish {
        routing_key: (&queue).into(),
        mandatory: true,
        properties: Properties { content_type: Some("text/plain".into()), ..Properties::default() },
        body: "hello".into(),
        ..Publish::default()
    };
    assert_eq!(channel.publish(&message).await?, Outcome::Confirmed);
    let lost = Publish { routing_key: "nowhere".into(), ..message.clone() };
    println!("to a queue: confirmed; to nowhere: {:?}", channel.publish(&lost).await?);

    channel.prefetch(10).await?;
    let mut consumer = channel.consume(&Consume { queue: &queue, ..Consume::default() }).await?;
    if let Some(delivery) = consumer.next().await {
        let delivery = delivery?;
        println!("{:?}", delivery.message());
        delivery.ack()?;
    }
    connection.close().await;
    Ok(())
}
