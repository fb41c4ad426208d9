//! [`Worker`]: the one road from a call to its outcome.
//!
//! Permit, deadline, middleware, then `invoke`: make the service's values, run the method, take
//! the values back. Whatever made the call (a message, a request, a clock) and whatever becomes of
//! the outcome is its entrypoint's business.

use std::{
    any::Any,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::Poll,
};

use futures_util::{FutureExt, future::Abortable};
use kinoko_manifest::MethodInfo;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::{
    BoxFuture, Call, CallContext, Fault, FaultKind, Headers, Method, Middleware, Next, Outcome,
    Service, Shim, container::Environment, fault::OneLine,
};

/// What to add to a log filter so that, whatever it leaves out, each line that a method or a task logs
/// says whose it is.
pub const SPAN_FILTER: &str = "kinoko::call=error";

/// Runs one method of one service. Cheap to clone; entrypoints hold one per method.
#[derive(Clone)]
pub struct Worker(Arc<Inner>);

struct Inner {
    service: &'static str,
    name: Arc<str>,
    info: MethodInfo,
    parent_calls_tracked: usize,
    permits: Arc<Semaphore>,
    middleware: Arc<[Arc<dyn Middleware>]>,
    invoke: Box<dyn Fn(Call) -> BoxFuture<'static, Outcome> + Send + Sync>,
}

impl Worker {
    pub(crate) fn new<S: Service>(
        method: Method<S>,
        state: Arc<S::State>,
        permits: Arc<Semaphore>,
        env: &Environment,
    ) -> Worker {
        let shim = method.call;
        Worker(Arc::new(Inner {
            service: S::NAME,
            name: method.info.name.as_str().into(),
            info: method.info,
            parent_calls_tracked: env.config.framework().parent_calls_tracked,
            permits,
            middleware: env.middleware.clone(),
            invoke: Box::new(move |call| Box::pin(invoke::<S>(shim, state.clone(), call))),
        }))
    }

    /// The service whose method it runs.
    pub fn service(&self) -> &'static str {
        self.0.service
    }

    /// The method it runs.
    pub fn method(&self) -> &MethodInfo {
        &self.0.info
    }

    /// The context of a call that no message asked for.
    pub fn context(&self) -> CallContext {
        CallContext::new(self.0.service, self.0.name.clone())
    }

    /// The same with what goes on to the calls it makes, under names without Nameko's prefix, and the
    /// time when whoever made it gives up.
    pub fn context_with(&self, data: Headers, deadline: Option<Instant>) -> CallContext {
        CallContext::made(self.0.service, self.0.name.clone(), data, deadline)
    }

    /// The context of a call that a message asked for. What is odd about its headers is logged.
    pub fn receive(&self, message: &crate::Message) -> CallContext {
        let name = self.0.name.clone();
        let tracked = self.0.parent_calls_tracked;
        let received = crate::context::receive(self.0.service, name, tracked, message);
        if let Some(reason) = received.complaint {
            let (service, method) = (self.0.service, &*self.0.name);
            tracing::warn!(service, method, reason = %OneLine(&reason), "odd message");
        }
        received.context
    }

    /// Waits until one of the service's workers (`max_workers`) is free, unless told to stop before
    /// that.
    pub async fn free(&self, stopping: &CancellationToken) -> Option<FreeWorker<'_>> {
        if let Some(free) = self.free_now() {
            return Some(free);
        }
        let permit = stopping.run_until_cancelled(self.0.permits.acquire()).await?.ok()?;
        Some(FreeWorker { worker: self, _permit: permit })
    }

    /// The same without waiting; none when all are busy.
    pub fn free_now(&self) -> Option<FreeWorker<'_>> {
        let permit = self.0.permits.try_acquire().ok()?;
        Some(FreeWorker { worker: self, _permit: permit })
    }

    /// Runs the method once one of the service's workers is free, unless told to stop before that.
    pub async fn run_unless(&self, stopping: &CancellationToken, call: Call) -> Option<Outcome> {
        Some(self.free(stopping).await?.run(call).await)
    }

    /// Passes the call on, to the middleware and then the method, which run as what is returned is polled.
    fn begin(&self, call: Call) -> impl Future<Output = Outcome> + Send {
        // On at every level, so that whatever the method logs says which call it belongs to.
        let span = tracing::error_span!(
            target: "kinoko::call",
            "call",
            service = self.0.service,
            method = &*self.0.name,
            // Made where somebody listens, and only there.
            call_id = call.context.call_id()
        );
        // Here and not in the future: it would hold the call, and so would each future around it.
        let passed = span.in_scope(|| {
            tracing::debug!("call begins");
            catch_unwind(AssertUnwindSafe(|| self.pass(call)))
        });
        let run = async {
            let outcome = match passed {
                Ok(run) => AssertUnwindSafe(run).catch_unwind().await,
                Err(panic) => Err(panic),
            };
            let outcome = outcome.unwrap_or_else(|panic| Err(panicked(&*panic)));
            match &outcome {
                Ok(_) => tracing::debug!("call ended well"),
                Err(fault) => report(fault),
            }
            outcome
        };
        run.instrument(span)
    }

    fn pass(&self, call: Call) -> BoxFuture<'_, Outcome> {
        Next { rest: &self.0.middleware, last: &*self.0.invoke }.run(call)
    }
}

