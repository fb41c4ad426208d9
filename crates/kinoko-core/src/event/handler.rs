//! The `event` entrypoint: a queue per handler.

use std::{pin::pin, sync::Arc, time::Duration};

use serde::Deserialize;

use crate::{
    BindContext, Bound, BoxFuture, Call, Deliveries, Delivery, Entrypoint, Error, ErrorKind,
    EventMode, Fault, FaultKind, Message, Settlement, Subscription, Worker,
    codec::body,
    eager::{Eager, Habit},
    entrypoint::side_by_side,
    fault::OneLine,
};

/// Runs `#[event_handler]` methods.
#[derive(Debug, Default, Clone, Copy)]
pub struct Events;

impl Events {
    /// The kind's name.
    pub const KIND: &'static str = "event";
}

/// How long an event that failed again is kept before it is given back, so that one that always
/// fails does not go round thousands of times a second.
const BEFORE_REQUEUE: Duration = Duration::from_secs(1);

/// What the attribute on a handler said.
#[derive(Deserialize)]
struct Options {
    source: String,
    event: String,
    #[serde(default)]
    mode: Mode,
    identifier: Option<String>,
    #[serde(default = "yes")]
    reliable: bool,
    #[serde(default)]
    on_failure: OnFailure,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    ServicePool,
    Singleton,
    Broadcast,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum OnFailure {
    #[default]
    Reject,
    Requeue,
}

fn yes() -> bool {
    true
}

impl Entrypoint for Events {
    fn kind(&self) -> &'static str {
        Events::KIND
    }

    fn check(&self, workers: &[Worker]) -> Result<(), Error> {
        workers.iter().try_for_each(|it| mode(it, &options(it)?).map(drop))
    }

    fn bind<'a>(
        &'a self,
        workers: Vec<Worker>,
        cx: BindContext,
    ) -> BoxFuture<'a, Result<Bound, Error>> {
        Box::pin(async move {
            let mut loops = Vec::new();
            for worker in workers {
                let options = options(&worker)?;
                let on_failure = options.on_failure;
                let to = subscription(&worker, options, &cx)?;
                let deliveries = cx.transport.subscribe(to).await?;
                let handler = Handler { worker, on_failure, cx: cx.clone() };
                loops.push(handle_all(Arc::new(handler), deliveries));
            }
            Ok(side_by_side(loops))
        })
    }
}

fn options(worker: &Worker) -> Result<Options, Error> {
    worker.method().entrypoint.read().map_err(|err| declaration(worker, &err.to_string()))
}

fn declaration(worker: &Worker, text: &str) -> Error {
    let place = format!("event handler {}.{}", worker.service(), worker.method().name);
    Error::new(ErrorKind::Declaration, text).at(place)
}

fn subscription(
    worker: &Worker,
    options: Options,
    cx: &BindContext,
) -> Result<Subscription, Error> {
    let mode = mode(worker, &options)?;
    Ok(Subscription::Event {
        source: options.source.into(),
        event_type: options.event.into(),
        service: worker.service().into(),
        method: worker.method().name.clone().into(),
        mode,
        reliable: options.reliable,
        prefetch: cx.config.framework().prefetch,
    })
}

/// Whether what a handler was sent is not what it takes.
fn is_unreadable(fault: &Fault) -> bool {
    let kinds = [FaultKind::IncorrectSignature, FaultKind::MalformedRequest];
    kinds.contains(&fault.kind()) && !fault.is_remote()
}

fn mode(worker: &Worker, options: &Options) -> Result<EventMode, Error> {
    Ok(match (&options.mode, &options.identifier) {
        (Mode::ServicePool, _) => EventMode::ServicePool,
        (Mode::Singleton, _) => EventMode::Singleton,
        (Mode::Broadcast, Some(identifier)) => {
            EventMode::Broadcast { identifier: identifier.clone() }
        }
        (Mode::Broadcast, None) if !options.reliable => {
            // As Nameko's default: an id of this instance, without dashes.
            EventMode::Broadcast { identifier: uuid::Uuid::new_v4().simple().to_string() }
        }
        (Mode::Broadcast, None) => {
            return Err(declaration(
                worker,
                "a reliable broadcast needs an identifier that is the same after a restart: give \
                 `identifier = …`, or `reliable = false`",
            ));
        }
    })
}

/// One handler's method and what becomes of an event it fails on.
struct Handler {
    worker: Worker,
    on_failure: OnFailure,
    cx: BindContext,
}

async fn handle_all(handler: Arc<Handler>, mut deliveries: Deliveries) {
    // For the calls that run here, and have no task that could be waited for.
    let _begins = handler.cx.calls.token();
    let mut stopped = pin!(handler.cx.stopping.cancelled());
    let (mut eager, habit) = (Eager::new(handler.cx.calls.clone()), Habit::default());
    while let Some(delivery) = eager.next(deliveries.as_mut(), stopped.as_mut()).await {
        let size = body::size(&delivery.message);
        eager.begin(&habit, size, handle(handler.clone(), delivery));
    }
}

/// delivery -> call -> worker -> outcome -> settle.
async fn handle(handler: Arc<Handler>, delivery: Delivery) {
    let redelivered = delivery.redelivered;
    let settlement = handler.run(&delivery.message, redelivered).await;
    delivery.settle(settlement);
}

impl Handler {
    async fn run(&self, message: &Message, redelivered: bool) -> Settlement {
        let (service, method) = (self.worker.service(), &*self.worker.method().name);
        let refused = |reason: &str| {
            tracing::warn!(service, method, reason = %OneLine(reason), "event refused");
            Settlement::Reject
        };
        let sealed = match body::of(message) {
            Ok(sealed) => sealed,
            Err(reason) => return refused(&reason),
        };
        if let Some(reason) = sealed.complaint {
            tracing::warn!(service, method, reason, "odd message");
        }
        let context = self.worker.receive(message);
        let Some(worker) = self.worker.free(&self.cx.stopping).await else {
            return Settlement::Requeue;
        };
        let json = match sealed.open(self.cx.config.framework().max_body_size) {
            Ok(json) => json,
            Err(reason) => return refused(&reason),
        };
        match (worker.run(Call::new(context, json)).await, self.on_failure) {
            (Ok(_), _) => Settlement::Ack,
            (Err(_), OnFailure::Reject) => Settlement::Reject,
            // The method did not run, and would not the next time either.
            (Err(fault), _) if is_unreadable(&fault) => Settlement::Reject,
            (Err(_), OnFailure::Requeue) => {
                if redelivered {
                    let pause = tokio::time::sleep(BEFORE_REQUEUE);
                    self.cx.stopping.run_until_cancelled(pause).await;
                }
                Settlement::Requeue
            }
        }
    }
}
