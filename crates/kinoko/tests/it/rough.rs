//! When things go wrong at the worst moment: no method runs twice for it, nothing is half done.

use std::{
    future::ready,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use kinoko::{
    Address, BoxFuture, Call, Deliveries, Dependency, Error, Memory, Message, Next, Outcome,
    PublishError, Publishing, Running, SetupContext, Subscription, Transport, prelude::*,
};
use kinoko_testing::{Harness, eventually};
use tokio::{runtime::Handle, sync::Notify, time::sleep};

/// What the values of the calls went through.
#[derive(Default)]
struct Ledger {
    runs: AtomicUsize,
    done: Mutex<Vec<String>>,
    go_on: Notify,
}

impl Ledger {
    fn runs(&self) -> usize {
        self.runs.load(Ordering::SeqCst)
    }

    fn done(&self) -> Vec<String> {
        self.done.lock().unwrap().clone()
    }
}

/// A transaction that takes its time to end, unless it is number 0.
struct SlowTx<const N: u64>(Arc<Ledger>);

impl<const N: u64> Dependency for SlowTx<N> {
    type State = Arc<Ledger>;

    async fn setup(cx: &SetupContext) -> Result<Arc<Ledger>, Error> {
        cx.resources.get()
    }

    async fn get(ledger: &Arc<Ledger>, _call: &CallContext) -> Result<SlowTx<N>, Fault> {
        Ok(SlowTx(ledger.clone()))
    }

    async fn finish(self, outcome: &Outcome) -> Result<(), Fault> {
        let how = if outcome.is_ok() { "commit" } else { "roll back" };
        if N > 0 {
            sleep(Duration::from_secs(2)).await;
        }
        self.0.done.lock().unwrap().push(format!("{how} {N}"));
        Ok(())
    }
}

#[derive(Dependencies)]
struct Till {
    first: SlowTx<1>,
    second: SlowTx<2>,
}

#[service(name = "till")]
impl Till {
    #[rpc]
    async fn charge(&mut self) -> u32 {
        self.first.0.runs.fetch_add(1, Ordering::SeqCst);
        1
    }

    #[rpc]
    async fn hang(&mut self) {
        self.first.0.runs.fetch_add(1, Ordering::SeqCst);
        std::future::pending::<()>().await;
    }

    #[rpc]
    async fn wait(&mut self) {
        self.first.0.runs.fetch_add(1, Ordering::SeqCst);
        let ledger = self.first.0.clone();
        ledger.go_on.notified().await;
    }
}

/// Its calls wait for nothing.
#[derive(Dependencies)]
struct Counter {
    tx: SlowTx<0>,
}

#[service(name = "counter")]
impl Counter {
    #[rpc]
    async fn count(&mut self) -> usize {
        self.tx.0.runs.fetch_add(1, Ordering::SeqCst) + 1
    }
}

#[tokio::test(start_paused = true)]
async fn neither_deadline_nor_caller_cuts_the_taking_back_in_half() {
    let ledger = Arc::new(Ledger::default());
    let harness = Harness::new().service::<Till>().provide_arc(ledger.clone());
    let harness = harness.start().await.unwrap();
    let till = TillClient::from(harness.client());
    // The deadline falls between the two ends.
    let hasty = till.with_timeout(Duration::from_secs(3));
    assert_eq!(hasty.charge().await.unwrap_err().kind(), FaultKind::Timeout);
    eventually("both are done", async || ledger.done() == ["commit 2", "commit 1"]).await;
    // The caller goes away while it hangs.
    let call = tokio::spawn({
        let till = till.clone();
        async move { till.hang().await }
    });
    eventually("it hangs", async || ledger.runs() == 2).await;
    call.abort();
    eventually("both are rolled back", async || {
        ledger.done()[2..] == ["roll back 2", "roll back 1"]
    })
    .await;
    harness.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_call_can_be_cancelled_while_its_service_stops() {
    let ledger = Arc::new(Ledger::default());
    let memory = Memory::default();
    let runner = Runner::new().transport(memory.clone()).service::<Till>();
    let running = runner.provide_arc(ledger.clone()).start().await.unwrap();
    let till = TillClient::from(Client::over(Arc::new(memory), "test"));
    let call = tokio::spawn(async move { till.hang().await });
    eventually("it hangs", async || ledger.runs() == 1).await;
    let stopping = tokio::spawn(running.stop(Duration::from_secs(300)));
    sleep(Duration::from_secs(1)).await;
    call.abort();
    assert_eq!(stopping.await.unwrap().abandoned, 0);
    assert_eq!(ledger.done(), ["roll back 2", "roll back 1"]);
}

/// A broker that for a while takes no replies.
struct NoReplies {
    memory: Memory,
    refused: AtomicUsize,
    refuse: usize,
}

impl Transport for NoReplies {
    fn publish(&self, message: Message) -> Publishing<'_> {
        let is_reply = matches!(message.to, Address::Reply { .. });
        if is_reply && self.refused.fetch_add(1, Ordering::SeqCst) < self.refuse {
            let refused = PublishError::Unavailable("out of memory".to_owned());
            return Publishing::unsent(ready(Err(refused)));
        }
        self.memory.publish(message)
    }

    fn subscribe(&self, to: Subscription) -> BoxFuture<'_, Result<Deliveries, Error>> {
        self.memory.subscribe(to)
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.memory.close()
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_cannot_be_sent_is_sent_again_and_the_method_not_run_again() {
    let (ledger, memory) = (Arc::new(Ledger::default()), Memory::default());
    let transport = NoReplies { memory: memory.clone(), refused: AtomicUsize::new(0), refuse: 5 };
    let runner = Runner::new().transport(transport).service::<Till>();
    let running = runner.provide_arc(ledger.clone()).start().await.unwrap();
    let till = TillClient::from(Client::over(Arc::new(memory), "test"));
    assert_eq!(till.charge().await, Ok(1));
    assert_eq!(ledger.runs(), 1);
    running.stop(Duration::from_secs(10)).await;
}

/// A broker that takes its time to say that it has a reply.
#[derive(Clone, Default)]
struct LateConfirms {
    memory: Memory,
    confirm: Arc<Notify>,
}

impl Transport for LateConfirms {
    fn publish(&self, message: Message) -> Publishing<'_> {
        let is_reply = matches!(message.to, Address::Reply { .. });
        let publishing = self.memory.publish(message);
        Publishing::sent(async move {
            publishing.await?;
            if is_reply {
                self.confirm.notified().await;
            }
            Ok(())
        })
    }

    fn subscribe(&self, to: Subscription) -> BoxFuture<'_, Result<Deliveries, Error>> {
        self.memory.subscribe(to)
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.memory.close()
    }
}

