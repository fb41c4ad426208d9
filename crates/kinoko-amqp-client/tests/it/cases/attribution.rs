//! Each publish gets its own outcome, however many are on their way.

use std::time::Instant;

use futures_util::future::join_all;
use kinoko_amqp_client::{Channel, Fields, Outcome, Properties, Publish, QueueDeclaration};
use tokio::task::JoinSet;

use crate::{
    case::{Case, Test, put, queue, test, to},
    process::is_long,
};

pub(crate) const TESTS: &[(&str, Test)] = &[
    test!("attribution", refused_by_a_full_queue),
    test!("attribution", unroutable_among_many),
    test!("attribution", unroutable_without_ids),
];

const TASKS: usize = 64;
/// How many each task has on its way: four thousand altogether.
const EACH: usize = 64;

/// What should become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Confirmed,
    Nacked,
    Returned,
}

/// Has `TASKS` tasks publish `count` messages on one channel, each to the queue of its fate, and counts
/// the outcomes that are not it.
async fn swapped(channel: &Channel, count: usize, ids: bool, fate: fn(usize) -> Fate) -> usize {
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let channel = channel.clone();
        tasks.spawn(async move {
            let mut swapped = 0;
            let numbers: Vec<usize> = (task..count).step_by(TASKS).collect();
            for numbers in numbers.chunks(EACH) {
                let mut confirms = Vec::with_capacity(EACH);
                for number in numbers {
                    confirms.push(submit(&channel, *number, ids, fate(*number)).await);
                }
                for (number, outcome) in numbers.iter().zip(join_all(confirms).await) {
                    let got = match outcome {
                        Outcome::Confirmed => Fate::Confirmed,
                        Outcome::Nacked => Fate::Nacked,
                        Outcome::Returned(_) => Fate::Returned,
                        Outcome::Unknown(error) => panic!("message {number}: {error:?}"),
                    };
                    swapped += usize::from(got != fate(*number));
                }
            }
            swapped
        });
    }
    let swapped = tasks.join_all().await.into_iter().sum();
    let rate = count as f64 / started.elapsed().as_secs_f64();
    println!("    {count} messages, {swapped} swapped, {rate:.0} a second");
    swapped
}

async fn submit(
    channel: &Channel,
    number: usize,
    ids: bool,
    fate: Fate,
) -> kinoko_amqp_client::Confirm {
    let queue = match fate {
        Fate::Confirmed => "queue",
        Fate::Nacked => "full",
        Fate::Returned => "absent",
    };
    let number = number.to_string();
    let properties =
        Properties { message_id: ids.then_some((&number).into()), ..Properties::default() };
    // Without an id two bodies are the only difference there is.
    let body = if ids { "x".into() } else { number.clone().into() };
    let message = Publish { properties, body, ..to(queue, "") };
    channel.submit(&message).await.expect("it is sent")
}

async fn prepared(case: &Case) -> Channel {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    let full = QueueDeclaration {
        name: "full",
        arguments: Fields::new().with("x-max-length", 1).with("x-overflow", "reject-publish"),
        ..QueueDeclaration::default()
    };
    channel.declare_queue(&full).await.unwrap();
    put(&channel, &to("full", "x")).await;
    crate::case::until("it is full", async || {
        channel.publish(&to("full", "x")).await == Ok(Outcome::Nacked)
    })
    .await;
    channel
}

async fn stored(channel: &Channel, expected: usize) {
    let stored = channel.purge_queue("queue").await.unwrap();
    assert_eq!(stored as usize, expected);
}

async fn refused_by_a_full_queue(case: Case) {
    let count = if is_long() { 10_000_000 } else { 1_000_000 };
    let channel = prepared(&case).await;
    let fate = |number: usize| match number.is_multiple_of(2) {
        true => Fate::Nacked,
        false => Fate::Confirmed,
    };
    assert_eq!(swapped(&channel, count, false, fate).await, 0);
    stored(&channel, count / 2).await;
}

/// Spread without a pattern that the tasks could share.
fn is_unroutable(number: usize) -> bool {
    number.wrapping_mul(2_654_435_761) % 100 < 15
}

async fn unroutable(case: Case, ids: bool, count: usize) {
    let channel = prepared(&case).await;
    let fate = |number: usize| match number {
        _ if is_unroutable(number) => Fate::Returned,
        _ if number.is_multiple_of(10) => Fate::Nacked,
        _ => Fate::Confirmed,
    };
    assert_eq!(swapped(&channel, count, ids, fate).await, 0);
    let expected = (0..count).filter(|it| fate(*it) == Fate::Confirmed).count();
    stored(&channel, expected).await;
}

async fn unroutable_among_many(case: Case) {
    unroutable(case, true, if is_long() { 1_000_000 } else { 100_000 }).await;
}

async fn unroutable_without_ids(case: Case) {
    unroutable(case, false, if is_long() { 1_000_000 } else { 100_000 }).await;
}
