//! Deadlines and cancellation through three services: front calls middle, middle calls back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use kinoko::{
    Address, Dependency, Error, Memory, Message, Outcome, SetupContext, Transport, prelude::*,
};
use kinoko_testing::{Harness, Harnessed, eventually};
use tokio::{sync::Notify, time::Instant};

/// What became of the calls of the service at the end of the chain.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) begun: AtomicUsize,
    rolled_back: AtomicUsize,
    committed: AtomicUsize,
    pub(crate) go_on: Notify,
    remaining: std::sync::Mutex<Vec<Duration>>,
}

impl Ledger {
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        let read = |it: &AtomicUsize| it.load(Ordering::SeqCst);
        (read(&self.begun), read(&self.rolled_back), read(&self.committed))
    }
}

struct Tx(Arc<Ledger>, bool);

impl Dependency for Tx {
    type State = Arc<Ledger>;

    async fn setup(cx: &SetupContext) -> Result<Arc<Ledger>, Error> {
        cx.resources.get()
    }

    async fn get(ledger: &Arc<Ledger>, _call: &CallContext) -> Result<Tx, Fault> {
        ledger.begun.fetch_add(1, Ordering::SeqCst);
        Ok(Tx(ledger.clone(), false))
    }

    async fn finish(mut self, outcome: &Outcome) -> Result<(), Fault> {
        self.1 = outcome.is_ok();
        Ok(())
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        let counter = if self.1 { &self.0.committed } else { &self.0.rolled_back };
        counter.fetch_add(1, Ordering::SeqCst);
    }
}

#[derive(Dependencies)]
pub(crate) struct Back {
    tx: Tx,
    call: CallContext,
}

#[service(name = "back")]
impl Back {
    #[rpc]
    async fn work(&mut self) -> u32 {
        let ledger = &self.tx.0;
        ledger.remaining.lock().unwrap().extend(self.call.remaining());
        ledger.go_on.notified().await;
        7
    }
}

#[derive(Dependencies)]
pub(crate) struct Middle {
    back: BackClient,
}

#[service(name = "middle")]
impl Middle {
    #[rpc]
    async fn work(&mut self) -> Result<u32, Fault> {
        self.back.work().await
    }
}

#[derive(Dependencies)]
pub(crate) struct Front {
    middle: MiddleClient,
}

#[service(name = "front")]
impl Front {
    #[rpc]
    async fn work(&mut self) -> Result<u32, Fault> {
        self.middle.work().await
    }
}

async fn start() -> (Harnessed, Arc<Ledger>) {
    let ledger = Arc::new(Ledger::default());
    let harness = Harness::new().service::<Front>().service::<Middle>().service::<Back>();
    (harness.provide_arc(ledger.clone()).start().await.unwrap(), ledger)
}

