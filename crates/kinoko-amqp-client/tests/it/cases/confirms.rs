//! Publishes whose outcome is not known, or known to be bad; and those that are not sent at all.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::{join_all, try_join_all};
use kinoko_amqp_client::{
    Channel, Confirm, ConnectionEvent, ErrorKind, ExchangeDeclaration, Fields, Outcome, Publish,
};

use crate::{
    case::{Case, Test, failed, put, queue, soon, test, to, until, within},
    process::{growth, memory},
};

pub(crate) const TESTS: &[(&str, Test)] = &[
    test!("confirms", a_killed_broker_leaves_nobody_waiting),
    test!("confirms", an_exchange_deleted_under_its_publisher),
    test!("confirms", a_body_the_broker_would_not_take),
    test!("confirms", what_is_unconfirmed_is_bounded),
];

async fn submit(channel: &Channel, message: &Publish<'_>, count: usize) -> Vec<Confirm> {
    try_join_all((0..count).map(|_| channel.submit(message))).await.unwrap()
}

async fn a_killed_broker_leaves_nobody_waiting(case: Case) {
    let mut options = case.options();
    options.config.limits.buffered = 128 << 20;
    let connection = kinoko_amqp_client::Connection::connect_with(&options).await.unwrap();
    let channel = connection.open_channel().await.unwrap();
    queue(&channel, "queue").await;
    put(&channel, &to("queue", "x")).await;
    let mut node = case.node().await;
    // So much that it cannot confirm all of them before it is gone.
    let body = Bytes::from(vec![b'x'; 100_000]);
    let confirms = submit(&channel, &Publish { body, ..to("queue", "") }, 500).await;
    let waiting = channel.prefetch(1);
    tokio::pin!(waiting);
    assert!(futures_util::poll!(&mut waiting).is_pending());
    node.kill9().await.unwrap();
    let outcomes = within(Duration::from_secs(2), "all outcomes", join_all(confirms)).await;
    let mut unknown = 0;
    for outcome in outcomes {
        match outcome {
            Outcome::Confirmed => assert_eq!(unknown, 0, "they are confirmed in order"),
            Outcome::Unknown(error) if error.kind() == ErrorKind::Lost => unknown += 1,
            other => panic!("{other:?}"),
        }
    }
    println!("    {unknown} of 500 are unknown");
    assert!(unknown > 0);
    failed(soon("an answer", waiting).await, ErrorKind::Lost, "");
    let started = Instant::now();
    failed(channel.publish(&to("queue", "x")).await, ErrorKind::Lost, "");
    failed(channel.prefetch(1).await, ErrorKind::Lost, "");
    failed(connection.open_channel().await, ErrorKind::Lost, "");
    let moment = Duration::from_secs(1);
    within(moment, "closing the channel", channel.close()).await;
    within(moment, "closing the connection", connection.close()).await;
    assert!(started.elapsed() < Duration::from_millis(100), "{:?}", started.elapsed());
    node.restart().await.unwrap();
}

async fn an_exchange_deleted_under_its_publisher(case: Case) {
    let connection = case.connect().await;
    let mut events = connection.events();
    let [doomed, other] =
        [connection.open_channel().await.unwrap(), connection.open_channel().await.unwrap()];
    let exchange = ExchangeDeclaration { name: "gone", ..ExchangeDeclaration::default() };
    other.declare_exchange(&exchange).await.unwrap();
    queue(&other, "queue").await;
    other.bind_queue("queue", "gone", "#", &Fields::new()).await.unwrap();
    let message = Publish { exchange: "gone".into(), ..to("key", "x") };
    put(&doomed, &message).await;
    other.delete_exchange("gone", false).await.unwrap();
    // The broker may have closed the channel before the last of them: that one is not sent.
    let submitted = join_all((0..100).map(|_| doomed.submit(&message))).await;
    let (lost, refused): (Vec<_>, Vec<_>) = submitted.into_iter().partition(Result::is_ok);
    assert!(!lost.is_empty());
    for error in refused.into_iter().filter_map(Result::err) {
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
    }
    let lost: Vec<Confirm> = lost.into_iter().filter_map(Result::ok).collect();
    let fine = submit(&other, &to("queue", "x"), 100).await;
    for outcome in soon("all outcomes", join_all(lost)).await {
        let Outcome::Unknown(error) = outcome else { panic!("{outcome:?}") };
        assert_eq!((error.kind(), error.code().unwrap().code), (ErrorKind::NotFound, 404));
        assert!(error.text().contains("gone"), "{error:?}");
    }
    for outcome in soon("all outcomes", join_all(fine)).await {
        assert_eq!(outcome, Outcome::Confirmed);
    }
    assert!(!doomed.is_open() && other.is_open());
    let started = Instant::now();
    doomed.publish(&message).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_millis(100));
    match soon("an event", events.next()).await {
        Some(ConnectionEvent::ChannelClosed(error)) => {
            assert_eq!(error.kind(), ErrorKind::NotFound);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(other.purge_queue("queue").await, Ok(101));
}

async fn a_body_the_broker_would_not_take(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    let before = memory();
    // Zeroes that nobody writes to or reads take no memory.
    let body = Bytes::from(vec![0; 129 << 20]);
    let large = Publish { body, ..to("queue", "") };
    failed(channel.publish(&large).await, ErrorKind::TooLarge, "135266304");
    failed(channel.try_submit(&large), ErrorKind::TooLarge, "");
    failed(channel.send(&large).await, ErrorKind::TooLarge, "");
    assert!(growth(before) < 8 << 20, "{} bytes", growth(before));
    drop(large);
    put(&channel, &to("queue", "x")).await;
    assert_eq!(channel.purge_queue("queue").await, Ok(1));
}

async fn what_is_unconfirmed_is_bounded(case: Case) {
    let mut options = case.options();
    options.config.limits.buffered = 64 * 1024;
    let connection = kinoko_amqp_client::Connection::connect_with(&options).await.unwrap();
    let channel = connection.open_channel().await.unwrap();
    queue(&channel, "queue").await;
    case.node().await.pause().unwrap();
    let message = to("queue", "x");
    let mut confirms = Vec::new();
    // The socket's buffers take some, then ours does, and then nobody is let in.
    let error = loop {
        match channel.try_submit(&message) {
            Ok(confirm) => confirms.push(confirm),
            Err(error) if confirms.len() < 65_536 => {
                let full = async || channel.try_submit(&message).is_err();
                let a_moment = Duration::from_millis(200);
                // The connection's task may not have had its turn.
                if tokio::time::timeout(a_moment, until("room", async || !full().await))
                    .await
                    .is_err()
                {
                    break error;
                }
            }
            Err(error) => break error,
        }
    };
    failed::<()>(Err(error), ErrorKind::Full, "on their way");
    case.node().await.resume().unwrap();
    for outcome in soon("all outcomes", join_all(confirms)).await {
        assert_eq!(outcome, Outcome::Confirmed);
    }
}
