//! [`Eager`]: a call begins where it was claimed, and gets a task of its own once it has to wait.
//!
//! Most calls that wait for nothing are over before a task would have begun. A task for each of them
//! costs its memory and, on a runtime of several threads, mostly the waking of a second thread, which then
//! writes the replies one by one. Python's event loop has the same under the name of eager tasks
//! (`asyncio.eager_task_factory`).
//!
//! A call whose method has run may have to wait for its reply to be confirmed. That takes no task either: whoever
//! claims calls looks after those, too.
//!
//! What is claimed behind a call waits until it first waits. So a method whose calls turn out to wait, or to take
//! longer than tokio would have a task run, gets tasks at once, and is tried again ever more seldom; what is large
//! gets a task in any case; and whoever falls behind spreads what has piled up.

mod ending;
mod habit;
#[cfg(test)]
mod tests;

use std::{
    future::poll_fn,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use futures_util::{Stream, StreamExt, stream::FuturesUnordered};
use tokio::{runtime::Handle, task::coop::has_budget_remaining, time::Instant};
use tokio_util::task::TaskTracker;

use self::ending::{Ending, look};
pub(crate) use self::{ending::only_the_end_is_left, habit::Habit};

/// A call that takes longer than this before it first waits would better have had a task. 10 to 100 µs is what one of
/// tokio's maintainers gives as a rule (Alice Ryhl, "Async: What is blocking?").
const QUICK: Duration = Duration::from_micros(50);
/// To read a larger message takes about as long.
const SMALL: usize = 16 * 1024;
/// How many calls are begun before others have a turn, as whoever writes the replies.
const TURN: u32 = 16;
/// Who has not caught up for so long leaves what has piled up to other threads.
const BEHIND: Duration = Duration::from_millis(1);

/// Begins calls, for one who claims them.
pub(crate) struct Eager {
    calls: TaskTracker,
    /// How many were begun in this turn, here or in tasks.
    begun: u32,
    /// Since when there was always one more to begin.
    busy: Option<Instant>,
    /// When the last one was begun and over, if nothing was waited for since.
    now: Option<Instant>,
    /// Calls whose methods have run, and that wait to be ended.
    ending: FuturesUnordered<Ending>,
}

impl Eager {
    /// With those that run, in tasks of their own.
    pub(crate) fn new(calls: TaskTracker) -> Eager {
        let ending = FuturesUnordered::from_iter([Ending::never(calls.clone())]);
        Eager { calls, begun: 0, busy: None, now: None, ending }
    }

    /// What is to be begun next, until it is `stopped`, which is looked at once a turn.
    pub(crate) async fn next<T>(
        &mut self,
        mut claimed: Pin<&mut (impl Stream<Item = T> + ?Sized)>,
        mut stopped: Pin<&mut impl Future>,
    ) -> Option<T> {
        poll_fn(|cx| {
            if self.begun >= TURN {
                (self.begun, self.now) = (0, None);
                // To the end of the queue, where another thread may take it.
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            if self.begun == 0 {
                if stopped.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(None);
                }
                self.end(cx);
                if !has_budget_remaining() {
                    // What is begun now could do nothing.
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
            let next = claimed.as_mut().poll_next(cx);
            if next.is_pending() {
                if has_budget_remaining() {
                    self.busy = None;
                }
                // Whoever waits is to hear of it, and of those that were begun in this turn.
                if self.begun > 0 {
                    if stopped.as_mut().poll(cx).is_ready() {
                        return Poll::Ready(None);
                    }
                    self.end(cx);
                }
                (self.begun, self.now) = (0, None);
            }
            next
        })
        .await
    }

    /// Looks after the calls that have only to be ended.
    fn end(&mut self, cx: &mut Context<'_>) {
        // One is always there, and never ends.
        if self.ending.len() == 1 {
            return;
        }
        while let Poll::Ready(Some(())) = self.ending.poll_next_unpin(cx) {}
    }

    /// Begins a call that has to read a message of that many bytes. Whoever begins calls is to hold a token of
    /// the tracker: who stops sees no other sign of a call that runs here.
    pub(crate) fn begin(
        &mut self,
        habit: &Habit,
        size: usize,
        call: impl Future<Output = ()> + Send + 'static,
    ) {
        self.begun += 1;
        // Boxed, because a task is moved several times before it rests.
        let mut call = Box::pin(call);
        let before = self.now.take().unwrap_or_else(Instant::now);
        let busy = *self.busy.get_or_insert(before);
        if size > SMALL || before - busy > BEHIND || !habit.is_worth_trying() {
            self.calls.spawn(call);
            return;
        }
        // Nobody has to be woken: a task looks at its call when it begins, and `end` at those that are new to it
        // before anybody sleeps.
        let cx = &mut Context::from_waker(Waker::noop());
        let (polled, ends) = look(|| catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(cx))));
        let after = Instant::now();
        let took = after - before;
        let went_well = match polled {
            Ok(Poll::Ready(())) => took <= QUICK,
            Ok(Poll::Pending) if ends => {
                self.ending.push(Ending::new(call, self.calls.clone()));
                if !has_budget_remaining() {
                    // The next would have to wait for that, too.
                    self.begun = TURN;
                }
                took <= QUICK
            }
            Ok(Poll::Pending) => {
                self.calls.spawn(call);
                if !has_budget_remaining() {
                    // It was not the call that had to wait.
                    self.begun = TURN;
                    return;
                }
                false
            }
            // A panic is what a task makes of it: that call is over, and no other.
            Err(_) => false,
        };
        if went_well {
            self.now = Some(after);
            habit.went_well();
        } else {
            habit.in_vain(took);
            // It took its time, and there may be replies to be written.
            self.begun = TURN;
        }
    }
}

/// What is still to be ended when its loop is over, in order or in a panic, is ended by tasks.
impl Drop for Eager {
    fn drop(&mut self) {
        let left = mem::take(&mut self.ending);
        // Without a runtime there is nobody to do it.
        let Ok(runtime) = Handle::try_current() else { return };
        for call in left.into_iter().filter_map(Ending::into_call) {
            self.calls.spawn_on(call, &runtime);
        }
    }
}
