//! [`Running`]: the services of a process at work, and how they stop.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    BindContext, Client, Configuration, Entrypoint, Error, Transport, Worker,
    container::{Container, LAST_MOMENTS},
    rpc::Nested,
};

/// The services of a process at work.
pub struct Running {
    pub(crate) client: Client,
    pub(crate) nested: Arc<Nested>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) containers: Vec<Container>,
    pub(crate) stopping: CancellationToken,
    pub(crate) ended: CancellationToken,
    pub(crate) entrypoints: TaskTracker,
    pub(crate) calls: TaskTracker,
}

/// How stopping went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped {
    /// The calls that still ran when the grace period was over.
    pub abandoned: usize,
}

impl Running {
    /// A client of whatever these services can reach.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Resolves when an entrypoint ended although nobody told it to, as when the transport is
    /// closed or refuses for good.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// Stops: entrypoints first, then the calls they made, then what those calls used, then the
    /// transport.
    ///
    /// Calls that still run after `grace` are abandoned: their messages go back to the broker.
    pub async fn stop(self, grace: Duration) -> Stopped {
        self.stopping.cancel();
        self.entrypoints.close();
        self.calls.close();
        let drained = timeout(grace, async {
            self.entrypoints.wait().await;
            self.calls.wait().await;
        });
        // An entrypoint of somebody else's may wait for what is no call.
        let abandoned = if drained.await.is_err() { self.calls.len().max(1) } else { 0 };
        if abandoned > 0 {
            tracing::error!(abandoned, "calls were still running after the grace period");
        }
        for container in self.containers {
            if timeout(LAST_MOMENTS, container.stop()).await.is_err() {
                tracing::error!("a service's dependencies did not stop in time");
            }
        }
        if timeout(LAST_MOMENTS, self.transport.close()).await.is_err() {
            tracing::error!("the transport did not close in time");
        }
        Stopped { abandoned }
    }

    /// All methods, by the kind of their entrypoints.
    fn workers(&self) -> BTreeMap<&str, Vec<Worker>> {
        let mut by_kind: BTreeMap<&str, Vec<Worker>> = BTreeMap::new();
        for worker in self.containers.iter().flat_map(|it| &it.workers) {
            by_kind.entry(&worker.method().entrypoint.kind).or_default().push(worker.clone());
        }
        by_kind
    }

    /// Asks every entrypoint what is wrong, without claiming anything.
    pub(crate) fn check(&self, entrypoints: &[Box<dyn Entrypoint>]) -> Result<(), Error> {
        let by_kind = self.workers();
        Error::all(entrypoints.iter().filter_map(|it| Some(it.check(by_kind.get(it.kind())?))))
    }

    pub(crate) async fn bind(
        &self,
        entrypoints: &[Box<dyn Entrypoint>],
        config: Arc<Configuration>,
    ) -> Result<(), Error> {
        let cx = BindContext {
            transport: self.transport.clone(),
            config,
            stopping: self.stopping.clone(),
            calls: self.calls.clone(),
            nested: self.nested.clone(),
        };
        let mut by_kind = self.workers();
        let mut bound = Vec::new();
        for entrypoint in entrypoints {
            if let Some(workers) = by_kind.remove(entrypoint.kind()) {
                bound.push(entrypoint.bind(workers, cx.clone()).await?);
            }
        }
        for run in bound {
            let (stopping, ended) = (self.stopping.clone(), self.ended.clone());
            self.entrypoints.spawn(async move {
                // Even by a panic.
                let ended = ended.drop_guard();
                run.await;
                if stopping.is_cancelled() {
                    ended.disarm();
                }
            });
        }
        Ok(())
    }
}
