//! A broker, or a way to it, that freezes, breaks or comes back.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use kinoko_amqp_client::{
    Channel, Connection, ErrorKind, Outcome, Properties, Publish, QueueDeclaration, Retry, Status,
};
use tokio::{task::JoinHandle, time::timeout};

use crate::{
    case::{Case, Test, consume, ending, failed, next, put, queue, soon, test, to, until, within},
    proxy::{Proxy, Way},
};

pub(crate) const TESTS: &[(&str, Test)] = &[
    test!("faults", a_frozen_broker),
    test!("faults", a_way_that_goes_silent),
    test!("faults", a_way_that_is_cut),
    test!("faults", a_quiet_broker_that_lives),
    test!("faults", a_program_that_blocks_its_runtime),
    test!("faults", no_zombie_comes_back_with_the_broker),
    test!("faults", dropped_on_a_silent_way),
    test!("faults", an_exclusive_queue_of_a_dead_link),
    test!("faults", a_broker_that_stops_in_order),
    test!("faults", confirmed_is_stored),
];

/// Two heartbeats of two seconds, and what a busy machine adds.
const NOTICED: std::ops::Range<Duration> = Duration::from_secs(3)..Duration::from_secs(6);

/// Awaits the outcome of a message that nobody answers, and that it comes when it should.
async fn unknown_in_time(connection: &Connection, outcome: impl Future<Output = Outcome>) {
    let started = Instant::now();
    let (outcome, reason) =
        within(NOTICED.end, "two heartbeats", async { tokio::join!(outcome, connection.closed()) })
            .await;
    assert!(started.elapsed() > NOTICED.start, "{:?}", started.elapsed());
    println!("    noticed after {:.1} s: {reason}", started.elapsed().as_secs_f32());
    assert_eq!(reason.kind(), ErrorKind::Lost);
    assert_eq!(outcome, Outcome::Unknown(reason.clone()));
    assert_eq!(*connection.status().borrow(), Status::Closed(reason));
}

async fn a_frozen_broker(case: Case) {
    let mut options = case.lively();
    let connection = Connection::connect_with(&options).await.unwrap();
    let channel = connection.open_channel().await.unwrap();
    queue(&channel, "queue").await;
    case.node().await.pause().unwrap();
    let confirm = channel.submit(&to("queue", "x")).await.unwrap();
    options.timeout = Duration::from_secs(1);
    let connecting = async {
        let started = Instant::now();
        failed(Connection::connect_with(&options).await, ErrorKind::TimedOut, "nothing was heard");
        let took = started.elapsed();
        assert!(took < Duration::from_millis(1500), "{took:?}");
    };
    tokio::join!(unknown_in_time(&connection, confirm), connecting);
    case.node().await.resume().unwrap();
    // It may be there or not, which is what was said.
    let channel = case.channel().await;
    let (_, stored) = soon("an answer", channel.get("queue", true)).await.unwrap().unwrap();
    assert_eq!(&**stored.message().body(), b"x");
}

async fn a_way_that_goes_silent(case: Case) {
    let (proxy, options) = Proxy::before(&case.lively()).await;
    let connection = Connection::connect_with(&options).await.unwrap();
    let channel = connection.open_channel().await.unwrap();
    queue(&channel, "queue").await;
    let mut consumer = consume(&channel, "queue").await;
    proxy.set(Way::Silent);
    let confirm = channel.submit(&to("queue", "x")).await.unwrap();
    unknown_in_time(&connection, confirm).await;
    assert_eq!(ending(&mut consumer).await.kind(), ErrorKind::Lost);
}

async fn a_way_that_is_cut(case: Case) {
    let (proxy, options) = Proxy::before(&case.options()).await;
    let connection = Connection::connect_with(&options).await.unwrap();
    let channel = connection.open_channel().await.unwrap();
    queue(&channel, "queue").await;
    let mut consumer = consume(&channel, "queue").await;
    proxy.set(Way::Silent);
    let confirm = channel.submit(&to("queue", "x")).await.unwrap();
    proxy.set(Way::Cut);
    let (outcome, reason) = within(Duration::from_secs(1), "it is noticed at once", async {
        tokio::join!(confirm, connection.closed())
    })
    .await;
    assert_eq!(reason.kind(), ErrorKind::Lost);
    assert_eq!(outcome, Outcome::Unknown(reason.clone()));
    assert_eq!(ending(&mut consumer).await, reason);
    failed(Connection::connect_with(&options).await, ErrorKind::Lost, "");
}

