//! [`Eager`]: a call begins where it was claimed, and gets a task of its own once it has to wait.
//!
//! Most calls that wait for nothing are over before a task would have begun. A task for each of them
//! costs its memory and, on a runtime of several threads, mostly the waking of a second thread, which then
//! writes the replies one by one. Python's event loop has the same under the name of eager tasks
//! (`asyncio.eager_task_factory`).
//!
//! What is claimed behind a call waits until it first waits. So a method whose calls turn out to wait, or to take
//! longer than tokio would have a task run, gets tasks at once, and is tried again ever more seldom; what is large
//! gets a task in any case; and whoever falls behind spreads what has piled up.

mod habit;

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use futures_util::Stream;
use tokio::{task::coop::has_budget_remaining, time::Instant};
use tokio_util::task::TaskTracker;

pub(crate) use self::habit::Habit;

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
}

impl Eager {
    /// With those that run, in tasks of their own.
    pub(crate) fn new(calls: TaskTracker) -> Eager {
        Eager { calls, begun: 0, busy: None, now: None }
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
            if self.begun == 0 && stopped.as_mut().poll(cx).is_ready() {
                return Poll::Ready(None);
            }
            let next = claimed.as_mut().poll_next(cx);
            if next.is_pending() {
                (self.begun, self.now) = (0, None);
                if has_budget_remaining() {
                    self.busy = None;
                }
            }
            next
        })
        .await
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
        // Nobody has to be woken: a task looks at its call when it begins.
        let cx = &mut Context::from_waker(Waker::noop());
        let polled = catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(cx)));
        let after = Instant::now();
        let took = after - before;
        match polled {
            Ok(Poll::Ready(())) if took <= QUICK => {
                self.now = Some(after);
                return habit.went_well();
            }
            // A panic is what a task makes of it: that call is over, and no other.
            Ok(Poll::Ready(())) | Err(_) => habit.in_vain(took),
            Ok(Poll::Pending) => {
                self.calls.spawn(call);
                // Else it was not the call that had to wait.
                if has_budget_remaining() {
                    habit.in_vain(took);
                }
            }
        }
        // It took its time, and there may be replies to be written.
        self.begun = TURN;
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::pending,
        pin::pin,
        sync::{
            Arc,
            atomic::{AtomicU32, Ordering::SeqCst},
        },
        time::{Duration, Instant},
    };

    use futures_util::stream;
    use tokio::{
        sync::{Semaphore, mpsc},
        task::{consume_budget, coop::has_budget_remaining, yield_now},
        time::timeout,
    };
    use tokio_util::{sync::CancellationToken, task::TaskTracker};

    use super::{BEHIND, Eager, Habit, QUICK, SMALL, TURN};

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
        eager.begin(&habit, 0, async move { mine.store(1, SeqCst) });
        assert_eq!(ran.load(SeqCst), 1);
        assert!(calls.is_empty());
    }

    #[tokio::test]
    async fn what_is_large_gets_a_task() {
        let (calls, habit) = (TaskTracker::new(), Habit::default());
        let mut eager = Eager::new(calls.clone());
        eager.begin(&habit, SMALL + 1, async {});
        assert_eq!(calls.len(), 1);
        calls.close();
        calls.wait().await;
        eager.busy = None;
        eager.begin(&habit, SMALL, async {});
        assert!(calls.is_empty(), "and is no reason to give one to others");
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
            eager.begin(&habit, 0, async move {
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

    #[tokio::test]
    async fn whoever_is_slow_or_panics_is_taken_note_of() {
        let calls = TaskTracker::new();
        let mut eager = Eager::new(calls.clone());
        let slow = Habit::default();
        eager.begin(&slow, 0, async { spin(QUICK) });
        assert!(!slow.is_worth_trying());
        let broken = Habit::default();
        eager.busy = None;
        eager.begin(&broken, 0, async { panic!("on purpose") });
        assert!(!broken.is_worth_trying());
        assert!(calls.is_empty());
    }

    #[tokio::test]
    async fn whoever_falls_behind_spreads_what_has_piled_up() {
        let calls = TaskTracker::new();
        let mut eager = Eager::new(calls.clone());
        let (mut claimed, mut stopped) = (pin!(stream::repeat(())), pin!(pending::<()>()));
        let began = |eager: &mut Eager| {
            eager.begin(&Habit::default(), 0, async { spin(QUICK / 2) });
            calls.is_empty()
        };
        let begin = Instant::now();
        eager.next(claimed.as_mut(), stopped.as_mut()).await.unwrap();
        assert!(began(&mut eager));
        while began(&mut eager) {
            assert!(begin.elapsed() < BEHIND * 10_000, "never behind");
            eager.next(claimed.as_mut(), stopped.as_mut()).await.unwrap();
        }
        assert!(begin.elapsed() >= BEHIND, "behind too soon");
        calls.close();
        calls.wait().await;
        let mut nothing = pin!(stream::pending::<()>());
        let waiting = eager.next(nothing.as_mut(), stopped.as_mut());
        assert!(timeout(Duration::ZERO, waiting).await.is_err());
        assert!(began(&mut eager), "it has caught up");
    }

    #[tokio::test]
    async fn whoever_is_told_to_stop_does_within_a_turn() {
        for size in [0, SMALL + 1] {
            let mut eager = Eager::new(TaskTracker::new());
            let stopping = CancellationToken::new();
            let (mut claimed, mut stopped) = (pin!(stream::repeat(())), pin!(stopping.cancelled()));
            let mut begun = 0;
            while eager.next(claimed.as_mut(), stopped.as_mut()).await.is_some() {
                assert!(begun < TURN);
                begun += 1;
                stopping.cancel();
                eager.begin(&Habit::default(), size, async {});
            }
            assert!(begun > 0);
        }
    }

    /// Whatever the task waits for first: the next to be claimed, or that others have a turn, as tokio asks of
    /// who has polled much.
    #[tokio::test(start_paused = true)]
    async fn who_waits_hears_of_the_stop() {
        for polls_much in [false, true] {
            let stopping = CancellationToken::new();
            let stopped = stopping.clone();
            let (claim, claimed) = mpsc::channel(1);
            claim.send(()).await.unwrap();
            let claims = tokio::spawn(async move {
                let claimed = stream::unfold(claimed, async |mut it| Some((it.recv().await?, it)));
                let (mut claimed, mut stopped) = (pin!(claimed), pin!(stopped.cancelled()));
                let mut eager = Eager::new(TaskTracker::new());
                while eager.next(claimed.as_mut(), stopped.as_mut()).await.is_some() {
                    while polls_much && has_budget_remaining() {
                        consume_budget().await;
                    }
                    eager.begun = 1;
                }
            });
            yield_now().await;
            stopping.cancel();
            timeout(Duration::from_secs(1), claims).await.expect("it stops").unwrap();
            drop(claim);
        }
    }

    #[tokio::test]
    async fn what_is_waited_for_between_two_calls_is_no_part_of_them() {
        let mut eager = Eager::new(TaskTracker::new());
        let (mut nothing, mut stopped) = (pin!(stream::pending::<()>()), pin!(pending::<()>()));
        for begun in [1, TURN] {
            eager.begun = begun;
            eager.now = Some(super::Instant::now());
            let waiting = eager.next(nothing.as_mut(), stopped.as_mut());
            assert!(timeout(Duration::ZERO, waiting).await.is_err());
            assert_eq!(eager.now, None);
        }
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
        let (mut claimed, mut stopped) = (pin!(stream::repeat(())), pin!(pending::<()>()));
        for begun in 0..=TURN {
            // On a busy machine it may be neither quick nor up to date.
            (eager.busy, eager.begun) = (None, begun);
            eager.next(claimed.as_mut(), stopped.as_mut()).await.unwrap();
            eager.begin(&Habit::default(), 0, async {});
            assert!(eager.begun > begun % TURN);
        }
        assert_eq!(turns.load(SeqCst), 1);
        other.abort();
    }
}
