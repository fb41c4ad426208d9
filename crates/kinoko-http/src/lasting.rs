//! [`Lasting`]: a call that outlives the connection it was made on.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use kinoko_core::{BoxFuture, Call, Canceller, Outcome, Worker};
use tokio::runtime::Handle;
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

/// Runs a call where it is polled. Dropped before its end, because its client went away, it cancels
/// the call and goes on in a task of its own: the method ends, and its values are taken back in
/// peace. Nearly every call comes to its end here, and is spared that task.
pub(crate) struct Lasting {
    call: Option<BoxFuture<'static, Option<Outcome>>>,
    canceller: Canceller,
    calls: TaskTracker,
    /// Whoever stops the process waits for this call too.
    _tracked: TaskTrackerToken,
}

impl Lasting {
    pub(crate) fn new(
        worker: Worker,
        mut call: Call,
        stopping: CancellationToken,
        calls: TaskTracker,
    ) -> Lasting {
        let canceller = call.cancellable();
        let call = Box::pin(async move { worker.run_unless(&stopping, call).await });
        Lasting { call: Some(call), canceller, _tracked: calls.token(), calls }
    }
}

impl Future for Lasting {
    /// `None` when the process is stopping and the call was not begun.
    type Output = Option<Outcome>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Outcome>> {
        let Some(call) = &mut self.call else { return Poll::Ready(None) };
        let outcome = call.as_mut().poll(cx);
        if outcome.is_ready() {
            self.call = None;
        }
        outcome
    }
}

impl Drop for Lasting {
    fn drop(&mut self) {
        if let (Some(call), Ok(runtime)) = (self.call.take(), Handle::try_current()) {
            self.canceller.cancel();
            self.calls.spawn_on(call, &runtime);
        }
    }
}