/// No false alarm: for longer than two heartbeats nothing happens but heartbeats.
async fn a_quiet_broker_that_lives(case: Case) {
    let mut options = case.options();
    options.config.heartbeat = Duration::from_secs(1);
    let connection = Connection::connect_with(&options).await.unwrap();
    let ended = timeout(Duration::from_secs(4), connection.closed()).await;
    assert!(ended.is_err(), "{ended:?}");
    connection.open_channel().await.unwrap();
}

/// What blocks shows no life, and the broker gives it up. That is found as soon as anything runs again, and
/// all goes on with another connection.
async fn a_program_that_blocks_its_runtime(case: Case) {
    let mut options = case.options();
    options.config.heartbeat = Duration::from_secs(1);
    let program = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let connection = Connection::connect_with(&options).await.unwrap();
            let channel = connection.open_channel().await.unwrap();
            queue(&channel, "queue").await;
            let mut consumer = consume(&channel, "queue").await;
            // RabbitMQ waits for three heartbeats at most.
            #[expect(clippy::disallowed_methods, reason = "that it blocks is the case")]
            std::thread::sleep(Duration::from_secs(5));
            let confirm = channel.submit(&to("queue", "x")).await;
            let reason =
                within(Duration::from_millis(500), "it is found", connection.closed()).await;
            assert_eq!(reason.kind(), ErrorKind::Lost);
            if let Ok(confirm) = confirm {
                assert_eq!(confirm.await, Outcome::Unknown(reason.clone()));
            }
            assert_eq!(ending(&mut consumer).await, reason);
            let again = Connection::connect_with(&options).await.unwrap();
            let channel = again.open_channel().await.unwrap();
            assert_eq!(
                soon("an outcome", channel.publish(&to("queue", "y"))).await.unwrap(),
                Outcome::Confirmed
            );
        });
    });
    program.await.unwrap();
}

/// How many connections and consumers the node sees in this virtual host.
async fn seen(case: &Case) -> (usize, usize) {
    let connections = case.node().await.ctl(&["list_connections", "vhost"]).await.unwrap();
    let consumers = case.list(&["list_consumers", "queue_name"]).await;
    (connections.lines().filter(|it| *it == case.vhost).count(), consumers.len())
}

async fn no_zombie_comes_back_with_the_broker(case: Case) {
    let connection = case.connect().await;
    let channel = connection.open_channel().await.unwrap();
    let durable = QueueDeclaration { name: "durable", durable: true, ..Default::default() };
    channel.declare_queue(&durable).await.unwrap();
    put(&channel, &to("durable", "x")).await;
    let mut consumer = consume(&channel, "durable").await;
    let mut node = case.node().await;
    node.kill9().await.unwrap();
    assert_eq!(ending(&mut consumer).await.kind(), ErrorKind::Lost);
    within(Duration::from_secs(1), "closing", connection.close()).await;
    drop((consumer, channel, connection));
    node.restart().await.unwrap();
    drop(node);
    // Were there anything to come back, it would be there well before two seconds are over.
    let deadline = Instant::now() + Duration::from_secs(2);
    while Instant::now() < deadline {
        assert_eq!(seen(&case).await, (0, 0));
    }
}

async fn dropped_on_a_silent_way(case: Case) {
    let (proxy, mut options) = Proxy::before(&case.options()).await;
    options.config.close_timeout = Duration::from_secs(1);
    let connection = Connection::connect_with(&options).await.unwrap();
    let channel = connection.open_channel().await.unwrap();
    queue(&channel, "queue").await;
    let consumer = consume(&channel, "queue").await;
    assert_eq!(seen(&case).await, (1, 1));
    let mut status = connection.status();
    proxy.set(Way::Silent);
    drop((consumer, channel, connection));
    let closing = status.wait_for(|it| matches!(it, Status::Closed(_)));
    within(Duration::from_secs(3), "it is given up", closing).await.unwrap();
    // The socket is closed, so the broker hears of it as soon as anything passes.
    proxy.set(Way::Open);
    until("the broker sees nothing", async || seen(&case).await == (0, 0)).await;
}

