//! [`Unacked`]: which deliveries of a channel may still be settled.
//!
//! A broker closes the channel over a tag it does not know, and on another channel the same tag is
//! another message. So nothing is sent for a tag that is not outstanding on this very channel.

use std::collections::VecDeque;

use crate::{Error, reply_code::COMMAND_INVALID};

/// The tags that are to be settled, in order.
#[derive(Debug, Default)]
pub(super) struct Unacked {
    tags: VecDeque<u64>,
    /// The last tag the broker used.
    last: u64,
}

impl Unacked {
    /// Takes note of a delivery; of one that is not to be settled only that there was one.
    ///
    /// # Errors
    /// When the broker used that tag before.
    pub(super) fn delivered(&mut self, tag: u64, to_be_settled: bool) -> Result<(), Error> {
        if tag <= self.last {
            return Err(Error::breach(
                COMMAND_INVALID,
                format!("the broker used delivery tag {tag} again"),
            ));
        }
        self.last = tag;
        if to_be_settled {
            self.tags.push_back(tag);
        }
        Ok(())
    }

    /// How many are outstanding.
    pub(super) fn len(&self) -> usize {
        self.tags.len()
    }

    /// The first that is outstanding.
    pub(super) fn first(&self) -> Option<u64> {
        self.tags.front().copied()
    }

    /// Whether a tag is outstanding, or with `multiple` any up to it.
    pub(super) fn has(&self, tag: u64, multiple: bool) -> bool {
        if multiple {
            return self.first().is_some_and(|it| it <= tag);
        }
        self.tags.binary_search(&tag).is_ok()
    }

    /// Takes a tag out, or with `multiple` all up to it. The one to tell the broker, if there was any: the
    /// broker knows only those that are outstanding, also where it is to take several.
    pub(super) fn settle(&mut self, tag: u64, multiple: bool) -> Option<u64> {
        let found = self.tags.binary_search(&tag);
        if multiple {
            let count = found.map_or_else(|it| it, |it| it + 1);
            return self.tags.drain(..count).next_back();
        }
        found.ok().and_then(|index| self.tags.remove(index))
    }

    /// `basic.recover`: everything outstanding is delivered again, under new tags.
    pub(super) fn forget_all(&mut self) {
        self.tags.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Unacked;

    #[test]
    fn a_tag_is_settled_once() {
        let mut unacked = Unacked::default();
        for tag in 1..=5 {
            unacked.delivered(tag, tag != 2).unwrap();
        }
        assert!(unacked.delivered(5, true).is_err());
        assert!(unacked.has(3, false) && !unacked.has(2, false), "2 is not to be settled");
        assert_eq!(unacked.settle(3, false), Some(3));
        assert!(!unacked.has(3, false) && unacked.has(3, true), "1 is before it");
        assert_eq!(unacked.settle(3, false), None, "twice");
        assert_eq!(unacked.settle(2, false), None, "not to be settled");
        assert_eq!(unacked.settle(9, false), None, "unknown");
        assert_eq!(unacked.settle(3, true), Some(1), "the broker knows 3 no more");
        assert_eq!(unacked.settle(4, true), Some(4));
        assert!(!unacked.has(4, true) && unacked.has(5, true));
        assert_eq!(unacked.settle(4, true), None);
        assert_eq!(unacked.tags, [5]);
    }
}
