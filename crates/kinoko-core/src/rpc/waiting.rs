//! [`Waiting`]: the calls that wait for an answer, each until its deadline.
//!
//! Hardly a call comes to its deadline. So none has a timer: one task looks at all of them when the first could be
//! too late, which for calls with a timeout of thirty seconds is once in thirty seconds.

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::{
    sync::{Notify, oneshot},
    time::{Instant, sleep_until},
};
use uuid::Uuid;

use super::ids::ById;
use crate::codec::body::Sealed;

/// What a call that waits is told.
pub(super) enum Answer {
    /// What of the reply a call has use for, or why it is none. Whoever waits opens it, and not the one task
    /// that hands all of them out.
    Reply(Result<Sealed, Cow<'static, str>>),
    /// The request came back, as nobody was there to receive it.
    Returned,
    /// Its deadline passed.
    TooLate,
}

/// The calls that wait, by correlation id.
pub(super) struct Waiting {
    calls: ById<Waiter>,
    /// When they are looked at, in microseconds after `since`.
    look: AtomicU64,
    since: Instant,
    /// That they are to be looked at earlier.
    earlier: Notify,
    /// Whether nobody looks any more.
    over: AtomicBool,
}

struct Waiter {
    tell: oneshot::Sender<Answer>,
    deadline: Instant,
}

const NEVER: u64 = u64::MAX;

impl Waiting {
    pub(super) fn new() -> Arc<Waiting> {
        Arc::new(Waiting {
            calls: ById::default(),
            look: AtomicU64::new(NEVER),
            since: Instant::now(),
            earlier: Notify::new(),
            over: AtomicBool::new(false),
        })
    }

    /// Gives a call a place to wait in; none when nobody would tell it that its deadline has passed.
    pub(super) fn expect(&self, id: Uuid, deadline: Instant) -> Option<Expected<'_>> {
        let (tell, receiver) = oneshot::channel();
        self.calls.insert(id, Waiter { tell, deadline });
        let expected = Expected { waiting: self, id, receiver, answered: false };
        self.look_by(deadline);
        (!self.over.load(Ordering::SeqCst)).then_some(expected)
    }

    /// Tells the call of that id, if it waits; whether it does.
    pub(super) fn answer(&self, id: Uuid, answer: Answer) -> bool {
        let Some(waiter) = self.calls.remove(id) else { return false };
        // It may have given up in this very moment.
        let _ = waiter.tell.send(answer);
        true
    }

    /// How many calls wait.
    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    /// Has every call that waits fail, as no answer will come any more.
    pub(super) fn clear(&self) {
        self.calls.clear();
    }

    /// Tells calls that their deadline has passed, for as long as it runs.
    pub(super) async fn watch(self: Arc<Self>) {
        let waiting = Over(self);
        loop {
            let look = waiting.0.look.load(Ordering::Relaxed);
            let at = waiting.0.since.checked_add(std::time::Duration::from_micros(look));
            tokio::select! {
                () = waiting.0.earlier.notified() => {}
                () = until(at) => waiting.0.look(),
            }
        }
    }

    /// Sees to it that the calls are looked at by then.
    ///
    /// Whoever calls this had the lock of a shard that holds the deadline. [`look`](Waiting::look) says first that nobody
    /// looks, and then locks the shards one after the other: so either it finds that deadline, or this finds what it
    /// said.
    fn look_by(&self, deadline: Instant) {
        // Rounded up, or the look could come before the deadline.
        let micros = deadline.saturating_duration_since(self.since).as_micros() + 1;
        let at = u64::try_from(micros).unwrap_or(NEVER);
        if at < self.look.load(Ordering::Relaxed) && at < self.look.fetch_min(at, Ordering::Relaxed)
        {
            self.earlier.notify_one();
        }
    }

