//! `Container`: one service, set up.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Semaphore, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    BoxFuture, Client, Configuration, Error, Middleware, Resources, Service, SetupContext,
    Transport, Worker,
};

/// How long each of the last steps of stopping may take.
pub(crate) const LAST_MOMENTS: Duration = Duration::from_secs(5);

/// What every service in a process shares.
#[derive(Clone)]
pub(crate) struct Environment {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) config: Arc<Configuration>,
    pub(crate) middleware: Arc<[Arc<dyn Middleware>]>,
    pub(crate) resources: Resources,
    pub(crate) client: Client,
}

/// A service whose dependencies are up: one worker per method, and how to take it down.
pub(crate) struct Container {
    pub(crate) workers: Vec<Worker>,
    stopping: CancellationToken,
    tasks: TaskTracker,
    stop: Stop,
}

/// `Sync` too, so that whoever starts services can be spawned.
type Stop = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send + Sync>;

impl Container {
    pub(crate) async fn setup<S: Service>(env: Environment) -> Result<Container, Error> {
        let (stopping, tasks) = (CancellationToken::new(), TaskTracker::new());
        let cx = SetupContext {
            service: S::NAME,
            transport: env.transport.clone(),
            resources: env.resources.clone(),
            config: env.config.clone(),
            client: env.client.clone(),
            stopping: stopping.clone(),
            tasks: tasks.clone(),
        };
        let state = match S::setup(&cx).await {
            Ok(state) => Arc::new(state),
            Err(error) => {
                // The fields before the one that failed may have begun something.
                stopping.cancel();
                tasks.close();
                let _ = timeout(LAST_MOMENTS, tasks.wait()).await;
                return Err(error.at(format!("service {}", S::NAME)));
            }
        };
        let permits = Arc::new(Semaphore::new(env.config.framework().max_workers));
        let workers = S::methods()
            .into_iter()
            .map(|it| Worker::new(it, state.clone(), permits.clone(), &env))
            .collect();
        let stop = Box::new(move || -> BoxFuture<'static, ()> {
            Box::pin(async move { S::stop(&state).await })
        });
        Ok(Container { workers, stopping, tasks, stop })
    }

    /// Ends its tasks, then its dependencies.
    pub(crate) async fn stop(self) {
        self.stopping.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        (self.stop)().await;
    }
}
