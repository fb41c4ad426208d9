//! `Calls`: the calls of a service that wait and can be cancelled, and those that were cancelled.

use std::{
    collections::{HashSet, VecDeque, hash_map::Entry},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use uuid::Uuid;

use super::ids::{ById, give_room_back};
use crate::Canceller;

/// How many cancelled calls are remembered. Every instance of a service hears of every one, and most ran
/// elsewhere.
const REMEMBERED: usize = 4096;

#[derive(Default)]
pub(super) struct Calls {
    listed: ById<Runs>,
    runs: AtomicU64,
    cancelled: Mutex<Cancelled>,
    /// Whether any is remembered, so that where no caller cancels no call takes the lock.
    any_cancelled: AtomicBool,
}

/// The runs of one request: mostly one, but a redelivered request may run while it still runs.
struct Runs {
    latest: Run,
    earlier: Vec<Run>,
}

struct Run {
    /// Tells the runs of a request apart.
    number: u64,
    canceller: Canceller,
}

#[derive(Default)]
struct Cancelled {
    ids: HashSet<Uuid>,
    oldest_first: VecDeque<Uuid>,
}

impl Calls {
    /// Lists a call as one that can be cancelled, until what is returned is dropped. One that was
    /// cancelled before is cancelled now.
    pub(super) fn list(&self, id: Uuid, canceller: &Canceller) -> Listed<'_> {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        // First to be found, then to look: whoever cancels leaves word first and then looks for it.
        let run = Run { number, canceller: canceller.clone() };
        match self.listed.shard(id).entry(id) {
            Entry::Vacant(runs) => drop(runs.insert(Runs { latest: run, earlier: Vec::new() })),
            Entry::Occupied(mut runs) => {
                let Runs { latest, earlier } = runs.get_mut();
                earlier.push(std::mem::replace(latest, run));
            }
        }
        if self.was_cancelled(|| Some(id)) {
            canceller.cancel();
        }
        Listed { calls: self, id, number }
    }

    /// Whether the call of that id was cancelled, as far as that is remembered.
    pub(super) fn was_cancelled(&self, id: impl FnOnce() -> Option<Uuid>) -> bool {
        self.any_cancelled.load(Ordering::SeqCst)
            && id().is_some_and(|id| self.cancelled().ids.contains(&id))
    }

    /// Ends the call of that id, in each of its runs, or keeps it from beginning. It is remembered in
    /// any case: the request may come again.
    pub(super) fn cancel(&self, id: Uuid) {
        let mut cancelled = self.cancelled();
        self.any_cancelled.store(true, Ordering::SeqCst);
        if cancelled.ids.insert(id) {
            cancelled.oldest_first.push_back(id);
            if cancelled.oldest_first.len() > REMEMBERED
                && let Some(oldest) = cancelled.oldest_first.pop_front()
            {
                cancelled.ids.remove(&oldest);
            }
        }
        drop(cancelled);
        if let Some(Runs { latest, earlier }) = self.listed.shard(id).get(&id) {
            for run in earlier.iter().chain([latest]) {
                run.canceller.cancel();
            }
        }
    }

    fn cancelled(&self) -> MutexGuard<'_, Cancelled> {
        self.cancelled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call in the table of those that can be cancelled, taken out when dropped.
pub(super) struct Listed<'a> {
    calls: &'a Calls,
    id: Uuid,
    number: u64,
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        let mut shard = self.calls.listed.shard(self.id);
        let Entry::Occupied(mut runs) = shard.entry(self.id) else { return };
        let Runs { latest, earlier } = runs.get_mut();
        if latest.number != self.number {
            earlier.retain(|it| it.number != self.number);
        } else if let Some(before) = earlier.pop() {
            *latest = before;
        } else {
            runs.remove();
            give_room_back(&mut shard);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Calls, REMEMBERED};
    use crate::{Call, CallContext, Canceller};

    fn canceller() -> Canceller {
        Call::new(CallContext::new("a", "b"), "").cancellable()
    }

    #[test]
    fn a_call_cancelled_before_it_is_listed_is_cancelled_then() {
        let calls = Calls::default();
        let id = Uuid::new_v4();
        calls.cancel(id);
        assert!(calls.was_cancelled(|| Some(id)));
        assert!(!calls.was_cancelled(|| Some(Uuid::new_v4())));
        let (cancelled, other) = (canceller(), canceller());
        drop((calls.list(id, &cancelled), calls.list(Uuid::new_v4(), &other)));
        assert!(cancelled.has_cancelled());
        assert!(!other.has_cancelled());
        assert_eq!(calls.listed.len(), 0, "both are over");
    }

    #[test]
    fn the_second_run_of_a_request_outlives_the_first() {
        let calls = Calls::default();
        let id = Uuid::new_v4();
        let first = calls.list(id, &canceller());
        let second_canceller = canceller();
        let second = calls.list(id, &second_canceller);
        drop(first);
        calls.cancel(id);
        assert!(second_canceller.has_cancelled(), "the second can still be cancelled");
        assert!(calls.was_cancelled(|| Some(id)), "and a third does not begin");
        drop(second);
        assert_eq!(calls.listed.len(), 0);
    }

    #[test]
    fn a_cancel_ends_each_run_that_is_not_over() {
        for over in 0..3 {
            let calls = Calls::default();
            let id = Uuid::new_v4();
            let cancellers = [canceller(), canceller(), canceller()];
            let mut runs: Vec<_> = cancellers.iter().map(|it| calls.list(id, it)).collect();
            drop(runs.remove(over));
            calls.cancel(id);
            for (number, canceller) in cancellers.iter().enumerate() {
                assert_eq!(canceller.has_cancelled(), number != over, "{number} of {over}");
            }
            drop(runs);
            assert_eq!(calls.listed.len(), 0);
        }
    }

    #[test]
    fn a_burst_leaves_no_room_behind() {
        let (calls, canceller) = (Calls::default(), canceller());
        let all: Vec<_> = (0..10_000).map(|_| calls.list(Uuid::new_v4(), &canceller)).collect();
        drop(all);
        assert!(calls.listed.shard(Uuid::nil()).capacity() < 100);
    }

    #[test]
    fn only_so_many_are_remembered() {
        let calls = Calls::default();
        let first = Uuid::new_v4();
        calls.cancel(first);
        for _ in 0..REMEMBERED {
            calls.cancel(Uuid::new_v4());
        }
        let forgotten = canceller();
        drop(calls.list(first, &forgotten));
        assert!(!forgotten.has_cancelled());
        assert_eq!(calls.cancelled().ids.len(), REMEMBERED);
    }
}
