//! What a burst of calls leaves on the heap: nothing.
//!
//! A program of its own, because what is counted is the whole process's: beside other tests the
//! figure would be theirs.

#[path = "../it/echo.rs"]
mod echo;

use std::{
    io::Write,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;
use kinoko::{Address, Message, Transport, prelude::*};
use kinoko_testing::{Harness, eventually};
use peak_alloc::PeakAlloc;
use tokio::{
    runtime::{Builder, Handle},
    sync::Barrier,
};

use crate::echo::{Echo, EchoClient};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Runs a test while no other one does, nor has a runtime.
fn alone(test: impl Future<Output = ()>) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(test);
}

/// What may be more afterwards, in bytes: tables that keep their room. A byte a call would be more.
const SLACK: usize = 48 * 1024;
/// The same where connections keep a buffer to read into and one to write from, of 64 KiB each at most.
/// A call that was left in our tables has some 300 bytes, and all of them would be thirty times that.
const SLACK_OF_CONNECTIONS: usize = 512 * 1024;

#[test]
fn in_process() {
    alone(async {
        let harness = Harness::new().service::<Echo>().start().await.unwrap();
        bursts_leave_nothing(&harness.memory(), harness.client(), SLACK).await;
        harness.stop().await;
    });
}

#[cfg(feature = "amqp")]
#[test]
fn over_rabbitmq() {
    use kinoko::amqp::Amqp;
    use kinoko_testing::rabbitmq::RabbitNode;

    if std::env::var_os("KINOKO_TEST_RABBITMQ").is_none() {
        let text = b"left out: bursts over RabbitMQ; install it and set KINOKO_TEST_RABBITMQ=1\n";
        std::io::stderr().write_all(text).unwrap();
        return;
    }
    alone(async {
        let mut node = RabbitNode::start().await.unwrap();
        let uri = node.new_vhost("heap").await.unwrap();
        let amqp = Amqp::connect(&uri).await.unwrap();
        let runner = Runner::new().transport(amqp.clone());
        let service = runner.service::<Echo>().start().await.unwrap();
        let client = Client::connect(&uri).await.unwrap();
        bursts_leave_nothing(&amqp, client, SLACK_OF_CONNECTIONS).await;
        assert_eq!(service.stop(Duration::from_secs(10)).await.abandoned, 0);
        node.stop().await.unwrap();
    });
}

async fn bursts_leave_nothing(transport: &dyn Transport, client: Client, slack: usize) {
    let echo = EchoClient::from(client.clone());
    fill_memory_of_cancelled_calls(transport).await;
    // The first ones find out how much room the tables and the runtime want.
    for _ in 0..3 {
        answered(&echo).await;
        given_up(&echo).await;
    }
    let tasks = || Handle::current().metrics().num_alive_tasks();
    eventually("no call is left", async || client.in_flight() == 0).await;
    let (before, tasks_before) = (HEAP.current_usage(), tasks());
    for _ in 0..5 {
        answered(&echo).await;
        given_up(&echo).await;
    }
    eventually("nothing is left of 50,000 calls answered and 5,000 given up", async || {
        let bytes = HEAP.current_usage().saturating_sub(before);
        let (calls, tasks) = (client.in_flight(), tasks());
        // Shown when this fails.
        println!("{bytes} bytes more, {calls} calls in flight, {tasks} tasks of {tasks_before}");
        bytes <= slack && calls == 0 && tasks <= tasks_before
    })
    .await;
}

/// A service remembers the last few thousand calls that were cancelled. What that takes is taken before
/// anything is measured.
async fn fill_memory_of_cancelled_calls(transport: &dyn Transport) {
    for number in 0..5000 {
        let cancel = Message {
            correlation_id: Some(format!("{number:032x}").into()),
            guarantee: Guarantee::Fast,
            ..Message::json(Address::Cancel { service: "echo".into() }, "null")
        };
        transport.publish(cancel).await.unwrap();
    }
}

/// Ten thousand calls in flight, of a thousand tasks that share a client.
async fn answered(echo: &EchoClient) {
    let all = Arc::new(Barrier::new(1000));
    let tasks = (0..1000_u64).map(|task| {
        let (echo, all) = (echo.clone(), all.clone());
        tokio::spawn(async move {
            all.wait().await;
            let calls = (0..10).map(|call| echo.echo(task * 10 + call));
            for (call, reply) in (0_u64..).zip(join_all(calls).await) {
                assert_eq!(reply, Ok(task * 10 + call));
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

/// Half of them run out of time, the others are dropped.
async fn given_up(echo: &EchoClient) {
    let hasty = echo.with_timeout(Duration::from_millis(100));
    let dropped = (0..500).map(|_| {
        let echo = echo.clone();
        tokio::spawn(async move { echo.never().await })
    });
    let dropped: Vec<_> = dropped.collect();
    for result in join_all((0..500).map(|_| hasty.never())).await {
        assert_eq!(result.unwrap_err().kind(), FaultKind::Timeout);
    }
    for call in dropped {
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
    }
}
