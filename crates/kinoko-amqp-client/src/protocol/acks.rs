//! [`Acks`]: acknowledgements that are on their way out, in as few frames and writes as can say them.
//!
//! A service that is busy acknowledges many deliveries between two writes. Each frame costs the broker
//! as much as many tags in one do, so they are put together until the write: one `basic.ack` with
//! `multiple` for all before the first delivery that is still outstanding, one each for those behind it.
//!
//! And as nobody waits for one, there is no write for it alone where more are to be expected: for
//! [`Config::ack_delay`](super::Config::ack_delay) after a delivery, and for as long again if others came. Where the broker
//! could be waiting for it, there is: when more than half of the prefetch is out, or nobody said what that is.

use std::time::Instant;

use super::{ChannelId, Connection, unacked::Unacked};
use crate::codec::{BasicAck, FRAME_OVERHEAD, write_method};

/// The size of a `basic.ack`: class and method, the tag, a bit.
const SIZE: usize = FRAME_OVERHEAD + 13;

/// The tags of one channel that were acknowledged since the last write.
#[derive(Debug, Default)]
pub(super) struct Acks {
    tags: Vec<u64>,
    /// How many deliveries the broker sends ahead of their acknowledgements: the least that was ever asked for on
    /// the channel, as older consumers keep theirs, and none where one began of which nobody said it.
    prefetch: Option<u16>,
}

/// Those of all channels.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// The channels that have some.
    channels: Vec<ChannelId>,
    count: usize,
    /// When they are written at the latest. None while no more are to be expected: then at once.
    until: Option<Instant>,
    /// Whether another delivery came since that was said.
    came: bool,
    /// Whether they are to be written now.
    urgent: bool,
}

impl Held {
    /// Whether there are some to be written now.
    pub(super) fn are_due(&self) -> bool {
        self.urgent && self.count > 0
    }

    /// Forgets those of channels that are gone.
    pub(super) fn forget(&mut self, acks: &Acks) {
        self.count -= acks.tags.len();
    }
}

impl Acks {
    /// Takes note of what was asked for by `basic.qos`.
    pub(super) fn limit(&mut self, prefetch: u16) {
        let asked = if prefetch == 0 { u16::MAX } else { prefetch };
        self.prefetch = Some(self.prefetch.map_or(asked, |it| it.min(asked)));
    }

    /// Takes note of a consumer whose deliveries are to be acknowledged.
    pub(super) fn consumed(&mut self) {
        self.prefetch.get_or_insert(0);
    }

    /// Whether the broker, which does not know of these, may send as many deliveries again as it waits for.
    fn leave_room(&self, unacked: &Unacked) -> bool {
        let outstanding = self.tags.len() + unacked.len();
        self.prefetch.is_some_and(|it| outstanding * 2 <= usize::from(it))
    }

    /// Takes out what there is to be said: tags, and whether each stands for all before it too.
    fn drain(&mut self, unacked: &Unacked) -> impl Iterator<Item = (u64, bool)> {
        self.tags.sort_unstable();
        let before = match unacked.first() {
            Some(outstanding) => self.tags.partition_point(|tag| *tag < outstanding),
            None => self.tags.len(),
        };
        // The last of those stands for the others.
        let skipped = before.saturating_sub(1);
        self.tags
            .drain(..)
            .skip(skipped)
            .enumerate()
            .map(move |(at, tag)| (tag, at == 0 && skipped > 0))
    }
}

impl<P, C> Connection<P, C> {
    /// When acknowledgements are written at the latest, if more are expected until then.
    pub(crate) fn acks_due(&self) -> Option<Instant> {
        self.held.until
    }

    /// Takes note of a delivery that is to be acknowledged.
    pub(super) fn expect_ack(&mut self, id: ChannelId, now: Instant) {
        let Some(channel) = self.channel(id) else { return };
        if !channel.acks.leave_room(&channel.unacked) {
            let some = !channel.acks.tags.is_empty();
            self.held.urgent |= some;
            return;
        }
        match self.held.until {
            Some(_) => self.held.came = true,
            None if self.config.ack_delay.is_zero() => {}
            None => self.held.until = Some(now + self.config.ack_delay),
        }
    }

    /// Takes note that a delivery, outstanding until now, is acknowledged.
    pub(super) fn acknowledge(&mut self, id: ChannelId, tag: u64) {
        let Some(channel) = self.channel(id) else { return };
        channel.acks.tags.push(tag);
        let (id, is_first) = (channel.id, channel.acks.tags.len() == 1);
        let waits = channel.acks.leave_room(&channel.unacked);
        if is_first {
            self.held.channels.push(id);
        }
        self.held.count += 1;
        self.held.urgent |= !waits || self.held.until.is_none();
    }

    /// Has acknowledgements written when it is time. More are expected if more deliveries came.
    pub(super) fn tick_acks(&mut self, now: Instant) {
        let held = &mut self.held;
        if held.until.is_some_and(|it| it <= now) {
            held.urgent |= held.count > 0;
            held.until = std::mem::take(&mut held.came).then(|| now + self.config.ack_delay);
        }
    }

    /// How many bytes the acknowledgements that are not written yet would take, one by one.
    pub(super) fn acks_size(&self) -> usize {
        self.held.count * SIZE
    }

    /// Writes the acknowledgements of all channels.
    pub(super) fn write_acks(&mut self) {
        let Connection { held, channels, output, frame_max, .. } = self;
        for id in held.channels.drain(..) {
            let Some(channel) = &mut channels[usize::from(id.number) - 1] else { continue };
            for (delivery_tag, multiple) in channel.acks.drain(&channel.unacked) {
                let ack = BasicAck { delivery_tag, multiple };
                // It fits into the smallest frame there is.
                let _ = write_method(output.buffer(), id.number, &ack.into(), *frame_max);
            }
        }
        (held.count, held.urgent) = (0, false);
    }
}

#[cfg(test)]
mod tests {
    use super::{Acks, Unacked};

    #[test]
    fn one_frame_says_all_before_what_is_outstanding() {
        let check = |acked: &[u64], expected: &[(u64, bool)]| {
            let (mut unacked, mut acks) = (Unacked::default(), Acks::default());
            (1..=5).for_each(|tag| unacked.delivered(tag, true).unwrap());
            for tag in acked {
                acks.tags.push(unacked.settle(*tag, false).unwrap());
            }
            assert_eq!(acks.drain(&unacked).collect::<Vec<_>>(), expected, "{acked:?}");
        };
        check(&[], &[]);
        check(&[1], &[(1, false)]);
        check(&[2, 1, 3], &[(3, true)]);
        check(&[1, 2, 3, 4, 5], &[(5, true)]);
        check(&[1, 2, 4, 5], &[(2, true), (4, false), (5, false)]);
        check(&[5, 3], &[(3, false), (5, false)]);
        check(&[1, 3], &[(1, false), (3, false)]);
    }
}