#[tokio::test(start_paused = true)]
async fn the_remaining_time_bounds_every_call_of_a_chain() {
    let (harness, ledger) = start().await;
    let front = FrontClient::from(harness.client()).with_timeout(Duration::from_secs(5));
    let begun = Instant::now();
    let fault = front.work().await.unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Timeout);
    let waited = begun.elapsed().as_secs_f64();
    assert!((waited - 5.0).abs() < 0.1, "the caller waited its time and no longer: {waited}");
    eventually("the last of the chain rolled back", async || ledger.counts() == (1, 1, 0)).await;
    let remaining = ledger.remaining.lock().unwrap()[0];
    assert!(remaining <= Duration::from_secs(5) && remaining > Duration::from_secs(4));
    assert_eq!(harness.client().in_flight(), 0);
    harness.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_ends_the_whole_chain() {
    let (harness, ledger) = start().await;
    let front = FrontClient::from(harness.client());
    let call = tokio::spawn(async move { front.work().await });
    eventually("the call came to the end of the chain", async || ledger.counts() == (1, 0, 0))
        .await;
    let begun = Instant::now();
    call.abort();
    eventually("the last of the chain rolled back", async || ledger.counts() == (1, 1, 0)).await;
    assert!(begun.elapsed() < Duration::from_secs(1), "by being told, not by its deadline");
    eventually("nobody waits any more", async || harness.client().in_flight() == 0).await;
    harness.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_call_in_time_is_committed() {
    let (harness, ledger) = start().await;
    ledger.go_on.notify_one();
    assert_eq!(FrontClient::from(harness.client()).work().await, Ok(7));
    assert_eq!(ledger.counts(), (1, 0, 1));
    harness.stop().await;
}

/// The last of the chain alone, with one worker.
async fn start_back() -> (Harnessed, Arc<Ledger>) {
    let ledger = Arc::new(Ledger::default());
    let harness = Harness::new().service::<Back>().provide_arc(ledger.clone());
    let config = kinoko::Configuration::from_json(serde_json::json!({"max_workers": 1})).unwrap();
    (harness.config(config).start().await.unwrap(), ledger)
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_time_is_up_is_not_run() {
    let (harness, ledger) = start_back().await;
    let back = BackClient::from(harness.client());
    let long = tokio::spawn({
        let back = back.clone();
        async move { back.work().await }
    });
    eventually("the only worker is busy", async || ledger.counts().0 == 1).await;
    let short = back.with_timeout(Duration::from_secs(1)).work().await.unwrap_err();
    assert_eq!(short.kind(), FaultKind::Timeout);
    ledger.go_on.notify_one();
    assert_eq!(long.await.unwrap(), Ok(7));
    assert_eq!(ledger.counts(), (1, 0, 1), "the second never began");
    harness.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_request_that_nobody_waits_for_any_more_is_not_run() {
    let (harness, ledger) = start_back().await;
    let back = BackClient::from(harness.client());
    let work = || {
        let back = back.clone();
        tokio::spawn(async move { back.work().await })
    };
    let first = work();
    eventually("the only worker is busy", async || ledger.counts().0 == 1).await;
    let second = work();
    eventually("the second waits", async || harness.client().in_flight() == 2).await;
    second.abort();
    eventually("and no longer", async || harness.client().in_flight() == 1).await;
    for call in [first, work()] {
        ledger.go_on.notify_one();
        assert_eq!(call.await.unwrap(), Ok(7));
    }
    assert_eq!(ledger.counts(), (2, 0, 2), "the second never began");
    harness.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_request_cancelled_before_it_came_waits_for_no_worker() {
    let (harness, ledger) = start_back().await;
    let back = BackClient::from(harness.client());
    let long = tokio::spawn(async move { back.work().await });
    eventually("the only worker is busy", async || ledger.counts().0 == 1).await;
    let memory = harness.memory();
    cancel(&memory, 1).await;
    request(&memory, 1).await;
    eventually("only the first is still there", async || requests(&memory) == (0, 1)).await;
    ledger.go_on.notify_one();
    assert_eq!(long.await.unwrap(), Ok(7));
    assert_eq!(ledger.counts(), (1, 0, 1));
    harness.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_gives_back_what_waits_and_nothing_that_was_cancelled() {
    let (harness, ledger) = start_back().await;
    let memory = harness.memory();
    for number in 1..=3 {
        request(&memory, number).await;
    }
    eventually("the only worker is busy", async || ledger.counts().0 == 1).await;
    cancel(&memory, 2).await;
    let stopping = tokio::spawn(harness.stop());
    eventually("one is given back, and one runs", async || requests(&memory) == (1, 1)).await;
    ledger.go_on.notify_one();
    stopping.await.unwrap();
    assert_eq!(requests(&memory), (1, 0));
    assert_eq!(ledger.counts(), (1, 0, 1));
}

/// Sends a request to the last of the chain, as another process would.
async fn request(memory: &Memory, number: u8) {
    let to = Address::Method { service: "back".into(), method: "work".into() };
    let mut message = Message::json(to, r#"{"args": [], "kwargs": {}}"#);
    message.correlation_id = Some(id(number));
    message.headers.insert("kinoko-deadline", i64::MAX);
    memory.publish(message).await.unwrap();
}

/// Cancels it, and waits until that was heard.
async fn cancel(memory: &Memory, number: u8) {
    let mut message = Message::json(Address::Cancel { service: "back".into() }, "null");
    message.correlation_id = Some(id(number));
    memory.publish(message).await.unwrap();
    let heard = || {
        memory
            .queues()
            .iter()
            .all(|it| !it.name.starts_with("cancel") || it.waiting + it.unsettled == 0)
    };
    eventually("the cancel is heard", async || heard()).await;
}

fn id(number: u8) -> Arc<str> {
    format!("00000000-0000-4000-8000-{number:012}").into()
}

/// How many requests wait for a service, and how many it has.
fn requests(memory: &Memory) -> (usize, usize) {
    let queues = memory.queues();
    let requests = queues.iter().find(|it| it.name == "rpc-back").unwrap();
    (requests.waiting, requests.unsettled)
}
