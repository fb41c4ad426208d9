//! [`Entrypoint`]: what makes methods run.

use std::{panic::resume_unwind, sync::Arc};

use tokio::task::JoinSet;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{BoxFuture, Configuration, Error, Transport, Worker, rpc::Nested};

/// One kind of entrypoint: `rpc`, `event`, `http`, `timer`, or your own.
///
/// It is given every method of its kind in the process and reads what their attributes said from
/// the same data the manifest shows, so what is documented is what runs.
pub trait Entrypoint: Send + Sync + 'static {
    /// The kind it runs, as `#[entrypoint("kind", …)]` names it.
    fn kind(&self) -> &'static str;

    /// Says what is wrong with what the attributes said, all of it, and claims nothing yet. Before any
    /// entrypoint is bound, every one is asked.
    ///
    /// # Errors
    /// An error keeps the whole process from starting.
    fn check(&self, _methods: &[Worker]) -> Result<(), Error> {
        Ok(())
    }

    /// Claims what these methods need (queues, a socket) and returns, ready. What it returns makes
    /// calls until [`BindContext::stopping`] is set, then ends.
    ///
    /// # Errors
    /// An error keeps the whole process from starting.
    fn bind<'a>(
        &'a self,
        methods: Vec<Worker>,
        cx: BindContext,
    ) -> BoxFuture<'a, Result<Bound, Error>>;
}

/// A bound entrypoint at work. Ends when told to stop.
pub type Bound = BoxFuture<'static, ()>;

/// Loops that claim calls, in tasks of their own: one that begins a call holds up no other.
pub(crate) fn side_by_side(loops: Vec<impl Future<Output = ()> + Send + 'static>) -> Bound {
    Box::pin(async move {
        let mut tasks: JoinSet<()> = loops.into_iter().collect();
        while let Some(ended) = tasks.join_next().await {
            if let Some(panic) = ended.err().and_then(|it| it.try_into_panic().ok()) {
                resume_unwind(panic);
            }
        }
    })
}

/// What there is to bind an entrypoint with.
#[derive(Clone)]
pub struct BindContext {
    /// What carries messages.
    pub transport: Arc<dyn Transport>,
    /// What was configured.
    pub config: Arc<Configuration>,
    /// Set when no more work is to be claimed.
    pub stopping: CancellationToken,
    /// The runner waits for every call spawned here before it stops dependencies. A loop that runs calls
    /// itself holds a token.
    pub calls: TaskTracker,
    pub(crate) nested: Arc<Nested>,
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::side_by_side;
    use crate::BoxFuture;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_loop_that_computes_holds_up_no_other() {
        let (done, until) = mpsc::channel();
        let computes = async move { until.recv_timeout(Duration::from_secs(20)).unwrap() };
        let other = async move { done.send(()).unwrap() };
        let loops: Vec<BoxFuture<'static, ()>> = vec![Box::pin(computes), Box::pin(other)];
        tokio::spawn(side_by_side(loops)).await.unwrap();
    }

    #[tokio::test]
    async fn a_panic_ends_all_of_them() {
        let loops: Vec<BoxFuture<'static, ()>> =
            vec![Box::pin(std::future::pending()), Box::pin(async { panic!("on purpose") })];
        assert!(tokio::spawn(side_by_side(loops)).await.unwrap_err().is_panic());
    }
}