async fn an_exclusive_queue_of_a_dead_link(case: Case) {
    let (proxy, options) = Proxy::before(&case.lively()).await;
    let connection = Connection::connect_with(&options).await.unwrap();
    let mine = QueueDeclaration { name: "mine", exclusive: true, ..Default::default() };
    connection.open_channel().await.unwrap().declare_queue(&mine).await.unwrap();
    proxy.set(Way::Silent);
    let other = case.connect().await;
    let declare = async || other.open_channel().await.unwrap().declare_queue(&mine).await;
    let error = failed(declare().await, ErrorKind::Locked, "mine");
    // It is, until the broker finds out as well.
    assert_eq!((error.retry(), error.code().unwrap().code), (Retry::Soon, 405));
    soon("the link is given up", connection.closed()).await;
    until("the broker gives it up", async || match declare().await {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Locked);
            false
        }
    })
    .await;
}

async fn a_broker_that_stops_in_order(case: Case) {
    let connection = case.connect().await;
    let channel = connection.open_channel().await.unwrap();
    queue(&channel, "queue").await;
    let mut consumer = consume(&channel, "queue").await;
    let mut node = case.node().await;
    node.stop().await.unwrap();
    let reason = soon("the end", connection.closed()).await;
    assert_eq!(reason.kind(), ErrorKind::Forced, "{reason:?}");
    assert_eq!(ending(&mut consumer).await, reason);
    failed(Connection::connect_with(&case.options()).await, ErrorKind::Lost, "cannot connect");
    node.restart().await.unwrap();
}

/// A ledger over two crashes: what was confirmed is there, and what is unknown may be.
async fn confirmed_is_stored(case: Case) {
    let durable = QueueDeclaration { name: "durable", durable: true, ..Default::default() };
    let (mut confirmed, mut unknown) = (HashSet::new(), 0);
    for round in 0..2 {
        let channel = case.channel().await;
        channel.declare_queue(&durable).await.unwrap();
        // A broker that forgets the queue has lost what is in it.
        case.node().await.write_declarations().await.unwrap();
        let stored = Arc::new(AtomicUsize::new(0));
        let submitting = tokio::spawn(submit_all(channel, round * MOST, Arc::clone(&stored)));
        let mut node = case.node().await;
        until("some are confirmed", async || stored.load(Ordering::Relaxed) > 500).await;
        node.kill9().await.unwrap();
        for (number, confirm) in soon("the end", submitting).await.unwrap() {
            match soon("an outcome", confirm).await.unwrap() {
                Outcome::Confirmed => drop(confirmed.insert(number)),
                Outcome::Unknown(error) => {
                    assert_eq!(error.kind(), ErrorKind::Lost);
                    unknown += 1;
                }
                other => panic!("{other:?}"),
            }
        }
        node.restart().await.unwrap();
    }
    let channel = case.channel().await;
    let stored = channel.declare_queue(&durable).await.unwrap().messages as usize;
    println!("    {} confirmed, {unknown} unknown, {stored} stored", confirmed.len());
    assert!(confirmed.len() > 1000 && unknown > 0, "the crashes came in between");
    let mut consumer = consume(&channel, "durable").await;
    for _ in 0..stored {
        let delivery = next(&mut consumer).await;
        let body = String::from_utf8_lossy(delivery.message().body()).into_owned();
        confirmed.remove(&body.parse::<usize>().unwrap());
        delivery.ack().unwrap();
    }
    assert!(confirmed.is_empty(), "{} are lost", confirmed.len());
}

/// No more than this are sent in a round, should the crash not come.
const MOST: usize = 1_000_000;

/// Submits numbered messages until the broker is gone, and counts those that are confirmed.
async fn submit_all(
    channel: Channel,
    first: usize,
    stored: Arc<AtomicUsize>,
) -> Vec<(usize, JoinHandle<Outcome>)> {
    let properties =
        Properties { delivery_mode: Some(Properties::PERSISTENT), ..Properties::default() };
    let mut confirms = Vec::new();
    for number in first..first + MOST {
        let body = number.to_string().into();
        let message = Publish { properties, body, ..to("durable", "") };
        let Ok(confirm) = channel.submit(&message).await else { break };
        let stored = Arc::clone(&stored);
        let counted = tokio::spawn(async move {
            let outcome = confirm.await;
            let confirmed = usize::from(matches!(outcome, Outcome::Confirmed));
            stored.fetch_add(confirmed, Ordering::Relaxed);
            outcome
        });
        confirms.push((number, counted));
    }
    confirms
}
