//! Start and stop: what is wrong is said before anything runs; what runs is finished.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

use kinoko::{BoxFuture, Call, ErrorKind, Memory, Next, Outcome, prelude::*};
use kinoko_testing::{Harness, eventually};
use tokio::sync::Notify;

#[derive(Default)]
struct Gate {
    entered: AtomicUsize,
    open: Notify,
}

#[derive(Dependencies)]
struct Slow {
    gate: Shared<Gate>,
}

#[service(name = "slow")]
impl Slow {
    #[rpc]
    async fn work(&mut self) -> u32 {
        self.gate.entered.fetch_add(1, Ordering::SeqCst);
        self.gate.open.notified().await;
        1
    }
}

#[tokio::test(start_paused = true)]
async fn stopping_finishes_what_runs_and_gives_back_what_waits() {
    let gate = Arc::new(Gate::default());
    let memory = Memory::default();
    let config = kinoko::Configuration::from_json(serde_json::json!({"max_workers": 1})).unwrap();
    let runner = Runner::new().transport(memory.clone()).config(config);
    let running = runner.service::<Slow>().provide_arc(gate.clone()).start().await.unwrap();
    let client = Client::over(Arc::new(memory.clone()), "test");
    let calls: Vec<_> = (0..3)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.call::<u32>("slow", "work", ()).await })
        })
        .collect();
    eventually("one runs", async || gate.entered.load(Ordering::SeqCst) == 1).await;
    let stopping = tokio::spawn(running.stop(Duration::from_secs(30)));
    eventually("two are given back", async || {
        memory.queues().iter().map(|it| it.waiting).sum::<usize>() == 2
    })
    .await;
    gate.open.notify_one();
    assert_eq!(stopping.await.unwrap().abandoned, 0);
    // The other two are done by the next instance.
    let next = Runner::new().transport(memory.clone()).service::<Slow>().provide_arc(gate.clone());
    let next = next.start().await.unwrap();
    eventually("the others run", async || gate.entered.load(Ordering::SeqCst) == 3).await;
    gate.open.notify_waiters();
    for call in calls {
        assert_eq!(call.await.unwrap(), Ok(1));
    }
    next.stop(Duration::from_secs(1)).await;
}

#[derive(Dependencies)]
struct Errand {
    slow: SlowClient,
    gate: Shared<Gate>,
}

#[service(name = "errand")]
impl Errand {
    #[rpc]
    async fn run(&mut self) -> Result<u32, Fault> {
        self.gate.entered.fetch_add(1, Ordering::SeqCst);
        self.gate.open.notified().await;
        self.slow.work().await
    }
}

/// What runs when a process is told to stop may still call services of the same process.
#[tokio::test(start_paused = true)]
async fn calls_within_a_stopping_process_are_served() {
    let gate = Arc::new(Gate::default());
    let memory = Memory::default();
    let runner = Runner::new().transport(memory.clone()).service::<Errand>().service::<Slow>();
    let running = runner.provide_arc(gate.clone()).start().await.unwrap();
    let client = Client::over(Arc::new(memory.clone()), "test");
    let call = |service: &'static str, method: &'static str| {
        let client = client.clone();
        tokio::spawn(async move { client.call::<u32>(service, method, ()).await })
    };
    let errand = call("errand", "run");
    eventually("it runs", async || gate.entered.load(Ordering::SeqCst) == 1).await;
    let stopping = tokio::spawn(running.stop(Duration::from_secs(30)));
    let queue = |name: &str| memory.queues().into_iter().find(|it| it.name == name).unwrap();
    eventually("no errands are taken", async || queue("rpc-errand").consumers == 0).await;
    let other = call("slow", "work");
    gate.open.notify_one();
    eventually("its own call runs", async || gate.entered.load(Ordering::SeqCst) == 2).await;
    gate.open.notify_one();
    assert_eq!(errand.await.unwrap(), Ok(1));
    assert_eq!(stopping.await.unwrap().abandoned, 0);
    assert_eq!(gate.entered.load(Ordering::SeqCst), 2, "somebody else's call was not begun");
    assert_eq!(queue("rpc-slow").waiting, 1);
    other.abort();
}

/// What keeps a thread busy, and for how long.
struct Busy {
    has_begun: AtomicBool,
    until: Mutex<mpsc::Receiver<()>>,
}

#[derive(Dependencies)]
struct Hasty {
    slow: SlowClient,
    busy: Shared<Busy>,
}

#[service(name = "hasty")]
impl Hasty {
    /// Computes for long before it first waits.
    #[rpc]
    async fn run(&mut self) -> Result<u32, Fault> {
        self.busy.has_begun.store(true, Ordering::SeqCst);
        let until = self.busy.until.lock().unwrap().recv_timeout(Duration::from_secs(20));
        until.map_err(Fault::internal)?;
        self.slow.work().await
    }
}

