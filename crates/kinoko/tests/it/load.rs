//! Many calls at once, and nothing left of them.

use std::time::Duration;

use kinoko::prelude::*;
use kinoko_testing::{Harness, eventually};

use crate::echo::{Echo, EchoClient};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_calls_of_a_thousand_tasks_are_all_answered() {
    let harness = Harness::new().service::<Echo>().start().await.unwrap();
    let echo = EchoClient::from(harness.client());
    let tasks = (0..1000_u64).map(|task| {
        let echo = echo.clone();
        tokio::spawn(async move {
            let calls = (0..10).map(|call| echo.echo(task * 10 + call));
            let replies = futures_util::future::join_all(calls).await;
            for (call, reply) in (0_u64..).zip(replies) {
                assert_eq!(reply, Ok(task * 10 + call));
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(harness.client().in_flight(), 0);
    let queues = harness.memory().queues();
    assert!(queues.iter().all(|it| it.waiting == 0 && it.unsettled == 0), "{queues:?}");
    harness.stop().await;
}

#[tokio::test]
async fn calls_given_up_leave_nothing_behind() {
    let harness = Harness::new().service::<Echo>().start().await.unwrap();
    let echo = EchoClient::from(harness.client());
    assert_eq!(echo.echo(1).await, Ok(1));
    let before = harness.memory().queues().len();
    let hasty = echo.with_timeout(Duration::from_millis(20));
    let timed_out = (0..50).map(|_| hasty.never());
    for result in futures_util::future::join_all(timed_out).await {
        assert_eq!(result.unwrap_err().kind(), FaultKind::Timeout);
    }
    for _ in 0..50 {
        let call = tokio::spawn({
            let echo = echo.clone();
            async move { echo.never().await }
        });
        tokio::task::yield_now().await;
        call.abort();
    }
    eventually("no call is left", async || {
        let queues = harness.memory().queues();
        harness.client().in_flight() == 0
            && queues.len() == before
            && queues.iter().all(|it| it.waiting == 0 && it.unsettled == 0)
    })
    .await;
    harness.stop().await;
}
