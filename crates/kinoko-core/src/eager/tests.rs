//! What begins where it was claimed, what gets a task, and who has a turn.

use std::{
    future::pending,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use futures_util::{FutureExt, StreamExt, stream};
use tokio::{
    sync::{Semaphore, mpsc},
    task::{consume_budget, coop::has_budget_remaining, yield_now},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{BEHIND, Eager, Habit, QUICK, SMALL, TURN, only_the_end_is_left};

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

/// Begins a call that has run and ends once the gate lets it.
fn begin_to_end(eager: &mut Eager, gate: &Arc<Semaphore>, end: impl FnOnce() + Send + 'static) {
    let gate = gate.clone();
    // On a busy machine it may be neither quick nor up to date.
    eager.busy = None;
    eager.begin(&Habit::default(), 0, async move {
        only_the_end_is_left(true);
        gate.acquire().await.unwrap().forget();
        end();
    });
}

/// Of a loop that sleeps, and of one that always has more to begin.
#[tokio::test]
async fn a_call_that_has_only_to_be_ended_needs_no_task() {
    for more in [false, true] {
        let calls = TaskTracker::new();
        let gate = Arc::new(Semaphore::new(0));
        let (tell, mut ended) = mpsc::unbounded_channel();
        let mut eager = Eager::new(calls.clone());
        // Who ends in a panic takes no other along.
        begin_to_end(&mut eager, &gate, || panic!("on purpose"));
        for number in 0..3 {
            let tell = tell.clone();
            begin_to_end(&mut eager, &gate, move || tell.send(number).unwrap());
        }
        assert!(calls.is_empty());
        let claims = tokio::spawn(async move {
            let claimed = stream::repeat(()).take(if more { usize::MAX } else { 0 });
            let mut claimed = pin!(claimed.chain(stream::pending()));
            let mut stopped = pin!(pending::<()>());
            while eager.next(claimed.as_mut(), stopped.as_mut()).await.is_some() {
                eager.busy = None;
                eager.begin(&Habit::default(), 0, async {});
            }
        });
        yield_now().await;
        gate.add_permits(4);
        for _ in 0..3 {
            timeout(Duration::from_secs(10), ended.recv()).await.expect("it ends").unwrap();
        }
        assert!(calls.is_empty() && !claims.is_finished());
        claims.abort();
    }
}

#[tokio::test]
async fn a_call_that_needs_more_than_to_be_ended_gets_a_task_then() {
    let calls = TaskTracker::new();
    let mut eager = Eager::new(calls.clone());
    let (mut nothing, mut stopped) = (pin!(stream::pending::<()>()), pin!(pending::<()>()));
    let (gate, lock) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (waits, locks) = (gate.clone(), lock.clone());
    eager.begin(&Habit::default(), 0, async move {
        only_the_end_is_left(true);
        waits.acquire().await.unwrap().forget();
        locks.acquire().await.unwrap().forget();
    });
    let mut look = || eager.next(nothing.as_mut(), stopped.as_mut()).now_or_never().is_none();
    assert!(look() && calls.is_empty());
    gate.add_permits(1);
    assert!(look() && calls.len() == 1);
    lock.add_permits(1);
    calls.close();
    calls.wait().await;
    // One that does not say so, or not any more, has one from the beginning.
    let calls = TaskTracker::new();
    let mut eager = Eager::new(calls.clone());
    only_the_end_is_left(true);
    eager.begin(&Habit::default(), 0, pending());
    assert_eq!(calls.len(), 1);
    eager.busy = None;
    eager.begin(&Habit::default(), 0, async {
        only_the_end_is_left(true);
        only_the_end_is_left(false);
        pending::<()>().await;
    });
    assert_eq!(calls.len(), 2);
}

/// What has to wait for its turn only, as tokio asks of who has polled much, has waited for nothing yet.
#[tokio::test]
async fn whoever_has_polled_much_gives_no_tasks_for_it() {
    let calls = TaskTracker::new();
    let gate = Arc::new(Semaphore::new(0));
    let mut eager = Eager::new(calls.clone());
    let opens = gate.clone();
    let claims = tokio::spawn(async move {
        let mut claimed = pin!(stream::pending::<()>());
        let mut stopped = pin!(pending::<()>());
        begin_to_end(&mut eager, &opens, || ());
        while has_budget_remaining() {
            consume_budget().await;
        }
        eager.next(claimed.as_mut(), stopped.as_mut()).await
    });
    for _ in 0..5 {
        yield_now().await;
    }
    assert!(calls.is_empty());
    gate.add_permits(1);
    for _ in 0..5 {
        yield_now().await;
    }
    assert!(calls.is_empty() && gate.available_permits() == 0);
    claims.abort();
}

#[tokio::test]
async fn what_is_still_to_be_ended_when_the_loop_is_over_gets_tasks() {
    let calls = TaskTracker::new();
    let mut eager = Eager::new(calls.clone());
    let (gate, ended) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicU32::new(0)));
    let mine = ended.clone();
    begin_to_end(&mut eager, &gate, move || mine.store(1, SeqCst));
    drop(eager);
    assert_eq!(calls.len(), 1);
    gate.add_permits(1);
    calls.close();
    calls.wait().await;
    assert_eq!(ended.load(SeqCst), 1);
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
        assert!(waiting.now_or_never().is_none());
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