#[derive(Dependencies)]
struct Idle {}

#[service(name = "idle")]
impl Idle {
    #[rpc]
    async fn rest(&mut self) {}
}

/// The same, as early as can be: it has not waited for anything yet. Others are not held up by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_call_that_has_not_waited_yet_is_seen_by_who_stops() {
    let gate = Arc::new(Gate::default());
    gate.open.notify_one();
    let (go, until) = mpsc::channel();
    let busy = Arc::new(Busy { has_begun: AtomicBool::new(false), until: Mutex::new(until) });
    let memory = Memory::default();
    let runner = Runner::new().transport(memory.clone()).service::<Hasty>().service::<Slow>();
    let runner = runner.service::<Idle>().provide_arc(gate.clone()).provide_arc(busy.clone());
    let running = runner.start().await.unwrap();
    let client = Client::over(Arc::new(memory.clone()), "test");
    let other = client.clone();
    let call = tokio::spawn(async move { client.call::<u32>("hasty", "run", ()).await });
    eventually("it runs", async || busy.has_begun.load(Ordering::SeqCst)).await;
    assert_eq!(other.call::<()>("idle", "rest", ()).await, Ok(()));
    let stopping = tokio::spawn(running.stop(Duration::from_secs(20)));
    let consumers = |name: &str| {
        memory.queues().into_iter().find(|it| it.name == name).map_or(0, |it| it.consumers)
    };
    eventually("none are taken", async || consumers("rpc-idle") == 0).await;
    eventually("but those it may make", async || consumers("rpc-slow") == 1).await;
    go.send(()).unwrap();
    assert_eq!(call.await.unwrap(), Ok(1));
    assert_eq!(stopping.await.unwrap().abandoned, 0);
}

#[tokio::test(start_paused = true)]
async fn the_grace_period_ends_and_says_so() {
    let gate = Arc::new(Gate::default());
    let memory = Memory::default();
    let runner = Runner::new().transport(memory.clone()).service::<Slow>();
    let running = runner.provide_arc(gate.clone()).start().await.unwrap();
    let client = Client::over(Arc::new(memory), "test");
    let call = tokio::spawn(async move { client.call::<u32>("slow", "work", ()).await });
    eventually("it runs", async || gate.entered.load(Ordering::SeqCst) == 1).await;
    assert_eq!(running.stop(Duration::from_secs(2)).await.abandoned, 1);
    call.abort();
}

#[tokio::test]
async fn what_is_wrong_is_said_before_anything_runs() {
    #[derive(Dependencies)]
    struct Odd;

    #[service(name = "odd")]
    impl Odd {
        #[entrypoint("pigeon", loft = "north")]
        async fn receive(&mut self) {}
    }

    let check = async |harness: Harness, kind: ErrorKind, texts: &[&str]| {
        let Err(error) = harness.start().await else { panic!("it may not start") };
        assert_eq!(error.kind(), kind);
        for text in texts {
            assert!(error.to_string().contains(text), "{error} should say {text:?}");
        }
    };
    let odd = Harness::new().service::<Odd>().service::<Slow>().service::<Slow>();
    let texts =
        ["nothing runs the `pigeon` entrypoint of odd.receive", "two services named `slow`"];
    check(odd, ErrorKind::Declaration, &texts).await;
    let unprovided = Harness::new().service::<Slow>();
    check(unprovided, ErrorKind::Dependency, &["service slow: gate: no `", "was provided"]).await;
}

#[tokio::test]
async fn middleware_is_around_every_call() {
    static SEEN: AtomicBool = AtomicBool::new(false);

    fn note(call: Call, next: Next<'_>) -> BoxFuture<'_, Outcome> {
        Box::pin(async move {
            SEEN.store(call.context.method() == "work", Ordering::SeqCst);
            next.run(call).await
        })
    }

    let gate = Arc::new(Gate::default());
    gate.open.notify_one();
    let harness = Harness::new().service::<Slow>().provide_arc(gate).middleware(note);
    let harness = harness.start().await.unwrap();
    assert_eq!(SlowClient::from(harness.client()).work().await, Ok(1));
    assert!(SEEN.load(Ordering::SeqCst));
    harness.stop().await;
}

#[tokio::test]
async fn starting_and_stopping_can_be_spawned() {
    let running = tokio::spawn(Runner::new().start()).await.unwrap().unwrap();
    tokio::spawn(running.stop(Duration::from_secs(1))).await.unwrap();
}
