//! [`Habit`]: whether a method's calls are over at once, as far as that was seen.

use std::{
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};

use super::BEHIND;

/// How many calls get tasks after one was begun in vain: at first, and at most.
const FEWEST: u32 = 8;
const MOST: u32 = 1024;

/// What the calls of one method are wont to do. It belongs to who claims them, and is shared for the sake of
/// sharing all else.
#[derive(Debug)]
pub(crate) struct Habit {
    /// How many calls are to get tasks before one is tried again.
    tasks: AtomicU32,
    /// How many that will be when it is in vain.
    patience: AtomicU32,
}

impl Default for Habit {
    fn default() -> Habit {
        Habit { tasks: AtomicU32::new(0), patience: AtomicU32::new(FEWEST) }
    }
}

impl Habit {
    /// Whether the next call is to begin where it was claimed. Asked once for each.
    pub(super) fn is_worth_trying(&self) -> bool {
        let tasks = self.tasks.load(Relaxed);
        self.tasks.store(tasks.saturating_sub(1), Relaxed);
        tasks == 0
    }

    /// One that went well halves what others in vain have doubled, so who is slow now and then is not
    /// trusted at once.
    pub(super) fn went_well(&self) {
        let patience = self.patience.load(Relaxed);
        if patience > FEWEST {
            self.patience.store(patience / 2, Relaxed);
            self.tasks.store(patience / 2, Relaxed);
        }
    }

    /// Whoever held up those behind it for long is not tried again soon.
    pub(super) fn in_vain(&self, took: Duration) {
        let patience = if took > BEHIND { MOST } else { self.patience.load(Relaxed) };
        self.tasks.store(patience, Relaxed);
        self.patience.store((patience * 2).min(MOST), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::{BEHIND, FEWEST, Habit, MOST};
    use crate::eager::QUICK;

    #[test]
    fn a_method_that_is_slow_is_tried_ever_more_seldom() {
        let habit = Habit::default();
        let tasks = || (0..).take_while(|_| !habit.is_worth_trying()).count() as u32;
        assert_eq!(tasks(), 0, "nothing is known yet");
        for expected in [FEWEST, FEWEST * 2, FEWEST * 4] {
            habit.in_vain(QUICK);
            assert_eq!(tasks(), expected);
        }
        (0..20).for_each(|_| habit.in_vain(QUICK));
        assert_eq!(tasks(), MOST);
        for expected in [MOST / 2, MOST / 4, MOST / 8] {
            habit.went_well();
            assert_eq!(tasks(), expected, "one that goes well is not trusted at once");
        }
        habit.went_well();
        while tasks() > 0 {
            habit.went_well();
        }
        habit.in_vain(QUICK);
        assert_eq!(tasks(), FEWEST, "forgiven");
        habit.in_vain(BEHIND * 2);
        assert_eq!(tasks(), MOST, "it took very long");
    }
}
