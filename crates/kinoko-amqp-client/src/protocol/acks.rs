//! [`Acks`]: acknowledgements that are on their way out, as few frames as can say them.
//!
//! A service that is busy acknowledges many deliveries between two writes. Each frame costs the broker
//! as much as many tags in one do, so they are put together until the write: one `basic.ack` with
//! `multiple` for all before the first delivery that is still outstanding, one each for those behind it.

use super::{ChannelId, Connection, unacked::Unacked};
use crate::codec::{BasicAck, FRAME_OVERHEAD, write_method};

/// The size of a `basic.ack`: class and method, the tag, a bit.
const SIZE: usize = FRAME_OVERHEAD + 13;

/// The tags of one channel that were acknowledged since the last write.
#[derive(Debug, Default)]
pub(super) struct Acks {
    tags: Vec<u64>,
}

impl Acks {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.tags.len()
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
    /// Takes note that a delivery, outstanding until now, is acknowledged.
    pub(super) fn acknowledge(&mut self, id: ChannelId, tag: u64) {
        let Some(channel) = self.channel(id) else { return };
        channel.acks.tags.push(tag);
        if channel.acks.tags.len() == 1 {
            let id = channel.id;
            self.acking.push(id);
        }
        self.acks += 1;
    }

    /// How many bytes the acknowledgements that are not written yet would take, one by one.
    pub(super) fn acks_size(&self) -> usize {
        self.acks * SIZE
    }

    /// Writes the acknowledgements of all channels.
    pub(super) fn write_acks(&mut self) {
        let Connection { acking, channels, output, frame_max, .. } = self;
        for id in acking.drain(..) {
            let Some(channel) = &mut channels[usize::from(id.number) - 1] else { continue };
            for (delivery_tag, multiple) in channel.acks.drain(&channel.unacked) {
                let ack = BasicAck { delivery_tag, multiple };
                // It fits into the smallest frame there is.
                let _ = write_method(output.buffer(), id.number, &ack.into(), *frame_max);
            }
        }
        self.acks = 0;
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
