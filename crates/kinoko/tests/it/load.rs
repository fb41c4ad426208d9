//! Many calls at once, and nothing left of them.

use std::time::Duration;

use kinoko::prelude::*;
use kinoko_testing::{Harness, eventually};

#[derive(Dependencies)]
pub(crate) struct Echo;

#[service(name = "echo")]
impl Echo {
    #[rpc]
    async fn echo(&mut self, number: u64) -> u64 {
        tokio::task::yield_now().await;
        number
    }

    #[rpc]
    async fn never(&mut self) {
        std::future::pending::<()>().await;
    }
}

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

/// The memory of this process that is resident, in bytes.
#[cfg(target_os = "linux")]
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|it| it.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

/// What a burst takes is given back, or at least taken again by the next one.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bursts_of_calls_do_not_add_up() {
    const ALLOWED: u64 = 16 << 20;
    let harness = Harness::new().service::<Echo>().start().await.unwrap();
    let echo = EchoClient::from(harness.client());
    let burst = async || {
        let replies = futures_util::future::join_all((0..10_000).map(|it| echo.echo(it))).await;
        assert!(replies.iter().all(Result::is_ok));
    };
    // The first ones find out how much room the allocator and the runtime want.
    for _ in 0..3 {
        burst().await;
    }
    let before = resident();
    for _ in 0..20 {
        burst().await;
    }
    let after = resident();
    assert!(after < before + ALLOWED, "{before} bytes became {after}");
    harness.stop().await;
}
