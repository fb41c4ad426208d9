//! Channels: many, used again, and asked many things at once.

use futures_util::future::{join_all, try_join_all};
use kinoko_amqp_client::{Connection, ConnectionEvent, ErrorKind, QueueDeclaration, Retry, Scope};

use crate::case::{Case, Test, failed, put, queue, soon, test, to, until};

pub(crate) const TESTS: &[(&str, Test)] = &[
    test!("channels", numbers_are_used_again),
    test!("channels", five_hundred_at_once),
    test!("channels", no_more_than_were_agreed_on),
    test!("channels", requests_do_not_wait_for_each_other),
    test!("channels", who_gives_up_leaves_nothing_behind),
    test!("channels", closing_waits_for_what_is_on_its_way),
    test!("channels", what_happens_is_told),
];

async fn numbers_are_used_again(case: Case) {
    let connection = case.connect().await;
    for _ in 0..50 {
        let first = connection.open_channel().await.unwrap();
        let second = connection.open_channel().await.unwrap();
        assert_eq!((first.number(), second.number()), (1, 2));
        let look = QueueDeclaration { name: "absent", passive: true, ..Default::default() };
        failed(first.declare_queue(&look).await, ErrorKind::NotFound, "absent");
        let third = connection.open_channel().await.unwrap();
        assert_eq!(third.number(), 1);
        assert!(!first.is_open() && third.is_open());
        failed(first.prefetch(1).await, ErrorKind::NotFound, "absent");
        third.close().await;
        third.close().await;
        second.close().await;
    }
}

async fn five_hundred_at_once(case: Case) {
    let connection = case.connect().await;
    let channels = try_join_all((0..500).map(|_| connection.open_channel())).await.unwrap();
    let mut numbers: Vec<_> = channels.iter().map(|it| it.number()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=500).collect::<Vec<_>>());
    join_all(channels.iter().map(async |channel| {
        let name = format!("queue-{}", channel.number());
        queue(channel, &name).await;
        put(channel, &to(&name, "x")).await;
        let (left, delivery) = channel.get(&name, false).await.unwrap().unwrap();
        assert_eq!(left, 0);
        delivery.ack().unwrap();
    }))
    .await;
    drop(channels);
    until("all are closed", async || {
        let listed = case.list(&["list_queues", "name"]).await;
        let channels = case.node().await.ctl(&["list_channels", "vhost"]).await.unwrap();
        assert_eq!(listed.len(), 500);
        !channels.lines().any(|it| it == case.vhost)
    })
    .await;
}

async fn no_more_than_were_agreed_on(case: Case) {
    let mut options = case.options();
    options.config.channel_max = 3;
    let connection = Connection::connect_with(&options).await.unwrap();
    let channels = try_join_all((0..3).map(|_| connection.open_channel())).await.unwrap();
    let error = failed(connection.open_channel().await, ErrorKind::Exhausted, "3");
    assert_eq!(error.scope(), Scope::Request);
    channels[1].close().await;
    assert_eq!(connection.open_channel().await.unwrap().number(), 2);
}

async fn requests_do_not_wait_for_each_other(case: Case) {
    let connection = case.connect().await;
    let channels = try_join_all((0..4).map(|_| connection.open_channel())).await.unwrap();
    join_all((0..400).map(async |number| {
        let channel = &channels[number % 4];
        let name = format!("queue-{number}");
        queue(channel, &name).await;
        for _ in 0..number % 3 {
            put(channel, &to(&name, "x")).await;
        }
        let look = QueueDeclaration { name: &name, passive: true, ..Default::default() };
        let (state, got) = tokio::join!(channel.declare_queue(&look), channel.get(&name, true));
        let state = state.unwrap();
        // Each answer belongs to its question.
        assert_eq!((&*state.name, state.messages as usize), (&*name, number % 3));
        assert_eq!(got.unwrap().is_some(), number % 3 > 0);
        assert_eq!(
            channel.delete_queue(&name, false, false).await,
            Ok((number % 3).saturating_sub(1) as u32)
        );
    }))
    .await;
}

async fn who_gives_up_leaves_nothing_behind(case: Case) {
    let connection = case.connect().await;
    let channel = connection.open_channel().await.unwrap();
    queue(&channel, "queue").await;
    put(&channel, &to("queue", "x")).await;
    case.node().await.pause().unwrap();
    let a_moment = std::time::Duration::from_millis(50);
    let consume = kinoko_amqp_client::Consume { queue: "queue", ..Default::default() };
    assert!(tokio::time::timeout(a_moment, channel.consume(&consume)).await.is_err());
    assert!(tokio::time::timeout(a_moment, channel.get("queue", false)).await.is_err());
    assert!(tokio::time::timeout(a_moment, connection.open_channel()).await.is_err());
    case.node().await.resume().unwrap();
    case.settles_at("queue", (1, 0)).await;
    until("there is no consumer", async || {
        case.list(&["list_consumers", "queue_name"]).await.is_empty()
    })
    .await;
    until("there is one channel", async || {
        let channels = case.node().await.ctl(&["list_channels", "vhost"]).await.unwrap();
        assert!(channel.is_open(), "{connection:?}");
        channels.lines().filter(|it| *it == case.vhost).count() == 1
    })
    .await;
    assert!(channel.get("queue", true).await.unwrap().is_some());
}

async fn closing_waits_for_what_is_on_its_way(case: Case) {
    for whole in [false, true] {
        let connection = case.connect().await;
        let channel = connection.open_channel().await.unwrap();
        queue(&channel, "queue").await;
        let message = to("queue", "x");
        let confirms = try_join_all((0..1000).map(|_| channel.submit(&message))).await.unwrap();
        if whole {
            connection.close().await;
        } else {
            channel.close().await;
        }
        for confirm in confirms {
            let outcome = soon("an outcome", confirm).await;
            assert_eq!(outcome, kinoko_amqp_client::Outcome::Confirmed);
        }
        let error = failed(channel.publish(&message).await, ErrorKind::Closed, "");
        assert_eq!(error.retry(), Retry::Soon);
        assert_eq!(case.channel().await.purge_queue("queue").await, Ok(1000));
    }
}

async fn what_happens_is_told(case: Case) {
    let connection = case.connect().await;
    let mut events = connection.events();
    let channel = connection.open_channel().await.unwrap();
    let look = QueueDeclaration { name: "absent", passive: true, ..Default::default() };
    let error = failed(channel.declare_queue(&look).await, ErrorKind::NotFound, "absent");
    let event = soon("an event", events.next()).await;
    assert_eq!(event, Some(ConnectionEvent::ChannelClosed(error)));
    case.node().await.close_all_connections().await.unwrap();
    let reason = soon("the end", connection.closed()).await;
    assert_eq!((reason.kind(), reason.scope()), (ErrorKind::Forced, Scope::Connection));
    assert_eq!(reason.code().unwrap().code, 320);
    assert!(reason.text().contains("for a test"), "{reason:?}");
    let event = soon("an event", events.next()).await;
    assert_eq!(event, Some(ConnectionEvent::Closed(reason.clone())));
    assert_eq!(soon("the end", events.next()).await, None);
    assert_eq!(connection.open_channel().await.err(), Some(reason));
}
