//! [`Gather`]: when to let others go first, so that what they publish goes out in the same write.
//!
//! A runtime runs the task that was just woken before those that wait longer. So the first of many
//! publishers would have its message written before the others had a chance to add theirs, and each
//! message would cost a system call. Going to the end of the queue once gathers them; but it costs
//! something too, and where only one message is on its way it gathers nothing. Which it is shows by
//! itself: writes that follow each other closely would better have been one.

use std::time::{Duration, Instant};

/// Writes closer to each other than this would better have been one.
const CLOSE: Duration = Duration::from_micros(50);
/// After so many times in vain it is not tried any more.
const VAIN: u32 = 8;

#[derive(Debug, Default)]
pub(super) struct Gather {
    /// How often it may still be tried in vain.
    credit: u32,
    /// How much there was to write when this write was put off.
    put_off: Option<usize>,
    last_write: Option<Instant>,
}

impl Gather {
    /// Whether to put a write of so many bytes off, to the end of the queue. It never is twice.
    pub(super) fn waits(&mut self, bytes: usize, now: Instant) -> bool {
        if let Some(before) = self.put_off.take() {
            self.credit = if bytes > before { VAIN } else { self.credit.saturating_sub(1) };
            self.last_write = Some(now);
            return false;
        }
        if self.last_write.is_some_and(|it| now.saturating_duration_since(it) < CLOSE) {
            self.credit = VAIN;
        }
        if self.credit == 0 {
            self.last_write = Some(now);
            return false;
        }
        self.put_off = Some(bytes);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{CLOSE, Gather, VAIN};

    #[test]
    fn it_waits_where_that_gathers_something() {
        let (mut gather, mut now) = (Gather::default(), Instant::now());
        assert!(!gather.waits(100, now), "nothing is known yet");
        now += CLOSE / 2;
        assert!(gather.waits(100, now), "the last write was close");
        assert!(!gather.waits(300, now), "never twice");
        now += CLOSE * 100;
        assert!(gather.waits(100, now), "it gathered something the last time");
        assert!(!gather.waits(100, now));
        for _ in 1..VAIN {
            now += Duration::from_millis(1);
            assert!(gather.waits(100, now));
            assert!(!gather.waits(100, now));
        }
        now += Duration::from_millis(1);
        assert!(!gather.waits(100, now), "in vain so often");
    }
}
