//! In which order the fields of a service are set up, made, finished and stopped.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use kinoko::{Dependency, Error, Outcome, SetupContext, prelude::*};

/// What happened, in order.
#[derive(Default, Clone)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, line: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Writes down what becomes of it. Number 9 refuses to finish.
struct Step<const N: u8>(Arc<Log>);

impl<const N: u8> Dependency for Step<N> {
    type State = Arc<Log>;

    async fn setup(cx: &SetupContext) -> Result<Arc<Log>, Error> {
        let log = cx.resources.get::<Log>()?;
        log.add(format!("setup {N}"));
        Ok(log)
    }

    async fn get(state: &Arc<Log>, _call: &CallContext) -> Result<Step<N>, Fault> {
        state.add(format!("get {N}"));
        Ok(Step(state.clone()))
    }

    async fn finish(self, _outcome: &Outcome) -> Result<(), Fault> {
        if N == 9 {
            return Err(Fault::application("Refused", "cannot commit"));
        }
        self.0.add(format!("finish {N}"));
        Ok(())
    }

    async fn stop(state: &Arc<Log>) {
        state.add(format!("stop {N}"));
    }
}

#[derive(Dependencies)]
struct Steps {
    first: Step<1>,
    second: Step<2>,
}

#[service(name = "steps")]
impl Steps {
    #[rpc]
    async fn run(&mut self) {
        self.first.0.add("run".to_owned());
        let _ = &self.second;
    }
}

#[derive(Dependencies)]
struct Refusing {
    before: Step<1>,
    refuses: Step<9>,
    after: Step<2>,
}

#[service(name = "refusing")]
impl Refusing {
    #[rpc]
    async fn run(&mut self) {
        let _ = (&self.before, &self.refuses, &self.after);
    }
}

#[tokio::test]
async fn fields_are_made_in_order_and_finished_in_reverse() {
    let log = Log::default();
    let runner = Runner::new().provide(log.clone()).service::<Steps>();
    let running = runner.start().await.unwrap();
    assert_eq!(log.take(), ["setup 1", "setup 2"]);
    StepsClient::from(running.client()).run().await.unwrap();
    assert_eq!(log.take(), ["get 1", "get 2", "run", "finish 2", "finish 1"]);
    running.stop(Duration::from_secs(1)).await;
    assert_eq!(log.take(), ["stop 2", "stop 1"]);
}

#[tokio::test]
async fn a_field_that_cannot_finish_fails_the_call_and_drops_those_before_it() {
    let log = Log::default();
    let runner = Runner::new().provide(log.clone()).service::<Refusing>();
    let running = runner.start().await.unwrap();
    log.take();
    let fault = RefusingClient::from(running.client()).run().await.unwrap_err();
    assert_eq!(fault.to_string(), "Refused: cannot commit");
    assert_eq!(log.take(), ["get 1", "get 9", "get 2", "finish 2"]);
    running.stop(Duration::from_secs(1)).await;
}

#[tokio::test]
async fn a_field_that_cannot_be_set_up_is_named() {
    let error = Runner::new().service::<Steps>().start().await.err().expect("nothing provided");
    let text = error.to_string();
    assert!(text.contains("first: no `") && text.contains(".provide(…)"), "{text}");
}
