//! [`Tasks`]: work that goes on beside the calls, and ends with the service.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use kinoko_manifest::DependencyInfo;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

use crate::{CallContext, Dependency, Error, Fault, SetupContext, fault::OneLine};

/// Spawns tasks that belong to the service.
///
/// When the service stops they are dropped at their next await, after the calls that run have
/// finished; one that fails or panics is logged with its name.
#[derive(Debug, Clone)]
pub struct Tasks {
    service: &'static str,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl Tasks {
    /// Tasks for a unit test; they end with its runtime.
    pub fn new(service: &'static str) -> Tasks {
        Tasks { service, stopping: CancellationToken::new(), tasks: TaskTracker::new() }
    }

    /// Spawns a task. Its name is for the log.
    pub fn spawn<E: Into<Fault>>(
        &self,
        name: &'static str,
        task: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        let (service, stopping) = (self.service, self.stopping.clone());
        let span = tracing::error_span!(target: "kinoko::call", "task", service, task = name);
        let task = async move {
            let guarded = AssertUnwindSafe(task).catch_unwind();
            match stopping.run_until_cancelled(guarded).await {
                Some(Ok(Err(error))) => {
                    let fault: Fault = error.into();
                    let text = fault.to_string();
                    tracing::error!(fault = %OneLine(&text), log = fault.log(), "task failed");
                }
                Some(Err(_)) => tracing::error!("task panicked"),
                Some(Ok(Ok(()))) | None => {}
            }
        };
        self.tasks.spawn(task.instrument(span));
    }
}

impl Dependency for Tasks {
    type State = Tasks;

    async fn setup(cx: &SetupContext) -> Result<Tasks, Error> {
        let (stopping, tasks) = (cx.stopping.clone(), cx.tasks.clone());
        Ok(Tasks { service: cx.service, stopping, tasks })
    }

    async fn get(state: &Tasks, _call: &CallContext) -> Result<Tasks, Fault> {
        Ok(state.clone())
    }

    fn describe(_service: &str, field: &str, out: &mut Vec<DependencyInfo>) {
        out.push(DependencyInfo::new(field, "tasks"));
    }
}