impl LateConfirms {
    async fn start(&self, ledger: &Arc<Ledger>) -> Running {
        let runner = Runner::new().transport(self.clone()).service::<Counter>();
        runner.provide_arc(ledger.clone()).start().await.unwrap()
    }

    fn unsettled(&self) -> usize {
        self.memory.queues().iter().map(|it| it.unsettled).sum()
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_waits_for_its_confirm_without_a_task_and_its_request_with_it() {
    let (ledger, transport) = (Arc::new(Ledger::default()), LateConfirms::default());
    let running = transport.start(&ledger).await;
    let client = Client::over(Arc::new(transport.memory.clone()), "test");
    let counter = CounterClient::from(client);
    counter.count().await.unwrap();
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    for expected in 2..=3 {
        assert_eq!(counter.count().await, Ok(expected));
    }
    assert_eq!((tasks(), transport.unsettled()), (before, 3));
    for left in (0..3).rev() {
        transport.confirm.notify_one();
        eventually("it is settled", async || transport.unsettled() == left).await;
    }
    running.stop(Duration::from_secs(10)).await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_replies_that_are_not_confirmed() {
    let (ledger, transport) = (Arc::new(Ledger::default()), LateConfirms::default());
    let running = transport.start(&ledger).await;
    let client = Client::over(Arc::new(transport.memory.clone()), "test");
    let counter = CounterClient::from(client);
    for expected in 1..=3 {
        assert_eq!(counter.count().await, Ok(expected));
    }
    let stopping = tokio::spawn(running.stop(Duration::from_secs(300)));
    sleep(Duration::from_secs(60)).await;
    assert!(!stopping.is_finished());
    for _ in 0..3 {
        transport.confirm.notify_one();
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(stopping.await.unwrap().abandoned, 0);
    assert_eq!(transport.unsettled(), 0);
    assert_eq!(ledger.runs(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_panic_around_the_method_is_a_fault_like_one_in_it() {
    fn stumble(call: Call, next: Next<'_>) -> BoxFuture<'_, Outcome> {
        assert_ne!(call.context.method(), "charge", "stumbled before any future was made");
        next.run(call)
    }
    let ledger = Arc::new(Ledger::default());
    let harness = Harness::new().service::<Till>().provide_arc(ledger.clone()).middleware(stumble);
    let harness = harness.start().await.unwrap();
    let till = TillClient::from(harness.client());
    assert_eq!(till.charge().await.unwrap_err().kind(), FaultKind::Internal);
    ledger.go_on.notify_one();
    assert_eq!(till.wait().await, Ok(()), "the next is served");
    assert_eq!(ledger.runs(), 1);
    harness.stop().await;
}

#[tokio::test]
async fn no_timeout_is_too_long() {
    let ledger = Arc::new(Ledger::default());
    ledger.go_on.notify_one();
    let harness = Harness::new().service::<Till>().provide_arc(ledger);
    let harness = harness.start().await.unwrap();
    let till = TillClient::from(harness.client()).with_timeout(Duration::MAX);
    assert_eq!(till.wait().await, Ok(()));
    harness.stop().await;
}
