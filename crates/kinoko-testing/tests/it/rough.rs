//! Many processes that publish, take, give back, leave and close, all at once and in no order:
//! every message is acknowledged once, and nothing is left.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::StreamExt;
use kinoko_core::{
    Address, Delivery, EventMode, Guarantee, Memory, Message, Settlement, Subscription, Transport,
};
use tokio::time::timeout;

const PUBLISHERS: usize = 4;
const EACH: usize = 500;
const SERVICES: [&str; 2] = ["orders", "mail"];

/// How often each message was acknowledged, by service and correlation id.
type Ledger = Arc<Mutex<BTreeMap<(&'static str, Arc<str>), usize>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_or_doubled() {
    for seed in 1..=4 {
        println!("seed {seed}");
        timeout(Duration::from_secs(60), one_round(seed)).await.expect("it comes to an end");
    }
}

async fn one_round(seed: u64) {
    let memory = Memory::new();
    for service in SERVICES {
        drop(memory.subscribe(handler(service, 1)).await.unwrap());
    }
    let ledger = Ledger::default();
    let published = Arc::new(AtomicBool::new(false));
    let mut consumers = Vec::new();
    for (number, service) in SERVICES.into_iter().cycle().take(8).enumerate() {
        let dice = Dice(seed * 1_000 + number as u64);
        let (memory, ledger, published) = (memory.clone(), ledger.clone(), published.clone());
        consumers.push(tokio::spawn(consume(memory, service, ledger, published, dice)));
    }
    let publishers = (0..PUBLISHERS).map(|publisher| {
        let memory = memory.clone();
        tokio::spawn(async move {
            for number in 0..EACH {
                memory.publish(event(format!("{publisher}-{number}"))).await.unwrap();
            }
        })
    });
    for publisher in publishers.collect::<Vec<_>>() {
        publisher.await.unwrap();
    }
    published.store(true, Ordering::Release);
    for consumer in consumers {
        consumer.await.unwrap();
    }
    let ledger = ledger.lock().unwrap();
    assert_eq!(ledger.len(), SERVICES.len() * PUBLISHERS * EACH);
    let doubled: Vec<_> = ledger.iter().filter(|(_, count)| **count != 1).collect();
    assert!(doubled.is_empty(), "acknowledged more than once: {doubled:?}");
    for queue in memory.queues() {
        assert_eq!((queue.waiting, queue.unsettled, queue.consumers), (0, 0, 0), "{queue:?}");
    }
}

/// One process after the other, until there is nothing left to take.
async fn consume(
    broker: Memory,
    service: &'static str,
    ledger: Ledger,
    published: Arc<AtomicBool>,
    mut dice: Dice,
) {
    let ack = |delivery: Delivery| {
        let id = delivery.message.correlation_id.clone().unwrap_or_default();
        *ledger.lock().unwrap().entry((service, id)).or_default() += 1;
        delivery.settle(Settlement::Ack);
    };
    loop {
        let nothing_more_comes = published.load(Ordering::Acquire);
        let process = broker.clone();
        let prefetch = 1 + dice.throw(20) as u16;
        let mut events = process.subscribe(handler(service, prefetch)).await.unwrap();
        let mut held = Vec::new();
        let mut idle = false;
        for _ in 0..dice.throw(100) {
            let patience = Duration::from_millis(20);
            let Ok(Some(delivery)) = timeout(patience, events.next()).await else {
                idle = held.is_empty();
                break;
            };
            match dice.throw(8) {
                0 => delivery.settle(Settlement::Requeue),
                1 => drop(delivery),
                2 if held.len() + 1 < usize::from(prefetch) => held.push(delivery),
                _ => ack(delivery),
            }
        }
        if dice.throw(2) == 0 {
            process.close().await;
            // Too late: these are someone else's now.
            held.into_iter().for_each(|delivery| delivery.settle(Settlement::Ack));
        } else {
            drop(events);
            held.into_iter().for_each(ack);
        }
        let mine = broker.queues().into_iter().find(|queue| queue.name.contains(service));
        let empty = mine.is_some_and(|queue| queue.waiting + queue.unsettled == 0);
        if nothing_more_comes && idle && empty {
            return;
        }
    }
}

fn handler(service: &'static str, prefetch: u16) -> Subscription {
    Subscription::Event {
        source: "shop".into(),
        event_type: "paid".into(),
        service: service.into(),
        method: "handle".into(),
        mode: EventMode::ServicePool,
        reliable: true,
        prefetch,
    }
}

fn event(id: String) -> Message {
    let to = Address::Event { source: "shop".into(), event_type: "paid".into() };
    Message {
        correlation_id: Some(id.into()),
        guarantee: Guarantee::Fast,
        ..Message::json(to, "{}")
    }
}

/// The same numbers for the same seed.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}
