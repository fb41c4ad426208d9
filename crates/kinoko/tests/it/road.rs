//! The road of a call: arguments in, values made and taken back, a reply out.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use kinoko::{Dependency, Error, Outcome, SetupContext, prelude::*};
use kinoko_testing::{Harness, Harnessed};
use serde_json::{Value, json};

/// What the service and its dependencies did, in order.
#[derive(Default)]
struct Journal(Mutex<Vec<String>>);

impl Journal {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// A transaction, as far as the framework is concerned.
struct Tx<const N: usize> {
    journal: Arc<Journal>,
    refuses: bool,
    finished: bool,
}

impl<const N: usize> Dependency for Tx<N> {
    type State = Arc<Journal>;

    async fn setup(cx: &SetupContext) -> Result<Arc<Journal>, Error> {
        cx.resources.get()
    }

    async fn get(journal: &Arc<Journal>, _call: &CallContext) -> Result<Tx<N>, Fault> {
        journal.note(format!("begin {N}"));
        Ok(Tx { journal: journal.clone(), refuses: false, finished: false })
    }

    async fn finish(mut self, outcome: &Outcome) -> Result<(), Fault> {
        self.finished = true;
        if self.refuses {
            self.journal.note(format!("refuse {N}"));
            return Err(Fault::internal("the disk is full"));
        }
        let how = if outcome.is_ok() { "commit" } else { "roll back" };
        self.journal.note(format!("{how} {N}"));
        Ok(())
    }
}

impl<const N: usize> Drop for Tx<N> {
    fn drop(&mut self) {
        if !self.finished {
            self.journal.note(format!("drop {N}"));
        }
    }
}

#[derive(Dependencies)]
struct Counter {
    first: Tx<1>,
    second: Tx<2>,
    total: Shared<AtomicU64>,
    call: CallContext,
}

/// Counts.
#[service(name = "counter")]
impl Counter {
    /// Adds to the total.
    #[rpc]
    async fn add(&mut self, a: u64, #[arg(default = 1)] b: u64, note: Option<String>) -> String {
        let total = self.total.fetch_add(a + b, Ordering::SeqCst) + a + b;
        format!("{total}{}", note.unwrap_or_default())
    }

    #[rpc]
    async fn fail(&mut self) -> Result<(), Fault> {
        Err(Fault::application("Nope", "not today").expected())
    }

    #[rpc]
    async fn panics(&mut self) {
        panic!("at the wrong moment");
    }

    #[rpc]
    async fn refuse(&mut self, field: u64) {
        self.first.refuses = field == 1;
        self.second.refuses = field == 2;
    }

    #[rpc]
    fn blocking(&mut self, text: String) -> String {
        assert_ne!(text, "panic", "asked to");
        format!("{text} from {:?}", std::thread::current().name().is_some())
    }

