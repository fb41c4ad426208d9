//! `Memory` refuses what is too much, at once.

use std::time::Duration;

use futures_util::StreamExt;
use kinoko_core::{
    Address, EventMode, Memory, Message, PublishError, Settlement, Subscription, Transport,
    memory::Limits,
};

fn limited(queue_length: usize, body_size: usize) -> Memory {
    let mut limits = Limits::default();
    limits.queue_length = queue_length;
    limits.body_size = body_size;
    Memory::with_limits(limits)
}

fn rpc() -> Subscription {
    Subscription::Rpc { service: "orders".into(), prefetch: 1 }
}

fn request() -> Message {
    Message::json(Address::Method { service: "orders".into(), method: "run".into() }, "{}")
}

fn event() -> Message {
    Message::json(Address::Event { source: "shop".into(), event_type: "paid".into() }, "{}")
}

fn handler(service: &'static str) -> Subscription {
    Subscription::Event {
        source: "shop".into(),
        event_type: "paid".into(),
        service: service.into(),
        method: "handle".into(),
        mode: EventMode::ServicePool,
        reliable: true,
        prefetch: 1,
    }
}

#[tokio::test]
async fn a_full_queue_refuses_until_there_is_room() {
    let memory = limited(3, 100);
    let mut requests = memory.subscribe(rpc()).await.unwrap();
    for _ in 0..3 {
        assert_eq!(memory.publish(request()).await, Ok(()));
    }
    assert_eq!(memory.publish(request()).await, Err(PublishError::Rejected));
    let held = requests.next().await.unwrap();
    assert_eq!(memory.publish(request()).await, Ok(()));
    assert_eq!(memory.publish(request()).await, Err(PublishError::Rejected));
    held.settle(Settlement::Ack);
    assert_eq!(memory.queues()[0].waiting, 3);
}

/// All or nothing: else who tries again would send it twice to those with room.
#[tokio::test]
async fn an_event_is_with_every_handler_or_with_none() {
    let memory = limited(2, 100);
    let _slow = memory.subscribe(handler("slow")).await.unwrap();
    let mut quick = memory.subscribe(handler("quick")).await.unwrap();
    for _ in 0..2 {
        memory.publish(event()).await.unwrap();
        quick.next().await.unwrap().settle(Settlement::Ack);
    }
    assert_eq!(memory.publish(event()).await, Err(PublishError::Rejected));
    let waiting: Vec<usize> = memory.queues().iter().map(|queue| queue.waiting).collect();
    assert_eq!(waiting, [0, 2]);
}

#[tokio::test(start_paused = true)]
async fn what_expired_makes_room() {
    let memory = limited(2, 100);
    drop(memory.subscribe(rpc()).await.unwrap());
    let expires = Some(Duration::from_millis(100));
    for _ in 0..2 {
        memory.publish(Message { expires, ..request() }).await.unwrap();
    }
    assert_eq!(memory.publish(request()).await, Err(PublishError::Rejected));
    tokio::time::advance(Duration::from_millis(100)).await;
    assert_eq!(memory.publish(request()).await, Ok(()));
    assert_eq!((memory.queues()[0].waiting, memory.queues()[0].expired), (1, 2));
}

/// Even when it waits with a consumer already, in time when it was sent there.
#[tokio::test(start_paused = true)]
async fn what_expires_in_a_consumers_buffer_is_dropped_too() {
    let memory = Memory::new();
    let mut requests = memory.subscribe(rpc()).await.unwrap();
    let expires = Some(Duration::from_millis(100));
    memory.publish(Message { expires, ..request() }).await.unwrap();
    memory.publish(Message { correlation_id: Some("two".into()), ..request() }).await.unwrap();
    tokio::time::advance(Duration::from_millis(100)).await;
    let next = requests.next().await.unwrap();
    assert_eq!(next.message.correlation_id.as_deref(), Some("two"));
    assert_eq!((memory.queues()[0].unsettled, memory.queues()[0].expired), (1, 1));
}

#[tokio::test]
async fn a_body_may_be_as_large_as_the_limit() {
    let memory = limited(10, 100);
    let _requests = memory.subscribe(rpc()).await.unwrap();
    let sized = |size: usize| Message { body: vec![b' '; size].into(), ..request() };
    assert_eq!(memory.publish(sized(100)).await, Ok(()));
    let too_large = Err(PublishError::TooLarge { size: 101, limit: 100 });
    assert_eq!(memory.publish(sized(101)).await, too_large);
}
