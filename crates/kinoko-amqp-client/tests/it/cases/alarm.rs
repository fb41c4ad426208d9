//! A broker short of memory: it takes no messages, and whoever consumes goes on.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::{join_all, try_join_all};
use kinoko_amqp_client::{
    Channel, Connection, ConnectionEvent, ErrorKind, Outcome, Publish, Status,
};
use tokio::{task::JoinSet, time::timeout};

use crate::{
    case::{Case, Test, consume, failed, next, put, queue, soon, test, to, within},
    process::{growth, memory},
    proxy::Proxy,
};

pub(crate) const TESTS: &[(&str, Test)] = &[
    test!("alarm", publishing_waits_and_is_told_why),
    test!("alarm", consuming_goes_on),
    test!("alarm", acknowledgements_do_not_wait_in_line),
    test!("alarm", closing_does_not_wait_for_its_end),
    test!("alarm", memory_stays_flat),
    test!("alarm", a_broker_that_dies_of_it),
];

/// A moment in which nothing is to happen.
const A_MOMENT: Duration = Duration::from_millis(300);

async fn alarm(case: &Case, on: bool) {
    case.node().await.set_memory_alarm(on).await.unwrap();
}

/// Publishes the one message that the broker takes before it says that it takes none.
async fn blocked(channel: &Channel) {
    let connection = channel.connection();
    let mut events = connection.events();
    let first = channel.submit(&to("queue", "first")).await.unwrap();
    match soon("an event", events.next()).await {
        Some(ConnectionEvent::Blocked(reason)) => assert!(reason.contains("memory"), "{reason}"),
        other => panic!("{other:?}"),
    }
    drop(first);
    assert!(connection.is_blocked() && !connection.is_closed());
    let Status::Blocked { reason, .. } = connection.status().borrow().clone() else {
        panic!("{connection:?}")
    };
    assert!(reason.contains("memory"), "{reason}");
}

async fn publishing_waits_and_is_told_why(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    put(&channel, &to("queue", "x")).await;
    let mut events = channel.connection().events();
    alarm(&case, true).await;
    assert!(!channel.connection().is_blocked(), "who publishes nothing is left alone");
    blocked(&channel).await;
    soon("an event", events.next()).await;
    let (x, waits) = (to("queue", "x"), to("queue", "waits"));
    // Who gives up was not sent.
    assert!(timeout(A_MOMENT, channel.publish(&x)).await.is_err());
    assert!(timeout(A_MOMENT, channel.send(&x)).await.is_err());
    failed(channel.try_submit(&x), ErrorKind::Blocked, "memory");
    failed(channel.try_send(&x), ErrorKind::Blocked, "memory");
    let mut waiting = Box::pin(channel.publish(&waits));
    assert!(timeout(A_MOMENT, &mut waiting).await.is_err());
    alarm(&case, false).await;
    assert_eq!(soon("an event", events.next()).await, Some(ConnectionEvent::Unblocked));
    assert_eq!(soon("an outcome", waiting).await, Ok(Outcome::Confirmed));
    assert!(!channel.connection().is_blocked());
    assert_eq!(*channel.connection().status().borrow(), Status::Open);
    let mut bodies = Vec::new();
    while let Some((_, delivery)) = channel.get("queue", true).await.unwrap() {
        bodies.push(String::from_utf8_lossy(delivery.message().body()).into_owned());
    }
    assert_eq!(bodies, ["x", "first", "waits"]);
}

async fn consuming_goes_on(case: Case) {
    let publisher = case.channel().await;
    for name in ["queue", "work"] {
        queue(&publisher, name).await;
    }
    let work = to("work", "x");
    let publishing = join_all((0..1000).map(|_| put(&publisher, &work)));
    soon("all are there", publishing).await;
    let channel = case.channel().await;
    channel.prefetch(50).await.unwrap();
    alarm(&case, true).await;
    blocked(&publisher).await;
    let mut consumer = consume(&channel, "work").await;
    for _ in 0..1000 {
        next(&mut consumer).await.ack().unwrap();
    }
    case.settles_at("work", (0, 0)).await;
    assert!(publisher.connection().is_blocked() && !channel.connection().is_blocked());
    alarm(&case, false).await;
}