    #[rpc]
    async fn who(&mut self) -> Vec<String> {
        self.call.call_id_stack().map(str::to_owned).collect()
    }
}

async fn start() -> (Harnessed, Arc<Journal>) {
    let journal = Arc::new(Journal::default());
    let harness = Harness::new().service::<Counter>().provide(AtomicU64::new(0));
    (harness.provide_arc(journal.clone()).start().await.unwrap(), journal)
}

#[tokio::test]
async fn a_call_commits_before_its_reply() {
    let (harness, journal) = start().await;
    let reply: String = harness.call("counter", "add", json!({"a": 2, "b": 3})).await.unwrap();
    assert_eq!(reply, "5");
    assert_eq!(journal.take(), ["begin 1", "begin 2", "commit 2", "commit 1"]);
    harness.stop().await;
}

#[tokio::test]
async fn arguments_bind_by_name_position_and_default() {
    let (harness, _) = start().await;
    let check = async |args: Value, expected: &str| {
        let reply: String = harness.call("counter", "add", args).await.unwrap();
        assert_eq!(reply, expected);
    };
    check(json!([1]), "2").await;
    check(json!([1, 2, "!"]), "5!").await;
    check(json!({"note": "?", "a": 1}), "7?").await;
    check(json!(1), "9").await;
    harness.stop().await;
}

#[tokio::test]
async fn every_failure_rolls_back_and_is_told() {
    let (harness, journal) = start().await;
    let check = async |method: &str, args: Value, kind: FaultKind, text: &str, done: &[&str]| {
        let fault = harness.call::<Value>("counter", method, args).await.unwrap_err();
        assert_eq!((fault.kind(), fault.message()), (kind, text), "{method}");
        assert_eq!(journal.take(), done, "{method}");
    };
    let rolled_back = ["begin 1", "begin 2", "roll back 2", "roll back 1"];
    check("fail", json!([]), FaultKind::Application, "not today", &rolled_back).await;
    check("panics", json!([]), FaultKind::Internal, "internal error", &rolled_back).await;
    check("blocking", json!(["panic"]), FaultKind::Internal, "internal error", &rolled_back).await;
    // A commit that fails becomes the outcome, and what was not finished yet is dropped.
    let first = ["begin 1", "begin 2", "commit 2", "refuse 1"];
    check("refuse", json!([1]), FaultKind::Internal, "internal error", &first).await;
    let second = ["begin 1", "begin 2", "refuse 2", "drop 1"];
    check("refuse", json!([2]), FaultKind::Internal, "internal error", &second).await;
    check("nope", json!([]), FaultKind::MethodNotFound, "nope", &[]).await;
    let text = "add() missing 1 required positional argument: 'a'";
    check("add", json!([]), FaultKind::IncorrectSignature, text, &rolled_back).await;
    harness.stop().await;
}

#[tokio::test]
async fn a_service_nobody_serves_is_unknown_at_once() {
    let (harness, _) = start().await;
    let fault = harness.call::<Value>("nobody", "add", ()).await.unwrap_err();
    assert_eq!(fault.kind(), FaultKind::UnknownService);
    assert_eq!(fault.message(), "Unknown service `nobody`");
    harness.stop().await;
}

#[tokio::test]
async fn a_typed_client_says_what_the_method_says() {
    let (harness, _) = start().await;
    let counter = CounterClient::from(harness.client());
    assert_eq!(counter.add(4, None, None).await.unwrap(), "5");
    assert_eq!(counter.add(1, Some(2), Some("!".to_owned())).await.unwrap(), "8!");
    let fault = counter.fail().await.unwrap_err();
    assert_eq!((fault.name(), fault.path()), ("Nope", Some("counter.Nope")));
    assert!(counter.blocking("hello".to_owned()).await.unwrap().starts_with("hello from"));
    let stack = counter.who().await.unwrap();
    assert_eq!(stack.len(), 1, "{stack:?}");
    harness.stop().await;
}

#[test]
fn a_unit_test_needs_no_framework() {
    let journal = Arc::new(Journal::default());
    let tx = || journal.clone();
    let mut counter = Counter {
        first: Tx { journal: tx(), refuses: false, finished: true },
        second: Tx { journal: tx(), refuses: false, finished: true },
        total: Shared::new(AtomicU64::new(7)),
        call: CallContext::new("counter", "add"),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(counter.add(1, 2, None)), "10");
}

/// A method that blocks must not keep others from running, even on one thread.
#[tokio::test(flavor = "current_thread")]
async fn a_method_that_blocks_stalls_nobody() {
    #[derive(Dependencies)]
    struct Sleeper {
        gate: Shared<(Mutex<Option<std::sync::mpsc::Receiver<()>>>,)>,
    }

    #[service(name = "sleeper")]
    impl Sleeper {
        #[rpc]
        fn wait(&mut self) -> String {
            let gate = self.gate.0.lock().unwrap().take().unwrap();
            gate.recv_timeout(std::time::Duration::from_secs(10)).unwrap();
            "woken".to_owned()
        }

        #[rpc]
        async fn ping(&mut self) -> String {
            "pong".to_owned()
        }
    }

    let (open, gate) = std::sync::mpsc::channel();
    let harness = Harness::new().service::<Sleeper>().provide((Mutex::new(Some(gate)),));
    let harness = harness.start().await.unwrap();
    let sleeper = SleeperClient::from(harness.client());
    let waiting = tokio::spawn({
        let sleeper = sleeper.clone();
        async move { sleeper.wait().await }
    });
    assert_eq!(sleeper.ping().await.unwrap(), "pong");
    assert!(!waiting.is_finished());
    open.send(()).unwrap();
    assert_eq!(waiting.await.unwrap().unwrap(), "woken");
    harness.stop().await;
}
