//! Settling late: nothing but the very delivery is ever settled.

use kinoko_amqp_client::{ErrorKind, Outcome};

use crate::case::{Case, Test, consume, failed, next, put, queue, soon, test, to};

pub(crate) const TESTS: &[(&str, Test)] = &[
    test!("settling", after_the_channel_is_gone),
    test!("settling", after_the_connection_is_gone),
    test!("settling", after_the_consumer_is_gone),
    test!("settling", a_delivery_that_outlives_its_handles),
];

/// A message is delivered on a channel, the channel goes, and its number and tag mean another message.
async fn after_the_channel_is_gone(case: Case) {
    let connection = case.connect().await;
    for name in ["old", "new"] {
        let channel = connection.open_channel().await.unwrap();
        queue(&channel, name).await;
        put(&channel, &to(name, "x")).await;
        channel.close().await;
    }
    for closed_by_broker in [false, true] {
        let channel = connection.open_channel().await.unwrap();
        let number = channel.number();
        let mut consumer = consume(&channel, "old").await;
        let old = next(&mut consumer).await;
        if closed_by_broker {
            failed(channel.purge_queue("absent").await, ErrorKind::NotFound, "absent");
        } else {
            channel.close().await;
        }
        drop((channel, consumer));
        let channel = connection.open_channel().await.unwrap();
        assert_eq!(channel.number(), number);
        let mut consumer = consume(&channel, "new").await;
        let new = next(&mut consumer).await;
        failed(old.ack(), ErrorKind::Stale, "gone");
        case.settles_at("new", (0, 1)).await;
        case.settles_at("old", (1, 0)).await;
        new.requeue().unwrap();
        // Waited for, so that its number is free.
        channel.close().await;
    }
    case.settles_at("new", (1, 0)).await;
}

async fn after_the_connection_is_gone(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    for _ in 0..4 {
        put(&channel, &to("queue", "x")).await;
    }
    let mut consumer = consume(&channel, "queue").await;
    let mut taken = Vec::new();
    for _ in 0..3 {
        taken.push(next(&mut consumer).await);
    }
    channel.connection().abort();
    let mut ways = [
        kinoko_amqp_client::Delivery::ack,
        kinoko_amqp_client::Delivery::reject,
        kinoko_amqp_client::Delivery::ack_all_up_to_here,
    ]
    .into_iter();
    for delivery in taken {
        let settle = ways.next().unwrap();
        failed(settle(delivery), ErrorKind::Stale, "");
    }
    case.settles_at("queue", (4, 0)).await;
}

async fn after_the_consumer_is_gone(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    for _ in 0..3 {
        put(&channel, &to("queue", "x")).await;
    }
    let mut consumer = consume(&channel, "queue").await;
    let (first, second) = (next(&mut consumer).await, next(&mut consumer).await);
    drop(consumer);
    first.ack().unwrap();
    second.reject().unwrap();
    case.settles_at("queue", (1, 0)).await;
}

async fn a_delivery_that_outlives_its_handles(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    put(&channel, &to("queue", "x")).await;
    let mut consumer = consume(&channel, "queue").await;
    let delivery = next(&mut consumer).await;
    let confirm = channel.submit(&to("queue", "y")).await.unwrap();
    // Everything is let go of, but for one delivery.
    drop((channel, consumer));
    assert_eq!(soon("an outcome", confirm).await, Outcome::Confirmed);
    case.settles_at("queue", (1, 1)).await;
    delivery.ack().unwrap();
    // The connection ends, and what it had to say was said.
    case.settles_at("queue", (1, 0)).await;
    crate::case::until("it is gone", async || {
        let connections = case.node().await.ctl(&["list_connections", "vhost"]).await.unwrap();
        !connections.lines().any(|it| it == case.vhost)
    })
    .await;
}