/// A worker that waits for its call. What a call needs much memory for is done now, and not while it
/// is one of many that wait.
pub struct FreeWorker<'a> {
    worker: &'a Worker,
    _permit: SemaphorePermit<'a>,
}

impl FreeWorker<'_> {
    /// Runs the method.
    pub async fn run(self, call: Call) -> Outcome {
        self.worker.begin(call).await
    }
}

fn report(fault: &Fault) {
    let (expected, text) = (fault.is_expected(), fault.to_string());
    let (fault, log) = (OneLine(&text), fault.log());
    if expected {
        tracing::warn!(%fault, log, "call failed, as its caller may expect");
    } else {
        tracing::error!(%fault, log, "call failed");
    }
}

/// The values for one call are made, used, and taken back before anyone hears of the outcome.
///
/// The deadline and the caller's giving up end the method, and never the taking back.
async fn invoke<S: Service>(shim: Shim<S>, state: Arc<S::State>, mut call: Call) -> Outcome {
    let (deadline, cancelled) = (call.context.deadline(), call.cancelled.take());
    let made = in_time(deadline, "it was not run", S::get(&state, &call.context)).await?;
    let mut service = Some(made);
    let run = AssertUnwindSafe(shim(&mut service, call)).catch_unwind();
    let run = async { run.await.unwrap_or_else(|panic| Err(panicked(&*panic))) };
    let run = in_time(deadline, "it was stopped", run);
    let outcome = match cancelled {
        None => run.await,
        Some(cancelled) => Abortable::new(run, cancelled).await.unwrap_or_else(|_| Err(unwanted())),
    };
    let Some(service) = service else { return outcome };
    match (service.finish(&outcome).await, outcome) {
        (Err(fault), Ok(_)) => Err(fault),
        (Err(fault), Err(first)) => {
            tracing::error!(%fault, log = fault.log(), "rolling back failed");
            Err(first)
        }
        (Ok(()), outcome) => outcome,
    }
}

/// Runs a step of a call until its deadline.
async fn in_time<T>(
    deadline: Option<Instant>,
    consequence: &str,
    step: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    match deadline {
        None => step.await,
        Some(deadline) if deadline <= Instant::now() => Err(late(consequence)),
        Some(deadline) => {
            let mut step = pin!(step);
            // Most steps are done at once, and need no timer.
            match poll_fn(|cx| Poll::Ready(step.as_mut().poll(cx))).await {
                Poll::Ready(done) => done,
                Poll::Pending => {
                    timeout_at(deadline, step).await.unwrap_or_else(|_| Err(late(consequence)))
                }
            }
        }
    }
}

fn late(consequence: &str) -> Fault {
    Fault::new(FaultKind::Timeout, format!("the caller's deadline has passed: {consequence}"))
        .expected()
}

fn unwanted() -> Fault {
    Fault::new(FaultKind::Cancelled, "the caller no longer waits").expected()
}

fn panicked(panic: &(dyn Any + Send)) -> Fault {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Fault::internal(format!("panicked: {}", text.unwrap_or("with something that is no text")))
}
