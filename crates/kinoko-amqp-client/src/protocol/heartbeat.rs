//! [`Heartbeat`]: when to show a sign of life, and when to give the other side up.
//!
//! Any byte counts as one (AMQP 0-9-1, section 4.2.7). One is sent when half an interval passed
//! without; a peer that was silent for two intervals is gone.

use std::time::{Duration, Instant};

/// The clockwork of heartbeats; with an interval of zero it stands still.
#[derive(Debug)]
pub(super) struct Heartbeat {
    interval: Duration,
    last_read: Instant,
    last_write: Instant,
    /// Whether what the peer sends is looked at. It is not while consumers are too slow.
    reading: bool,
}

impl Heartbeat {
    pub(super) fn new(interval: Duration, now: Instant) -> Heartbeat {
        Heartbeat { interval, last_read: now, last_write: now, reading: true }
    }

    pub(super) fn read(&mut self, now: Instant) {
        self.last_read = now;
    }

    pub(super) fn wrote(&mut self, now: Instant) {
        self.last_write = now;
    }

    pub(super) fn set_reading(&mut self, reading: bool, now: Instant) {
        if reading && !self.reading {
            self.last_read = now;
        }
        self.reading = reading;
    }

    /// Whether one is to be sent.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        !self.interval.is_zero() && now >= self.last_write + self.interval / 2
    }

    /// Whether the other side is gone.
    pub(super) fn is_dead(&self, now: Instant) -> bool {
        !self.interval.is_zero() && self.reading && now >= self.last_read + self.interval * 2
    }

    /// How long the other side has said nothing.
    pub(super) fn silence(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.last_read)
    }

    /// When to look again.
    pub(super) fn deadline(&self) -> Option<Instant> {
        if self.interval.is_zero() {
            return None;
        }
        let write = self.last_write + self.interval / 2;
        let read = self.last_read + self.interval * 2;
        Some(if self.reading { write.min(read) } else { write })
    }
}
