//! [`Confirms`]: the publishes of a channel that the broker has yet to answer, and how it answers them.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::Duration,
};

use kinoko_amqp_client::codec::{BasicAck, BasicNack};
use tokio::time::{Instant, sleep_until};

use super::{Broker, queue::Content};

/// The publishes of a channel in confirm mode.
#[derive(Debug, Default)]
pub(super) struct Confirms {
    pub(super) last: u64,
    /// Those that queues have yet to answer: how many queues, and whether one refused.
    pub(super) waiting: BTreeMap<u64, (usize, bool)>,
    /// What was published, until it is answered.
    pub(super) contents: BTreeMap<u64, Rc<Content>>,
    /// Those that can be answered, and by what.
    pub(super) ready: BTreeMap<u64, bool>,
}

/// What is to be done later.
#[derive(Debug)]
pub(super) enum Due {
    /// A queue has a message safe, or refuses it.
    Queue { id: u32, number: u16, serial: u64, publish: u64, accepts: bool },
    /// What can be answered is.
    Flush { id: u32, number: u16, serial: u64 },
}

impl Confirms {
    /// How many publishes were not answered.
    pub(super) fn outstanding(&self) -> usize {
        self.waiting.len() + self.ready.len()
    }

    fn queue_answers(&mut self, publish: u64, accepts: bool) {
        let Some((left, refused)) = self.waiting.get_mut(&publish) else { return };
        *left -= 1;
        *refused |= !accepts;
        if *left == 0 {
            let accepted = !*refused;
            self.waiting.remove(&publish);
            self.ready.insert(publish, accepted);
        }
    }
}

/// Does what is due when it is due.
pub(super) async fn watch(broker: Rc<RefCell<Broker>>) {
    let sooner = Rc::clone(&broker.borrow().sooner);
    loop {
        let next = broker.borrow().due.first_key_value().map(|((at, _), _)| *at);
        match next {
            Some(at) if at <= Instant::now() => {
                let due = broker.borrow_mut().due.pop_first();
                if let Some((_, due)) = due {
                    broker.borrow_mut().do_now(due);
                }
            }
            Some(at) => {
                tokio::select! {
                    biased;
                    () = sooner.notified() => {}
                    () = sleep_until(at) => {}
                }
            }
            None => sooner.notified().await,
        }
    }
}

impl Broker {
    fn do_now(&mut self, due: Due) {
        match due {
            Due::Queue { id, number, serial, publish, accepts } => {
                let Some(channel) = self.channel(id, number) else { return };
                let Some(confirms) = channel.confirms.as_mut().filter(|_| channel.serial == serial)
                else {
                    return;
                };
                confirms.queue_answers(publish, accepts);
                self.later(Duration::ZERO, Due::Flush { id, number, serial });
            }
            Due::Flush { id, number, serial } => self.flush(id, number, serial),
        }
    }

    /// Answers what can be answered, in as few methods as RabbitMQ does (`coalesce_and_send` of its
    /// `rabbit_channel`): everything before the first that cannot be answered so by one.
    fn flush(&mut self, id: u32, number: u16, serial: u64) {
        let session = self.sessions.get_mut(&id);
        let Some(channel) = session.and_then(|it| it.channels.get_mut(&number)) else { return };
        let Some(confirms) = channel.confirms.as_mut().filter(|_| channel.serial == serial) else {
            return;
        };
        let ready = std::mem::take(&mut confirms.ready);
        for (publish, accepted) in &ready {
            if let Some(content) = confirms.contents.remove(publish) {
                content.confirmed.set(*accepted);
                self.world.ledger.borrow_mut().tell(content.key, *accepted);
            }
        }
        let first_waiting = confirms.waiting.keys().next().copied().unwrap_or(u64::MAX);
        let of = |accepted: bool| -> BTreeSet<u64> {
            ready.iter().filter(|(_, it)| **it == accepted).map(|(number, _)| *number).collect()
        };
        let (acks, nacks) = (of(true), of(false));
        for (publishes, others, accepted) in [(&nacks, &acks, false), (&acks, &nacks, true)] {
            let cutoff = others.first().copied().unwrap_or(u64::MAX).min(first_waiting);
            let below = publishes.range(..cutoff).next_back();
            let single = publishes.range(cutoff..).map(|it| (*it, false));
            for (delivery_tag, multiple) in below.map(|it| (*it, true)).into_iter().chain(single) {
                if accepted {
                    self.send(id, number, BasicAck { delivery_tag, multiple });
                } else {
                    self.send(id, number, BasicNack { delivery_tag, multiple, requeue: false });
                }
            }
        }
    }
}
