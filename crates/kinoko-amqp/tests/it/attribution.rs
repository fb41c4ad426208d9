//! Each publish gets its own outcome, however many are on their way.

use std::sync::Arc;

use futures_util::future::join_all;
use kinoko_core::{Address, EventMode, Message, PublishError, Subscription, Transport};
use tokio::task::JoinSet;

use crate::case::{Case, Test, event, events, request, rpc, subscribe, test};

pub(crate) const TESTS: &[(&str, Test)] = &[
    test!("attribution", refused_by_a_full_queue),
    test!("attribution", unroutable_among_many),
    test!("attribution", unroutable_among_events),
];

/// How many messages are published where a full queue refuses half of them.
const REFUSED_AND_STORED: usize = 1_000_000;
/// How many are published where some have nowhere to go.
const ROUTABLE_AND_NOT: usize = 100_000;

const TASKS: usize = 64;
/// How many each task has on its way: a thousand altogether.
const EACH: usize = 16;

/// Has `TASKS` tasks publish `count` messages through one handle and counts the outcomes that are not
/// what `expected` says.
async fn swapped(
    case: &Case,
    count: usize,
    message: fn(usize) -> Message,
    expected: fn(usize) -> Result<(), PublishError>,
) -> usize {
    let mut options = case.options();
    options.publish_deadline = std::time::Duration::from_secs(60);
    let amqp = Arc::new(kinoko_amqp::Amqp::open(options).await.unwrap());
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let amqp = Arc::clone(&amqp);
        tasks.spawn(async move {
            let mut swapped = 0;
            let numbers: Vec<usize> = (task..count).step_by(TASKS).collect();
            for numbers in numbers.chunks(EACH) {
                let publishing = numbers.iter().map(|it| amqp.publish(message(*it)));
                for (number, outcome) in numbers.iter().zip(join_all(publishing).await) {
                    if outcome != expected(*number) {
                        if swapped == 0 {
                            println!("message {number}: {outcome:?}");
                        }
                        swapped += 1;
                    }
                }
            }
            swapped
        });
    }
    let swapped = tasks.join_all().await.into_iter().sum();
    amqp.close().await;
    swapped
}

fn broadcast(identifier: &str) -> Subscription {
    Subscription::Event {
        source: "source".into(),
        event_type: "full".into(),
        service: "tests".into(),
        method: "on".into(),
        mode: EventMode::Broadcast { identifier: identifier.to_owned() },
        reliable: true,
        prefetch: 1,
    }
}

async fn refused_by_a_full_queue(case: Case) {
    let amqp = case.amqp().await;
    drop(subscribe(&amqp, broadcast("a")).await);
    drop(subscribe(&amqp, events("on")).await);
    // Both are bounded, and one is full.
    for (pattern, length) in [("on-a$", 1), ("on$", 10_000_000)] {
        let definition = format!("{{\"max-length\":{length},\"overflow\":\"reject-publish\"}}");
        let node = case.node().await;
        let args = ["set_policy", "-p", &case.vhost, pattern, pattern, &definition];
        node.ctl(&args).await.unwrap();
    }
    let full = || {
        let to = Address::Event { source: "source".into(), event_type: "full".into() };
        Message::json(to, "x")
    };
    crate::case::until("the queue is full", async || {
        amqp.publish(full()).await == Err(PublishError::Rejected)
    })
    .await;
    let message = |number: usize| {
        let event_type = if number.is_multiple_of(2) { "full" } else { "happened" };
        let to = Address::Event { source: "source".into(), event_type: event_type.into() };
        Message::json(to, "x")
    };
    let expected = |number: usize| match number.is_multiple_of(2) {
        true => Err(PublishError::Rejected),
        false => Ok(()),
    };
    assert_eq!(swapped(&case, REFUSED_AND_STORED, message, expected).await, 0);
    let (stored, _) = case.messages("evt-source-happened--tests.on").await;
    assert_eq!(stored, (REFUSED_AND_STORED / 2) as u64);
    amqp.close().await;
}

/// Spread without a pattern that the batches could share.
fn is_unroutable(number: usize) -> bool {
    number.wrapping_mul(2_654_435_761) % 100 < 15
}

async fn unroutable_among_many(case: Case) {
    let amqp = case.amqp().await;
    drop(subscribe(&amqp, rpc("somebody", 1)).await);
    let message =
        |number: usize| request(if is_unroutable(number) { "nobody" } else { "somebody" }, "x");
    let expected = |number: usize| match is_unroutable(number) {
        true => Err(PublishError::Unroutable),
        false => Ok(()),
    };
    assert_eq!(swapped(&case, ROUTABLE_AND_NOT, message, expected).await, 0);
    let (stored, _) = case.messages("rpc-somebody").await;
    let routable = (0..ROUTABLE_AND_NOT).filter(|it| !is_unroutable(*it)).count();
    assert_eq!(stored, routable as u64);
    amqp.close().await;
}

async fn unroutable_among_events(case: Case) {
    let message = |number: usize| {
        if is_unroutable(number) { request("nobody", "x") } else { event("x") }
    };
    let expected = |number: usize| match is_unroutable(number) {
        true => Err(PublishError::Unroutable),
        false => Ok(()),
    };
    assert_eq!(swapped(&case, ROUTABLE_AND_NOT, message, expected).await, 0);
}
