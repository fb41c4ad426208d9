//! Nothing is left behind in `Memory` by those who went, and nobody is starved by those who stay.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use kinoko_core::{
    Address, ErrorKind, EventMode, Guarantee, Memory, Message, Settlement, Subscription, Transport,
};

fn rpc() -> Subscription {
    Subscription::Rpc { service: "orders".into(), prefetch: 10 }
}

fn request() -> Message {
    Message::json(Address::Method { service: "orders".into(), method: "run".into() }, "{}")
}

fn handler(mode: EventMode, reliable: bool) -> Subscription {
    Subscription::Event {
        source: "shop".into(),
        event_type: "paid".into(),
        service: "orders".into(),
        method: "handle".into(),
        mode,
        reliable,
        prefetch: 10,
    }
}

fn replies(key: &str) -> Subscription {
    Subscription::Replies { key: key.into(), guarantee: Guarantee::Durable }
}

fn names(memory: &Memory) -> Vec<String> {
    memory.queues().into_iter().map(|queue| queue.name).collect()
}

/// Only what must outlast its consumers does, whether they are dropped or closed.
#[tokio::test]
async fn queues_go_with_their_last_consumer() {
    let memory = Memory::new();
    for close in [false, true] {
        let process = memory.clone();
        let mut streams = Vec::new();
        for round in 0..3 {
            let broadcast = EventMode::Broadcast { identifier: "here".into() };
            for subscription in [
                rpc(),
                handler(EventMode::ServicePool, true),
                handler(EventMode::Singleton, false),
                handler(broadcast, false),
                replies(&format!("key-{round}")),
                Subscription::Cancels { service: "orders".into() },
            ] {
                streams.push(process.subscribe(subscription).await.unwrap());
            }
        }
        assert_eq!(names(&memory).len(), 2 + 2 + 3 + 3);
        if close {
            process.close().await;
        } else {
            streams.clear();
        }
        assert_eq!(names(&memory), ["evt-shop-paid--orders.handle", "rpc-orders"]);
        assert!(memory.queues().iter().all(|queue| queue.consumers == 0));
    }
}

/// An inbox that comes and goes, many times, with messages under way.
#[tokio::test]
async fn settled_messages_leave_nothing() {
    let memory = Memory::new();
    let mut handed_out = Vec::new();
    for _ in 0..100 {
        let mut requests = memory.subscribe(rpc()).await.unwrap();
        for _ in 0..3 {
            memory.publish(request()).await.unwrap();
            handed_out.push(requests.next().await.unwrap());
        }
    }
    assert_eq!(memory.queues()[0].unsettled, 300);
    for (at, delivery) in handed_out.into_iter().enumerate() {
        delivery.settle(if at % 3 == 0 { Settlement::Reject } else { Settlement::Ack });
    }
    let queue = &memory.queues()[0];
    assert_eq!((queue.waiting, queue.unsettled, queue.consumers), (0, 0, 0));
    assert_eq!(queue.rejected, 100);
}

/// Deliveries kept after their stream are still the connection's, and go back with it.
#[tokio::test]
async fn closing_gives_back_what_a_dropped_stream_had_handed_out() {
    let memory = Memory::new();
    let process = memory.clone();
    let mut requests = process.subscribe(rpc()).await.unwrap();
    memory.publish(request()).await.unwrap();
    let held = requests.next().await.unwrap();
    drop(requests);
    process.close().await;
    let mut requests = memory.subscribe(rpc()).await.unwrap();
    let again = requests.next().await.unwrap();
    assert!(again.redelivered);
    held.settle(Settlement::Ack);
    assert_eq!(memory.queues()[0].unsettled, 1);
    again.settle(Settlement::Ack);
    assert_eq!(memory.queues()[0].unsettled, 0);
}

#[tokio::test]
async fn who_leaves_costs_nobody_a_turn() {
    let memory = Memory::new();
    let first = memory.subscribe(rpc()).await.unwrap();
    let _second = memory.subscribe(rpc()).await.unwrap();
    let mut third = memory.subscribe(rpc()).await.unwrap();
    for _ in 0..2 {
        memory.publish(request()).await.unwrap();
    }
    // What the first had goes to the third, whose turn it is.
    drop(first);
    assert!(third.next().now_or_never().is_some());
}

/// As RabbitMQ does: the queue cannot be both.
#[tokio::test]
async fn a_queue_is_reliable_for_all_or_for_none() {
    let memory = Memory::new();
    let _there = memory.subscribe(handler(EventMode::ServicePool, true)).await.unwrap();
    let refused = memory.subscribe(handler(EventMode::ServicePool, false)).await;
    let err = refused.err().expect("refused");
    assert_eq!(err.kind(), ErrorKind::Refused);
    assert!(err.to_string().contains("evt-shop-paid--orders.handle"), "{err}");
}

/// A message that is given back for ever, on a runtime with one thread.
#[tokio::test(start_paused = true)]
async fn a_poison_message_starves_nobody() {
    let memory = Memory::new();
    let mut requests = memory.subscribe(rpc()).await.unwrap();
    memory.publish(request()).await.unwrap();
    let poisoned = tokio::spawn(async move {
        while let Some(delivery) = requests.next().await {
            delivery.settle(Settlement::Requeue);
        }
    });
    let publishing = tokio::spawn({
        let memory = memory.clone();
        async move {
            while memory
                .publish(Message { to: Address::Cancel { service: "orders".into() }, ..request() })
                .await
                .is_ok()
            {}
        }
    });
    // Would never come back if either kept the thread.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    poisoned.abort();
    publishing.abort();
    assert!(tokio::time::timeout(Duration::from_secs(1), poisoned).await.unwrap().is_err());
}
