//! What clients say of deliveries, as the broker hears it.

use super::{Broker, channel::Unacked, queue::Ended};
use crate::{
    ledger::{Copy, Said},
    property::Property,
};

impl Broker {
    /// `basic.ack`, `basic.reject` and `basic.nack`.
    pub(super) fn settle(&mut self, id: u32, number: u16, tag: u64, multiple: bool, said: Said) {
        let Some(channel) = self.channel(id, number) else { return };
        let Some(first) = channel.unacked.get(&tag) else {
            let text = format!("{said:?} of tag {tag} on channel {number} of connection {id}");
            self.world.fail(Property::NoUnknownTag, text);
            return self.refuse(id, number, 406, "PRECONDITION_FAILED - unknown delivery tag");
        };
        let last = (first.stored.message.key, tag);
        let from = if multiple { 0 } else { tag };
        let covered = channel.unacked.range(from..=tag);
        let copies: Vec<Copy> = covered.map(|(tag, it)| (it.stored.message.key, *tag)).collect();
        let mut ledger = self.world.ledger.borrow_mut();
        // The client may say in one frame what the application said one by one.
        let at_once = multiple && ledger.hear(id, number, last, Said::AckAll);
        let one_by_one = if at_once { &[] } else { &copies[..] };
        let unsaid = one_by_one.iter().find(|copy| !ledger.hear(id, number, **copy, said));
        drop(ledger);
        if let Some((key, _)) = unsaid {
            let text = format!(
                "{said:?} of tag {tag} on channel {number} of connection {id}, which is or covers \
                 message {key}, and that nobody said"
            );
            self.world.fail(Property::SettledIsTheSame, text);
        }
        for (_, tag) in copies {
            self.settle_one(id, number, tag, said);
        }
        self.pump();
    }

    fn settle_one(&mut self, id: u32, number: u16, tag: u64, said: Said) {
        let Some(channel) = self.channel(id, number) else { return };
        let Some(unacked) = channel.unacked.remove(&tag) else { return };
        if let Some(consumer) = &unacked.consumer
            && let Some(consumer) = channel.consumers.get_mut(consumer)
        {
            consumer.unacked = consumer.unacked.saturating_sub(1);
        }
        match said {
            Said::Requeue => self.give_back([(tag, unacked)].into()),
            said => self.count(&unacked, said),
        }
    }

    fn count(&mut self, unacked: &Unacked, said: Said) {
        let how = if said == Said::Reject { Ended::Rejected } else { Ended::Acked };
        self.end_copy(unacked.stored.message.key, how);
    }
}
