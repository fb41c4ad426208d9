//! [`Ending`]: a call whose method has run, and that has only to be ended.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use tokio::task::coop::has_budget_remaining;
use tokio_util::task::TaskTracker;

use crate::BoxFuture;

thread_local! {
    /// Whether of the call that is being looked at on this thread only the end is left.
    static ENDS: Cell<bool> = const { Cell::new(false) };
}

/// Said by a call whose method has run: whether its reply has only to be confirmed. To wait for that it needs no task.
pub(crate) fn only_the_end_is_left(yes: bool) {
    ENDS.set(yes);
}

/// Has a call looked at. Whether it then said that only the end is left.
pub(super) fn look<T>(poll: impl FnOnce() -> T) -> (T, bool) {
    ENDS.set(false);
    let polled = poll();
    (polled, ENDS.get())
}

/// A call that has only to be ended. One that turns out to need more goes on in a task: what it then holds, others
/// may wait for, and they are not to wait for those that are begun here meanwhile.
pub(super) struct Ending {
    call: Option<BoxFuture<'static, ()>>,
    calls: TaskTracker,
    /// Whether it has said what it waits for.
    waits: bool,
}

impl Ending {
    /// One that never ends. With it in the set not all that is there is ever looked at in one go, which the set takes
    /// for a reason to have its task woken again.
    pub(super) fn never(calls: TaskTracker) -> Ending {
        Ending { call: None, calls, waits: true }
    }

    pub(super) fn new(call: BoxFuture<'static, ()>, calls: TaskTracker) -> Ending {
        Ending { call: Some(call), calls, waits: false }
    }

    /// What is left of it.
    pub(super) fn into_call(self) -> Option<BoxFuture<'static, ()>> {
        self.call
    }
}

impl Future for Ending {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !has_budget_remaining() {
            // It could not even say what it waits for.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let Some(call) = &mut self.call else { return Poll::Pending };
        // A panic is what a task makes of it: that call is over, and no other.
        match catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(cx))) {
            Ok(Poll::Pending) if !self.waits => {
                self.waits = true;
                return Poll::Pending;
            }
            // What it waited for has come, and it waits for more.
            Ok(Poll::Pending) => {
                if let Some(call) = self.call.take() {
                    self.calls.spawn(call);
                }
            }
            Ok(Poll::Ready(())) | Err(_) => self.call = None,
        }
        Poll::Ready(())
    }
}
