//! A broker that dies and is there again at once: what it keeps, and what it does not.

use super::{Broker, queue::Ended};

impl Broker {
    /// Every connection is gone without a word. Exchanges, queues and messages are kept if they are durable;
    /// of messages that were not confirmed some.
    pub(crate) fn die(&mut self) {
        self.world.note(|| "the broker dies".to_owned());
        let (mut read, mut unread) = (0, 0);
        for mut session in std::mem::take(&mut self.sessions).into_values() {
            session.wake();
            for channel in std::mem::take(&mut session.channels).into_values() {
                read += channel.unacked.len();
                self.give_back(channel.unacked);
            }
            unread += session.out.len();
        }
        self.alarm = false;
        self.world.ledger.borrow_mut().count(("broker died", read > 0, unread > 0));
        self.queues.values_mut().for_each(|it| it.consumers.clear());
        let goes = |durable: bool, name: &String| (!durable).then(|| name.clone());
        let gone: Vec<String> = self
            .queues
            .iter()
            .filter_map(|(name, it)| goes(it.durable && it.exclusive.is_none(), name))
            .collect();
        for name in gone {
            self.delete_queue(&name);
        }
        let gone: Vec<String> =
            self.exchanges.iter().filter_map(|(name, it)| goes(it.durable, name)).collect();
        gone.iter().for_each(|it| self.delete_exchange(it));
        self.forget_messages();
    }

    fn forget_messages(&mut self) {
        let mut ended = Vec::new();
        for queue in self.queues.values_mut() {
            queue.ready.retain(|_, it| {
                let message = &it.message;
                let keeps =
                    message.persistent && (message.confirmed.get() || self.random.chance(50));
                if !keeps {
                    ended.push(message.key);
                }
                keeps
            });
        }
        let kept: usize = self.queues.values().map(|it| it.ready.len()).sum();
        let mut ledger = self.world.ledger.borrow_mut();
        *ledger.counts.entry("messages kept by a broker that died".to_owned()).or_default() +=
            kept as u64;
        drop(ledger);
        ended.into_iter().for_each(|key| self.end_copy(key, Ended::Gone));
    }
}
