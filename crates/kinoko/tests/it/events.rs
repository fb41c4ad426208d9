//! Events: emitted by type, handled by type or by name.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use kinoko::{ErrorKind, prelude::*};
use kinoko_testing::{Harness, eventually};
use serde_json::json;

/// An order was placed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "orders", name = "placed")]
struct OrderPlaced {
    id: u64,
    total: u64,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "orders", name = "cancelled")]
struct OrderCancelled {
    id: u64,
}

#[derive(Event)]
enum OrderEvents {
    Placed(OrderPlaced),
    Cancelled(OrderCancelled),
}

#[derive(Dependencies)]
struct Orders {
    events: Dispatcher<OrderEvents>,
}

#[service(name = "orders")]
impl Orders {
    #[rpc]
    async fn place(&mut self, id: u64) -> Result<(), Fault> {
        self.events.emit(OrderPlaced { id, total: 12 }).await?;
        self.events.emit(OrderCancelled { id }).await
    }
}

type Seen = Mutex<Vec<String>>;

#[derive(Dependencies)]
struct Mailer {
    seen: Shared<Seen>,
    tries: Shared<AtomicUsize>,
    call: CallContext,
}

/// The part of the event that this service reads.
#[derive(Deserialize, JsonSchema)]
struct JustTheId {
    id: u64,
}

#[service(name = "mailer")]
impl Mailer {
    #[event_handler(OrderPlaced)]
    async fn placed(&mut self, order: OrderPlaced) {
        let caller = self.call.caller().unwrap_or("nobody");
        let caller = caller.rsplit_once('.').map_or(caller, |(name, _)| name);
        self.seen.lock().unwrap().push(format!("placed {} by {caller}", order.id));
    }

    #[event_handler(source = "orders", event = "*", mode = "singleton")]
    async fn anything(&mut self, order: JustTheId) {
        self.seen.lock().unwrap().push(format!("anything {}", order.id));
    }

    #[event_handler(source = "orders", event = "stubborn", on_failure = "requeue")]
    async fn stubborn(&mut self, order: JustTheId) -> Result<(), Fault> {
        if self.tries.fetch_add(1, Ordering::SeqCst) < 2 {
            return Err(Fault::internal("not yet"));
        }
        self.seen.lock().unwrap().push(format!("stubborn {}", order.id));
        Ok(())
    }
}

async fn seen(events: &Arc<Seen>, expected: &[&str]) {
    let sorted = || {
        let mut seen = events.lock().unwrap().clone();
        seen.sort();
        seen
    };
    eventually(&format!("{expected:?}"), async || sorted() == expected).await;
}

fn mailer(harness: Harness) -> (Harness, Arc<Seen>) {
    let events = Arc::new(Seen::default());
    let harness = harness.service::<Mailer>().provide_arc(events.clone());
    (harness.provide(AtomicUsize::new(0)), events)
}

#[tokio::test]
async fn events_reach_their_handlers_with_the_context() {
    let (harness, events) = mailer(Harness::new().service::<Orders>());
    let harness = harness.start().await.unwrap();
    OrdersClient::from(harness.client()).place(7).await.unwrap();
    seen(&events, &["anything 7", "anything 7", "placed 7 by orders.place"]).await;
    harness.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_event_that_fails_comes_again_when_asked_for() {
    let (harness, events) = mailer(Harness::new());
    let harness = harness.start().await.unwrap();
    harness.emit("orders", "stubborn", &json!({"id": 9})).await.unwrap();
    seen(&events, &["anything 9", "stubborn 9"]).await;
    harness.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_event_that_cannot_be_read_does_not_come_again() {
    let (harness, events) = mailer(Harness::new());
    let harness = harness.start().await.unwrap();
    harness.emit("orders", "stubborn", &json!({"nothing": "of use"})).await.unwrap();
    let rejected = || {
        let queues = harness.memory().queues().into_iter();
        queues.filter(|it| it.name.contains("stubborn")).map(|it| it.rejected).sum::<u64>()
    };
    eventually("it is rejected", async || rejected() == 1).await;
    let queues = harness.memory().queues();
    assert!(queues.iter().all(|it| it.waiting == 0 && it.unsettled == 0), "{queues:?}");
    seen(&events, &[]).await;
    harness.stop().await;
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_dropped_and_the_next_is_handled() {
    let (harness, events) = mailer(Harness::new());
    let harness = harness.start().await.unwrap();
    harness.emit("orders", "placed", &json!("nonsense")).await.unwrap();
    harness.emit("orders", "placed", &json!({"id": 1, "total": 2})).await.unwrap();
    seen(&events, &["anything 1", "placed 1 by nobody"]).await;
    harness.stop().await;
}

#[tokio::test]
async fn a_service_may_emit_only_its_own_events() {
    #[derive(Dependencies)]
    struct Impostor {
        events: Dispatcher<OrderPlaced>,
    }

    #[service(name = "impostor")]
    impl Impostor {
        #[rpc]
        async fn ping(&mut self) -> Result<(), Fault> {
            self.events.emit(OrderPlaced { id: 1, total: 1 }).await
        }
    }

    let Err(error) = Harness::new().service::<Impostor>().start().await else {
        panic!("it may not start")
    };
    assert_eq!(error.kind(), ErrorKind::Declaration);
    assert!(error.to_string().contains("may not emit `placed`, an event of `orders`"), "{error}");
}

#[tokio::test]
async fn a_recorder_takes_the_dispatchers_place_in_a_unit_test() {
    let (events, recorded) = Dispatcher::recorder();
    Orders { events }.place(3).await.unwrap();
    let expected = [("placed", json!({"id": 3, "total": 12})), ("cancelled", json!({"id": 3}))];
    assert_eq!(recorded.events(), expected);
}

#[test]
fn the_manifest_says_what_a_service_emits_and_handles() {
    let orders = kinoko::manifest::<Orders>();
    let emits: Vec<_> = orders.dependencies[0].emits.iter().map(|it| &*it.event_type).collect();
    assert_eq!(emits, ["placed", "cancelled"]);
    let mailer = kinoko::manifest::<Mailer>();
    let placed = mailer.method("placed").unwrap();
    assert_eq!(placed.entrypoint.kind, "event");
    assert_eq!(placed.entrypoint.options["source"], "orders");
    assert_eq!(placed.entrypoint.options["event"], "placed");
}
