//! Consumers whose queue goes away, whose broker loses patience, or who do not read.

use std::time::Duration;

use futures_util::future::join_all;
use kinoko_amqp_client::{
    Connection, ConnectionEvent, Consume, ErrorKind, Fields, Publish, QueueDeclaration, Scope,
    Value,
};
use tokio::time::timeout;

use crate::{
    case::{Case, Test, consume, ending, failed, next, put, queue, soon, test, to, until},
    process::{growth, memory},
};

pub(crate) const TESTS: &[(&str, Test)] = &[
    test!("consumers", a_queue_deleted_under_its_consumer),
    test!("consumers", a_broker_that_loses_patience),
    test!("consumers", one_that_does_not_read),
    test!("consumers", a_message_that_is_always_given_back),
];

async fn a_queue_deleted_under_its_consumer(case: Case) {
    let connection = case.connect().await;
    let mut events = connection.events();
    let channel = connection.open_channel().await.unwrap();
    for name in ["doomed", "other"] {
        queue(&channel, name).await;
    }
    put(&channel, &to("doomed", "x")).await;
    let mut consumer = consume(&channel, "doomed").await;
    let mut other = consume(&channel, "other").await;
    let kept = next(&mut consumer).await;
    case.channel().await.delete_queue("doomed", false, false).await.unwrap();
    let error = ending(&mut consumer).await;
    assert_eq!((error.kind(), error.scope()), (ErrorKind::NotFound, Scope::Request));
    let event = soon("an event", events.next()).await;
    assert_eq!(event, Some(ConnectionEvent::ConsumerCancelled(error)));
    assert!(channel.is_open());
    // Its message went with it, and to settle it does no harm.
    kept.ack().unwrap();
    drop(consumer);
    put(&channel, &to("other", "x")).await;
    next(&mut other).await.ack().unwrap();
    queue(&channel, "doomed").await;
    put(&channel, &to("doomed", "again")).await;
    let mut consumer = consume(&channel, "doomed").await;
    next(&mut consumer).await.ack().unwrap();
}

async fn a_broker_that_loses_patience(case: Case) {
    let settings = "application:set_env(rabbit, channel_tick_interval, 200), \
        application:set_env(rabbit, consumer_timeout, 1000).";
    case.node().await.eval(settings).await.unwrap();
    let connection = case.connect().await;
    let channel = connection.open_channel().await.unwrap();
    queue(&channel, "queue").await;
    put(&channel, &to("queue", "x")).await;
    let mut consumer = consume(&channel, "queue").await;
    let late = next(&mut consumer).await;
    let error = ending(&mut consumer).await;
    assert_eq!((error.kind(), error.scope()), (ErrorKind::Precondition, Scope::Channel));
    assert!(error.text().contains("timeout") || error.text().contains("timed out"), "{error:?}");
    failed(late.ack(), ErrorKind::Stale, "");
    assert!(!channel.is_open() && !connection.is_closed());
    let channel = connection.open_channel().await.unwrap();
    let (_, again) = channel.get("queue", false).await.unwrap().unwrap();
    assert!(again.redelivered());
    again.ack().unwrap();
}

/// Bounded memory while it does not read, nothing lost when it does; and the link is kept meanwhile.
async fn one_that_does_not_read(case: Case) {
    const COUNT: usize = 20_000;
    let filling = case.channel().await;
    queue(&filling, "queue").await;
    let padding = "x".repeat(2000);
    for numbers in (0..COUNT).collect::<Vec<_>>().chunks(1000) {
        let mut confirms = Vec::new();
        for number in numbers {
            let body = format!("{number} {padding}").into();
            let message = Publish { body, ..to("queue", "") };
            confirms.push(filling.submit(&message).await.unwrap());
        }
        soon("all outcomes", join_all(confirms)).await;
    }
    let mut options = case.options();
    options.config.heartbeat = Duration::from_secs(1);
    options.config.limits.undelivered = 1 << 20;
    let connection = Connection::connect_with(&options).await.unwrap();
    let channel = connection.open_channel().await.unwrap();
    let before = memory();
    let no_ack = Consume { queue: "queue", no_ack: true, ..Consume::default() };
    let mut consumer = channel.consume(&no_ack).await.unwrap();
    // Some 450 of them, with their names, headers and places.
    until("a megabyte waits", async || consumer.waiting() > 400).await;
    // Longer than two heartbeats, and nobody gives anybody up.
    assert!(timeout(Duration::from_secs(3), connection.closed()).await.is_err());
    assert!(consumer.waiting() < 2000, "{} wait", consumer.waiting());
    println!("    {} kB for {} messages", growth(before) / 1024, consumer.waiting());
    assert!(growth(before) < 8 << 20, "{} bytes", growth(before));
    for number in 0..COUNT {
        let delivery = next(&mut consumer).await;
        let expected = format!("{number} ");
        assert!(delivery.message().body().starts_with(expected.as_bytes()), "in order");
    }
    channel.prefetch(1).await.expect("the connection lives");
}

async fn a_message_that_is_always_given_back(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "dead").await;
    let quorum = QueueDeclaration {
        name: "quorum",
        durable: true,
        arguments: Fields::new()
            .with("x-queue-type", "quorum")
            .with("x-delivery-limit", 5)
            .with("x-dead-letter-exchange", "")
            .with("x-dead-letter-routing-key", "dead"),
        ..QueueDeclaration::default()
    };
    channel.declare_queue(&quorum).await.unwrap();
    put(&channel, &to("quorum", "poison")).await;
    channel.prefetch(10).await.unwrap();
    let mut consumer = consume(&channel, "quorum").await;
    let mut dead = consume(&channel, "dead").await;
    let mut deliveries = 0;
    let letter = loop {
        tokio::select! {
            delivery = next(&mut consumer) => {
                let count = delivery.message().properties().headers
                    .and_then(|it| it.get("x-delivery-count")).and_then(Value::to_i64);
                assert_eq!(count.unwrap_or(0), deliveries, "{delivery:?}");
                deliveries += 1;
                delivery.requeue().unwrap();
            }
            letter = next(&mut dead) => break letter,
        }
    };
    assert_eq!(deliveries, 6);
    let properties = letter.message().properties();
    let Some(Value::Array(deaths)) = properties.headers.and_then(|it| it.get("x-death")) else {
        panic!("{letter:?}")
    };
    let Some(Value::Table(death)) = deaths.iter().next() else { panic!("{letter:?}") };
    assert_eq!(death.get("reason"), Some("delivery_limit".into()));
    assert_eq!(death.get("count"), Some(1_i64.into()));
    letter.ack().unwrap();
}
