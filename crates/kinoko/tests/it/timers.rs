//! Timers and tasks: what runs without being asked.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use kinoko::prelude::*;
use kinoko_testing::{Harness, eventually};
use tokio::time::{Instant, sleep};

#[derive(Debug)]
struct Ticks {
    since: Instant,
    at: Mutex<Vec<(&'static str, u64)>>,
}

impl Ticks {
    fn note(&self, what: &'static str) {
        self.at.lock().unwrap().push((what, self.since.elapsed().as_secs()));
    }
}

#[derive(Dependencies)]
struct Clock {
    ticks: Shared<Ticks>,
}

#[service(name = "clock")]
impl Clock {
    #[timer(every = "10s")]
    async fn steady(&mut self) {
        self.ticks.note("steady");
    }

    /// Takes longer than its interval, and fails.
    #[timer(every = "10s", eager = true)]
    async fn slow(&mut self) -> Result<(), Fault> {
        self.ticks.note("slow");
        sleep(Duration::from_secs(15)).await;
        Err(Fault::internal("every time"))
    }
}

#[tokio::test(start_paused = true)]
async fn timers_keep_to_their_grid_and_never_overlap() {
    let ticks = Arc::new(Ticks { since: Instant::now(), at: Mutex::default() });
    let harness = Harness::new().service::<Clock>().provide_arc(ticks.clone());
    let harness = harness.start().await.unwrap();
    sleep(Duration::from_secs(45)).await;
    harness.stop().await;
    let of = |name| {
        let at = ticks.at.lock().unwrap();
        at.iter().filter(|(it, _)| *it == name).map(|(_, at)| *at).collect::<Vec<_>>()
    };
    assert_eq!(of("steady"), [10, 20, 30, 40]);
    assert_eq!(of("slow"), [0, 15, 30], "right after the call that made it late");
}

#[derive(Dependencies)]
struct Background {
    tasks: Tasks,
    ticks: Shared<Ticks>,
}

#[service(name = "background")]
impl Background {
    #[rpc]
    async fn begin(&mut self) {
        let ticks = self.ticks.arc();
        self.tasks.spawn("ticker", async move {
            let _note = Note(ticks.clone());
            loop {
                ticks.note("tick");
                sleep(Duration::from_secs(1)).await;
            }
            #[expect(unreachable_code, reason = "says the type")]
            Ok::<(), Fault>(())
        });
        self.tasks.spawn("broken", async { Err(Fault::internal("broke")) });
        self.tasks.spawn::<Fault>("worse", async { panic!("at once") });
    }
}

/// Notes when it is dropped.
struct Note(Arc<Ticks>);

impl Drop for Note {
    fn drop(&mut self) {
        self.0.note("dropped");
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_end_with_their_service() {
    let ticks = Arc::new(Ticks { since: Instant::now(), at: Mutex::default() });
    let harness = Harness::new().service::<Background>().provide_arc(ticks.clone());
    let harness = harness.start().await.unwrap();
    BackgroundClient::from(harness.client()).begin().await.unwrap();
    let count = || ticks.at.lock().unwrap().len();
    eventually("it ticks", async || count() >= 3).await;
    harness.stop().await;
    assert_eq!(ticks.at.lock().unwrap().last().unwrap().0, "dropped");
}
