//! The same over RabbitMQ, on a node of the test's own: one process a service is only a matter of
//! connections, so each service here has its own.
//!
//! Needs RabbitMQ installed and `KINOKO_TEST_RABBITMQ` set; else it says that it was left out.

use std::{
    cell::Cell,
    io::Write,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use kinoko::{Running, amqp::Amqp, prelude::*};
use kinoko_testing::{eventually, rabbitmq::RabbitNode};
use tokio::time::Instant;

use crate::{
    cancel::{Back, Front, FrontClient, Ledger, Middle},
    echo::{Echo, EchoClient},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_rabbitmq() {
    if std::env::var_os("KINOKO_TEST_RABBITMQ").is_none() {
        // Not by `eprintln!`, which the test runner keeps to itself when a test passes.
        let text = b"left out: services over RabbitMQ; install it and set KINOKO_TEST_RABBITMQ=1\n";
        std::io::stderr().write_all(text).unwrap();
        return;
    }
    let mut node = RabbitNode::start().await.unwrap();
    the_remaining_time_bounds_every_call_of_a_chain(&node).await;
    a_caller_that_goes_away_ends_the_whole_chain(&node).await;
    ten_thousand_calls_in_flight_leave_nothing_behind(&node).await;
    durable_calls_leave_nothing_behind(&node).await;
    unknown_services_are_unknown_at_once(&node).await;
    calls_survive_a_lost_connection(&node).await;
    node.stop().await.unwrap();
}

/// A runner with a connection of its own.
async fn start(uri: &str, services: impl FnOnce(Runner) -> Runner) -> Running {
    let amqp = Amqp::connect(uri).await.unwrap();
    services(Runner::new().transport(amqp)).start().await.unwrap()
}

async fn stop(all: impl IntoIterator<Item = Running>) {
    for running in all {
        assert_eq!(running.stop(Duration::from_secs(10)).await.abandoned, 0);
    }
}

async fn chain(uri: &str) -> ([Running; 3], Arc<Ledger>, Client) {
    let ledger = Arc::new(Ledger::default());
    let back = start(uri, |it| it.service::<Back>().provide_arc(ledger.clone())).await;
    let middle = start(uri, Runner::service::<Middle>).await;
    let front = start(uri, Runner::service::<Front>).await;
    ([front, middle, back], ledger, Client::connect(uri).await.unwrap())
}

async fn the_remaining_time_bounds_every_call_of_a_chain(node: &RabbitNode) {
    let uri = node.new_vhost("deadline").await.unwrap();
    let (services, ledger, client) = chain(&uri).await;
    let front = FrontClient::from(client).with_timeout(Duration::from_secs(5));
    let begun = Instant::now();
    assert_eq!(front.work().await.unwrap_err().kind(), FaultKind::Timeout);
    let waited = begun.elapsed().as_secs_f64();
    assert!((4.5..20.0).contains(&waited), "{waited}");
    eventually("the last of the chain rolled back", async || ledger.counts() == (1, 1, 0)).await;
    ledger.go_on.notify_one();
    assert_eq!(front.work().await, Ok(7));
    assert_eq!(ledger.counts(), (2, 1, 1));
    stop(services).await;
}

async fn a_caller_that_goes_away_ends_the_whole_chain(node: &RabbitNode) {
    let uri = node.new_vhost("cancel").await.unwrap();
    let (services, ledger, client) = chain(&uri).await;
    let front = FrontClient::from(client.clone());
    let call = tokio::spawn(async move { front.work().await });
    eventually("the call came to the end of the chain", async || ledger.counts() == (1, 0, 0))
        .await;
    call.abort();
    eventually("the last of the chain rolled back", async || ledger.counts() == (1, 1, 0)).await;
    eventually("nobody waits any more", async || client.in_flight() == 0).await;
    stop(services).await;
}

async fn ten_thousand_calls_in_flight_leave_nothing_behind(node: &RabbitNode) {
    let uri = node.new_vhost("load").await.unwrap();
    let service = start(&uri, Runner::service::<Echo>).await;
    let client = Client::connect(&uri).await.unwrap();
    let echo = EchoClient::from(client.clone());
    assert_eq!(echo.echo(0).await, Ok(0));
    let queues = node.ctl(&["list_queues", "-p", vhost(&uri), "name"]).await.unwrap();
    let tasks = (0..1000_u64).map(|task| {
        let echo = echo.clone();
        tokio::spawn(async move {
            let replies = join_all((0..10).map(|call| echo.echo(task * 10 + call))).await;
            for (call, reply) in (0_u64..).zip(replies) {
                assert_eq!(reply, Ok(task * 10 + call));
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let hasty = echo.with_timeout(Duration::from_millis(50));
    for result in join_all((0..100).map(|_| hasty.never())).await {
        assert_eq!(result.unwrap_err().kind(), FaultKind::Timeout);
    }
    assert_eq!(client.in_flight(), 0);
    all_queues_are_empty(node, &uri).await;
    let after = node.ctl(&["list_queues", "-p", vhost(&uri), "name"]).await.unwrap();
    assert_eq!(queues.lines().count(), after.lines().count(), "{after}");
    stop([service]).await;
}

async fn all_queues_are_empty(node: &RabbitNode, uri: &str) {
    let list = ["list_queues", "-p", vhost(uri), "--no-table-headers", "messages"];
    eventually("every queue is empty", async || {
        node.ctl(&list)
            .await
            .unwrap()
            .split_whitespace()
            .all(|it| it == "0" || it.parse::<u64>().is_err())
    })
    .await;
}

/// Neither when all goes well nor when the connections go while replies wait for their confirms.
async fn durable_calls_leave_nothing_behind(node: &RabbitNode) {
    let uri = node.new_vhost("durable").await.unwrap();
    let amqp = Amqp::connect(&uri).await.unwrap();
    let service = Runner::new().transport(amqp.clone()).service::<Echo>().start().await.unwrap();
    let client = Client::connect(&uri).await.unwrap();
    let echo = EchoClient::from(client.clone()).with_timeout(Duration::from_secs(60));
    let calls = async || {
        let calls = (0..5000_u64).map(async |it| assert_eq!(echo.keep(it).await, Ok(it)));
        join_all(calls).await;
    };
    calls().await;
    all_queues_are_empty(node, &uri).await;
    for _ in 0..10 {
        let is_cut = Cell::new(false);
        let calling = async {
            while !is_cut.get() {
                calls().await;
            }
        };
        let cutting = async {
            node.close_all_connections().await.unwrap();
            is_cut.set(true);
        };
        tokio::join!(calling, cutting);
        if amqp.stale_settlements() > 0 {
            break;
        }
    }
    assert!(amqp.stale_settlements() > 0, "no request was ever cut off");
    assert_eq!(client.in_flight(), 0);
    all_queues_are_empty(node, &uri).await;
    stop([service]).await;
}

async fn unknown_services_are_unknown_at_once(node: &RabbitNode) {
    let uri = node.new_vhost("unknown").await.unwrap();
    let client = Client::connect(&uri).await.unwrap();
    let begun = Instant::now();
    for guarantee in [Guarantee::Fast, Guarantee::Durable] {
        let client = client.with_guarantee(guarantee);
        let fault = client.call::<()>("nobody", "work", ()).await.unwrap_err();
        assert_eq!(fault.kind(), FaultKind::UnknownService, "{guarantee:?}: {fault}");
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

async fn calls_survive_a_lost_connection(node: &RabbitNode) {
    let uri = node.new_vhost("lost").await.unwrap();
    let (services, ledger, client) = chain(&uri).await;
    let front = FrontClient::from(client).with_timeout(Duration::from_secs(60));
    let call = tokio::spawn({
        let front = front.clone();
        async move { front.work().await }
    });
    eventually("the call came to the end of the chain", async || ledger.counts().0 >= 1).await;
    node.close_all_connections().await.unwrap();
    // It may be run again, because nobody can know whether it was; every run is let go on.
    let go_on = tokio::spawn({
        let ledger = ledger.clone();
        async move {
            loop {
                ledger.go_on.notify_one();
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    });
    assert_eq!(call.await.unwrap(), Ok(7));
    assert!(ledger.begun.load(Ordering::SeqCst) < 10, "{:?}", ledger.counts());
    stop(services).await;
    go_on.abort();
}

fn vhost(uri: &str) -> &str {
    uri.rsplit('/').next().unwrap_or("/")
}
