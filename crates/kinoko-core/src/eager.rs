//! [`Eager`]: a call begins where it was claimed, and gets a task of its own once it has to wait.
//!
//! Most calls that wait for nothing are over before a task would have begun. A task for each of them
//! costs its memory and, on a runtime of several threads, mostly the waking of a second thread, which then
//! writes the replies one by one. Python's event loop has the same under the name of eager tasks
//! (`asyncio.eager_task_factory`).
//!
//! It must not hold up those behind. So a method whose calls turn out to wait or to take long gets tasks
//! at once, and is tried again ever more seldom; and whoever falls behind spreads what has piled up.

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use futures_util::Stream;
use tokio::task::yield_now;
use tokio_util::task::TaskTracker;

/// A call that takes longer than this before it first waits would better have had a task.
const QUICK: Duration = Duration::from_micros(50);
/// How many calls are begun before others have a turn, as whoever writes the replies.
const TURN: u32 = 16;
/// Who has not caught up for so long leaves what has piled up to other threads.
const BEHIND: Duration = Duration::from_millis(1);
/// How many calls get tasks at once after one was begun here in vain: at first, and at most.
const FEWEST: u32 = 8;
const MOST: u32 = 1024;

/// Begins calls, for one who claims them.
pub(crate) struct Eager {
    calls: TaskTracker,
    /// How many were begun in this turn.
    begun: u32,
    /// Since when there was always one more to begin.
    busy: Option<Instant>,
}

impl Eager {
    /// With those that run, in tasks of their own.
    pub(crate) fn new(calls: TaskTracker) -> Eager {
        Eager { calls, begun: 0, busy: None }
    }

    /// What is to be begun next.
    pub(crate) async fn next<S: Stream>(&mut self, mut claimed: Pin<&mut S>) -> Option<S::Item> {
        if self.begun >= TURN {
            self.begun = 0;
            yield_now().await;
        }
        poll_fn(|cx| {
            let next = claimed.as_mut().poll_next(cx);
            if next.is_pending() {
                (self.begun, self.busy) = (0, None);
            }
            next
        })
        .await
    }

    /// Begins a call.
    pub(crate) fn begin(&mut self, habit: &Habit, call: impl Future<Output = ()> + Send + 'static) {
        // Boxed, because a task is moved several times before it rests.
        let mut call = Box::pin(call);
        let before = Instant::now();
        let busy = *self.busy.get_or_insert(before);
        self.begun += 1;
        if before - busy > BEHIND || !habit.is_worth_trying() {
            self.calls.spawn(call);
            return;
        }
        // Nobody has to be woken: a task looks at its call when it begins.
        let cx = &mut Context::from_waker(Waker::noop());
        match catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(cx))) {
            Ok(Poll::Ready(())) => habit.note(before.elapsed() <= QUICK),
            Ok(Poll::Pending) => {
                habit.note(false);
                self.calls.spawn(call);
            }
            // What a task makes of it: that call is over, and no other.
            Err(_) => habit.note(false),
        }
    }
}

/// What the calls of one method are wont to do. One claims them, others may look.
#[derive(Debug)]
pub(crate) struct Habit {
    /// How many calls are to get tasks before one is tried again.
    tasks: AtomicU32,
    /// How many that will be the next time.
    patience: AtomicU32,
}

impl Default for Habit {
    fn default() -> Habit {
        Habit { tasks: AtomicU32::new(0), patience: AtomicU32::new(FEWEST) }
    }
}

impl Habit {
    fn is_worth_trying(&self) -> bool {
        let tasks = self.tasks.load(Relaxed);
        self.tasks.store(tasks.saturating_sub(1), Relaxed);
        tasks == 0
    }