/// On the connection that is blocked the broker reads nothing. What is acknowledged there arrives
/// first of all once it reads again.
async fn acknowledgements_do_not_wait_in_line(case: Case) {
    let mut options = case.lively();
    options.config.heartbeat = Duration::from_secs(1);
    let (proxy, options) = Proxy::before(&options).await;
    let connection = Connection::connect_with(&options).await.unwrap();
    let channel = connection.open_channel().await.unwrap();
    for name in ["queue", "work"] {
        queue(&channel, name).await;
    }
    let work = to("work", "x");
    join_all((0..100).map(|_| put(&channel, &work))).await;
    let mut consumer = consume(&channel, "work").await;
    let mut deliveries = Vec::new();
    for _ in 0..100 {
        deliveries.push(next(&mut consumer).await);
    }
    alarm(&case, true).await;
    blocked(&channel).await;
    let mut tasks = JoinSet::new();
    for _ in 0..100 {
        let channel = channel.clone();
        tasks.spawn(async move { channel.publish(&to("queue", "waits")).await });
    }
    tokio::task::yield_now().await;
    let before = proxy.sent();
    for delivery in deliveries {
        delivery.ack().unwrap();
    }
    // They are written at once: twenty-one bytes, in which the last stands for all.
    crate::case::until("they are written", async || proxy.sent() >= before + 21).await;
    assert!(proxy.sent() < before + 100 * 21 + 500, "{} bytes", proxy.sent() - before);
    // And for longer than two heartbeats nobody gives anybody up.
    assert!(timeout(Duration::from_millis(2500), connection.closed()).await.is_err());
    alarm(&case, false).await;
    for outcome in soon("all outcomes", tasks.join_all()).await {
        assert_eq!(outcome, Ok(Outcome::Confirmed));
    }
    case.settles_at("work", (0, 0)).await;
    case.settles_at("queue", (101, 0)).await;
}

async fn closing_does_not_wait_for_its_end(case: Case) {
    let mut options = case.options();
    options.config.close_timeout = Duration::from_secs(1);
    for unresolved in [false, true] {
        let connection = Connection::connect_with(&options).await.unwrap();
        let channel = connection.open_channel().await.unwrap();
        queue(&channel, "queue").await;
        alarm(&case, true).await;
        blocked(&channel).await;
        let waiting = tokio::spawn({
            let channel = channel.clone();
            async move { channel.publish(&to("queue", "waits")).await }
        });
        let started = Instant::now();
        // Draining and being answered, a second each.
        if unresolved {
            within(Duration::from_secs(4), "the channel closes", channel.close()).await;
        }
        within(Duration::from_secs(3), "the connection closes", connection.close()).await;
        println!("    closed in {:.1} s", started.elapsed().as_secs_f32());
        failed(soon("it fails", waiting).await.unwrap(), ErrorKind::Closed, "");
        alarm(&case, false).await;
    }
}

async fn memory_stays_flat(case: Case) {
    let (proxy, options) = Proxy::before(&case.options()).await;
    let connection = Connection::connect_with(&options).await.unwrap();
    let channel = connection.open_channel().await.unwrap();
    queue(&channel, "queue").await;
    alarm(&case, true).await;
    blocked(&channel).await;
    let (before, sent) = (memory(), proxy.sent());
    let body = Bytes::from(vec![b'x'; 10_000]);
    let mut tasks = JoinSet::new();
    for _ in 0..5000 {
        let (channel, body) = (channel.clone(), body.clone());
        tasks.spawn(async move {
            let message = Publish { body, ..to("queue", "") };
            channel.publish(&message).await
        });
    }
    assert!(timeout(A_MOMENT, tasks.join_next()).await.is_err(), "none is through");
    println!("    {} kB for 5,000 that wait", growth(before) / 1024);
    assert!(growth(before) < 16 << 20, "{} bytes", growth(before));
    assert!(proxy.sent() - sent < 1000, "{} bytes were sent", proxy.sent() - sent);
    alarm(&case, false).await;
    for outcome in soon("all outcomes", tasks.join_all()).await {
        assert_eq!(outcome, Ok(Outcome::Confirmed));
    }
    assert_eq!(channel.purge_queue("queue").await, Ok(5001));
}

async fn a_broker_that_dies_of_it(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    alarm(&case, true).await;
    blocked(&channel).await;
    let message = to("queue", "x");
    let waiting: Vec<_> = (0..10).map(|_| channel.publish(&message)).collect();
    let waiting = join_all(waiting);
    tokio::pin!(waiting);
    assert!(timeout(A_MOMENT, &mut waiting).await.is_err());
    let mut node = case.node().await;
    node.kill9().await.unwrap();
    for outcome in within(Duration::from_secs(2), "all fail", waiting).await {
        failed(outcome, ErrorKind::Lost, "");
    }
    node.restart().await.unwrap();
    drop(node);
    // Another connection knows nothing of it.
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    let confirms = try_join_all((0..10).map(|_| channel.submit(&message))).await.unwrap();
    for outcome in soon("all outcomes", join_all(confirms)).await {
        assert_eq!(outcome, Outcome::Confirmed);
    }
}