    /// Looks for calls that are too late, and when the next will be.
    fn look(&self) {
        self.look.store(NEVER, Ordering::Relaxed);
        let now = Instant::now();
        let mut next = None;
        let late = self.calls.take_if(|it| {
            let late = it.deadline <= now;
            if !late {
                next = Some(next.map_or(it.deadline, |next: Instant| next.min(it.deadline)));
            }
            late
        });
        for waiter in late {
            // It may have given up in this very moment.
            let _ = waiter.tell.send(Answer::TooLate);
        }
        if let Some(next) = next {
            self.look_by(next);
        }
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Has no call wait for ever when nobody looks any more, as when the runtime ends.
struct Over(Arc<Waiting>);

impl Drop for Over {
    fn drop(&mut self) {
        // First, for who waits from now on looks at it after it began to wait.
        self.0.over.store(true, Ordering::SeqCst);
        self.0.clear();
    }
}

/// A place in the table of waiting calls, given up when dropped.
pub(super) struct Expected<'a> {
    waiting: &'a Waiting,
    id: Uuid,
    receiver: oneshot::Receiver<Answer>,
    /// Whether it was taken out of the table, as whoever answers does.
    answered: bool,
}

impl Expected<'_> {
    /// What is answered; none when nobody will answer any more.
    pub(super) async fn answer(&mut self) -> Option<Answer> {
        let answer = (&mut self.receiver).await;
        self.answered = true;
        answer.ok()
    }
}

impl Drop for Expected<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.waiting.calls.remove(self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use tokio::time::Instant;
    use uuid::Uuid;

    use super::{Answer, Waiting};

    /// Each is told at its own deadline and not before, whichever came first.
    #[tokio::test(start_paused = true)]
    async fn each_call_has_its_deadline() {
        let waiting = Waiting::new();
        let _watch =
            tokio_util::task::AbortOnDropHandle::new(tokio::spawn(waiting.clone().watch()));
        let began = Instant::now();
        let wait = |after: Duration| {
            let waiting = waiting.clone();
            async move {
                let mut call = waiting.expect(Uuid::new_v4(), began + after).unwrap();
                let answer = call.answer().await;
                assert!(matches!(answer, Some(Answer::TooLate)));
                let late = began.elapsed().saturating_sub(after);
                assert!(began.elapsed() >= after && late <= Duration::from_millis(2), "{late:?}");
            }
        };
        let millis = [30_000, 1_000, 2_000, 0, 1, 1_001, 500];
        let calls = millis.map(Duration::from_millis).map(wait);
        let odd = [1, 999, 1_500, 123_456].map(Duration::from_micros).map(wait);
        tokio::join!(futures_util::future::join_all(calls), futures_util::future::join_all(odd));
        assert_eq!(waiting.len(), 0);
        // And once more after there was none.
        tokio::time::sleep(Duration::from_secs(60)).await;
        let began = Instant::now();
        let late = began + Duration::from_secs(5);
        let answer = waiting.expect(Uuid::new_v4(), late).unwrap().answer().await;
        assert!(matches!(answer, Some(Answer::TooLate)) && Instant::now() >= late);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_when_nobody_looks() {
        let waiting = Waiting::new();
        let watch = tokio::spawn(waiting.clone().watch());
        let at = Instant::now() + Duration::from_secs(1);
        let mut before = waiting.expect(Uuid::new_v4(), at).unwrap();
        tokio::task::yield_now().await;
        watch.abort();
        assert!(before.answer().await.is_none());
        assert!(waiting.expect(Uuid::new_v4(), at).is_none());
        assert_eq!(waiting.len(), 0);
    }

    /// On several threads none is forgotten, however its deadline and a look coincide.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn none_is_forgotten() {
        let waiting = Waiting::new();
        let _watch =
            tokio_util::task::AbortOnDropHandle::new(tokio::spawn(waiting.clone().watch()));
        let calls = (0..8).map(|task| {
            let waiting = Arc::clone(&waiting);
            tokio::spawn(async move {
                for number in 0..200 {
                    let after = Duration::from_micros((task * 37 + number * 101) % 3_000);
                    let at = Instant::now() + after;
                    let mut call = waiting.expect(Uuid::new_v4(), at).unwrap();
                    let answer = tokio::time::timeout(Duration::from_secs(30), call.answer()).await;
                    assert!(matches!(answer, Ok(Some(Answer::TooLate))), "{task} {number}");
                }
            })
        });
        for call in calls {
            call.await.unwrap();
        }
    }
}