    fn note(&self, went_well: bool) {
        if went_well {
            self.patience.store(FEWEST, Relaxed);
        } else {
            let patience = self.patience.load(Relaxed);
            self.tasks.store(patience, Relaxed);
            self.patience.store((patience * 2).min(MOST), Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        sync::{
            Arc,
            atomic::{AtomicU32, Ordering::SeqCst},
        },
        time::{Duration, Instant},
    };

    use futures_util::stream;
    use tokio::{sync::Semaphore, task::yield_now};
    use tokio_util::task::TaskTracker;

    use super::{BEHIND, Eager, FEWEST, Habit, MOST, QUICK, TURN};

    fn spin(time: Duration) {
        let begin = Instant::now();
        while begin.elapsed() <= time {
            std::hint::spin_loop();
        }
    }

    #[tokio::test]
    async fn a_call_that_waits_for_nothing_needs_no_task() {
        let (calls, habit) = (TaskTracker::new(), Habit::default());
        let ran = Arc::new(AtomicU32::new(0));
        let mut eager = Eager::new(calls.clone());
        let mine = ran.clone();
        eager.begin(&habit, async move { mine.store(1, SeqCst) });
        assert_eq!(ran.load(SeqCst), 1);
        assert!(calls.is_empty());
    }

    #[tokio::test]
    async fn a_call_that_waits_goes_on_in_a_task_whoever_it_waits_for() {
        let (calls, habit) = (TaskTracker::new(), Habit::default());
        let mut eager = Eager::new(calls.clone());
        let gate = Arc::new(Semaphore::new(0));
        let begun = Arc::new(AtomicU32::new(0));
        let count = 3;
        for _ in 0..count {
            let (gate, begun) = (gate.clone(), begun.clone());
            eager.begin(&habit, async move {
                begun.fetch_add(1, SeqCst);
                gate.acquire().await.unwrap().forget();
            });
        }
        assert_eq!(begun.load(SeqCst), 1, "the first was in vain, and the others have tasks");
        assert_eq!(calls.len(), count);
        gate.add_permits(count);
        calls.close();
        calls.wait().await;
        assert_eq!(begun.load(SeqCst), 3);
    }

    #[test]
    fn a_method_that_is_slow_is_tried_ever_more_seldom() {
        let habit = Habit::default();
        let tasks = || (0..).take_while(|_| !habit.is_worth_trying()).count() as u32;
        assert_eq!(tasks(), 0, "nothing is known yet");
        for expected in [FEWEST, FEWEST * 2, FEWEST * 4] {
            habit.note(false);
            assert_eq!(tasks(), expected);
        }
        for _ in 0..20 {
            habit.note(false);
        }
        assert_eq!(tasks(), MOST);
        habit.note(true);
        assert_eq!(tasks(), 0);
        habit.note(false);
        assert_eq!(tasks(), FEWEST, "forgiven");
    }

    #[tokio::test]
    async fn whoever_is_slow_or_panics_is_taken_note_of() {
        let calls = TaskTracker::new();
        let mut eager = Eager::new(calls.clone());
        let slow = Habit::default();
        eager.begin(&slow, async { spin(QUICK) });
        assert!(!slow.is_worth_trying());
        let broken = Habit::default();
        eager.begin(&broken, async { panic!("on purpose") });
        assert!(!broken.is_worth_trying());
        assert!(calls.is_empty());
    }

    #[tokio::test]
    async fn whoever_falls_behind_spreads_what_has_piled_up() {
        let calls = TaskTracker::new();
        let mut eager = Eager::new(calls.clone());
        let mut claimed = pin!(stream::repeat(()));
        let began = |eager: &mut Eager| {
            eager.begin(&Habit::default(), async {});
            calls.is_empty()
        };
        eager.next(claimed.as_mut()).await.unwrap();
        assert!(began(&mut eager));
        spin(BEHIND);
        eager.next(claimed.as_mut()).await.unwrap();
        assert!(!began(&mut eager), "behind");
        calls.close();
        calls.wait().await;
        let mut nothing = pin!(stream::pending::<()>());
        let waiting = eager.next(nothing.as_mut());
        assert!(tokio::time::timeout(Duration::ZERO, waiting).await.is_err());
        assert!(began(&mut eager), "it has caught up");
    }

    #[tokio::test]
    async fn others_have_a_turn() {
        let turns = Arc::new(AtomicU32::new(0));
        let mine = turns.clone();
        let other = tokio::spawn(async move {
            loop {
                mine.fetch_add(1, SeqCst);
                yield_now().await;
            }
        });
        let mut eager = Eager::new(TaskTracker::new());
        let mut claimed = pin!(stream::repeat(()));
        for _ in 0..=TURN {
            eager.next(claimed.as_mut()).await.unwrap();
            // A habit of its own: it may not be quick on a busy machine.
            eager.begin(&Habit::default(), async {});
        }
        assert_eq!(turns.load(SeqCst), 1);
        other.abort();
    }
}
