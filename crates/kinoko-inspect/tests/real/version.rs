//! [`Version`]: one version of a service, its type forgotten: its manifest, how to run it, and what it does to others.

use std::{pin::Pin, sync::Arc};

use kinoko::{
    BoxFuture, Call, Emits, Event, EventSet, Middleware, Next, Outcome, Service,
    manifest_format::ServiceManifest, prelude::*,
};
use kinoko_testing::{Harness, Harnessed};
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use crate::{calls::Calls, sample::Sample, script::Script};

/// What a version does to others, as its code would.
pub(crate) trait Acts: Service {
    /// Makes each call that its methods make, with each sampled value.
    async fn calls(_to: &mut Calls) {}

    /// Emits each event that its methods emit.
    async fn emits() -> Vec<Emission> {
        Vec::new()
    }
}

/// An event with the values that were written of it.
#[derive(Debug)]
pub(crate) struct Emission {
    pub(crate) source: &'static str,
    pub(crate) event_type: &'static str,
    pub(crate) payloads: Vec<Value>,
}

/// Has the dispatcher of a set write each sampled value of an event.
pub(crate) async fn emission<S: EventSet + Emits<E>, E: Event + Sample>() -> Emission {
    let (dispatcher, recorded) = Dispatcher::<S>::recorder();
    for event in E::samples() {
        dispatcher.emit(event).await.unwrap();
    }
    let payloads = recorded.events().into_iter().map(|(_, payload)| payload).collect();
    Emission { source: E::SOURCE, event_type: E::TYPE, payloads }
}

type Local<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

pub(crate) struct Version {
    pub(crate) manifest: ServiceManifest,
    pub(crate) start: fn(Arc<Script>, Outcomes) -> Local<'static, Harnessed>,
    pub(crate) calls: for<'a> fn(&'a mut Calls) -> Local<'a, ()>,
    pub(crate) emits: fn() -> Local<'static, Vec<Emission>>,
}

impl Version {
    pub(crate) fn of<S: Acts>(version: &str) -> Version {
        let mut manifest = kinoko::manifest::<S>();
        version.clone_into(&mut manifest.version);
        Version {
            manifest,
            start: |script, outcomes| Box::pin(start::<S>(script, outcomes)),
            calls: |to| Box::pin(S::calls(to)),
            emits: || Box::pin(S::emits()),
        }
    }
}

async fn start<S: Service>(script: Arc<Script>, outcomes: Outcomes) -> Harnessed {
    let harness = Harness::new().service::<S>().provide_arc(script).middleware(outcomes);
    harness.start().await.unwrap()
}

/// Keeps what methods answer with the script, which may give it to another instead; and tells of each method that was
/// run, or was to be, whether it was.
pub(crate) struct Outcomes {
    pub(crate) script: Arc<Script>,
    pub(crate) heard: UnboundedSender<bool>,
}

impl Middleware for Outcomes {
    fn handle<'a>(&'a self, call: Call, next: Next<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let method = call.context.method().to_owned();
            if let Some(outcome) = self.script.again(&method) {
                return outcome;
            }
            let outcome = next.run(call).await;
            self.script.keep(&method, &outcome);
            self.heard.send(outcome.is_ok()).unwrap();
            outcome
        })
    }
}
