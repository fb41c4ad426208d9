//! [`Ledger`]: what the application knows of its messages beside what the broker does.

use std::collections::BTreeMap;

use kinoko_amqp_client::Outcome;

use crate::{property::Property, world::World};

/// What tells messages apart. Several that are alike in everything have the same.
pub(crate) type Key = u64;

/// One copy of a message as it was delivered: with the tag it has on its channel.
pub(crate) type Copy = (Key, u64);

/// Both sides' books of one run.
#[derive(Default)]
pub(crate) struct Ledger {
    keys: Key,
    pub(crate) sent: Vec<Sent>,
    pub(crate) seen: Vec<Seen>,
    /// What the application said of deliveries and the broker has not heard, by connection, channel
    /// number, message and what was said.
    said: BTreeMap<(u32, u16, Copy, Said), u32>,
    /// Deliveries the application dropped: they are given back, or are stale.
    dropped: BTreeMap<(u32, u16, Key), u32>,
    /// Deliveries the broker sent and the application did not take out.
    untaken: BTreeMap<(u32, u16, Key), u32>,
    /// Channels that were killed by the broker, so that what was said on them may be lost.
    pub(crate) killed: Vec<(u32, u16)>,
    /// Messages that came back and were not asked about.
    pub(crate) came_back: BTreeMap<Key, usize>,
    /// How often what happened: what a run covers.
    pub(crate) counts: BTreeMap<String, u64>,
    /// How often the broker said that it has a message, and that it has not.
    pub(crate) told: BTreeMap<Key, (usize, usize)>,
    /// How many copies of a message queues took, and how many came to their end.
    copies: BTreeMap<Key, (u32, u32)>,
}

/// A message the application wanted to send.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) key: Key,
    pub(crate) connection: u32,
    pub(crate) channel: u16,
    pub(crate) task: u32,
    pub(crate) known: Known,
}

/// What the application knows of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// It has not been told.
    Waiting,
    NotSent,
    Confirmed,
    Returned,
    Nacked,
    Unknown,
    /// It was sent without asking.
    Sent,
    /// Nobody waited for the end.
    Forgotten,
}

impl Known {
    /// What an outcome tells.
    pub(crate) fn of(outcome: &Outcome) -> Known {
        match outcome {
            Outcome::Confirmed => Known::Confirmed,
            Outcome::Returned(_) => Known::Returned,
            Outcome::Nacked => Known::Nacked,
            Outcome::Unknown(_) => Known::Unknown,
        }
    }
}

/// A message that reached the broker.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) key: Key,
    pub(crate) fate: Fate,
}

/// What the broker did with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is in every queue that wants it, or none does and that is fine.
    Accepted,
    Returned,
    Refused,
    /// It killed its channel, or came on a dying one.
    Lost,
}

/// What is said of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Said {
    Ack,
    AckAll,
    Reject,
    Requeue,
}

impl Ledger {
    pub(crate) fn key(&mut self) -> Key {
        self.keys += 1;
        self.keys
    }

    /// Enters a message; returns where its outcome is to be entered.
    pub(crate) fn send(&mut self, key: Key, connection: u32, channel: u16, task: u32) -> usize {
        let known = Known::Waiting;
        self.sent.push(Sent { key, connection, channel, task, known });
        self.sent.len() - 1
    }

    /// Counts something that happened.
    pub(crate) fn count(&mut self, what: impl std::fmt::Debug) {
        *self.counts.entry(format!("{what:?}")).or_default() += 1;
    }

    /// Takes note of a measure, of which the largest counts.
    pub(crate) fn most(&mut self, what: &str, value: u64) {
        let most = self.counts.entry(what.to_owned()).or_default();
        *most = value.max(*most);
    }

    pub(crate) fn know(&mut self, sent: usize, known: Known) {
        self.count(known);
        self.sent[sent].known = known;
    }

    pub(crate) fn see(&mut self, key: Key, fate: Fate) {
        self.count(("broker", fate));
        self.seen.push(Seen { key, fate });
    }

    pub(crate) fn delivered(&mut self, connection: u32, channel: u16, key: Key) {
        *self.untaken.entry((connection, channel, key)).or_default() += 1;
    }

    /// The application took a delivery out. Whether there was one.
    pub(crate) fn taken(&mut self, connection: u32, channel: u16, key: Key) -> bool {
        less(&mut self.untaken, (connection, channel, key))
    }

    /// The application is about to say something of a delivery.
    pub(crate) fn say(&mut self, connection: u32, channel: u16, copy: Copy, said: Said) {
        *self.said.entry((connection, channel, copy, said)).or_default() += 1;
    }

    /// The application drops a delivery.
    pub(crate) fn drop_it(&mut self, connection: u32, channel: u16, key: Key) {
        *self.dropped.entry((connection, channel, key)).or_default() += 1;
    }

    /// The broker answers a publish.
    pub(crate) fn tell(&mut self, key: Key, accepted: bool) {
        let told = self.told.entry(key).or_default();
        *(if accepted { &mut told.0 } else { &mut told.1 }) += 1;
    }

    /// A queue took a copy of a message.
    pub(crate) fn store(&mut self, key: Key) {
        self.copies.entry(key).or_default().0 += 1;
    }

    /// A queue is done with a copy of a message.
    pub(crate) fn finish(&mut self, key: Key) {
        self.copies.entry(key).or_default().1 += 1;
    }

    /// The first message of which a copy was lost, or came to its end twice.
    pub(crate) fn unaccounted(&self) -> Option<(Key, (u32, u32))> {
        let mut copies = self.copies.iter().map(|(key, copies)| (*key, *copies));
        copies.find(|(_, (stored, finished))| stored != finished)
    }

    /// It was stale: nothing was said.
    pub(crate) fn unsay(&mut self, connection: u32, channel: u16, copy: Copy, said: Said) -> bool {
        less(&mut self.said, (connection, channel, copy, said))
    }

    /// The broker hears something of a delivery. Whether the application said it, or it is given back
    /// by the client because the application never took it.
    pub(crate) fn hear(&mut self, connection: u32, channel: u16, copy: Copy, said: Said) -> bool {
        let (key, _) = copy;
        self.unsay(connection, channel, copy, said)
            || said == Said::Requeue
                && (less(&mut self.dropped, (connection, channel, key))
                    || self.taken(connection, channel, key))
    }

    pub(crate) fn kill(&mut self, connection: u32, channel: u16) {
        self.killed.push((connection, channel));
    }

    /// Compares what was said on a connection that came to an orderly end with what was heard.
    pub(crate) fn check_said(&self, connection: u32, world: &World) {
        for ((on, channel, (key, _), said), count) in &self.said {
            let killed = self.killed.contains(&(*on, *channel));
            if *on == connection && *count > 0 && !killed {
                let text = format!("{said:?} of message {key} on channel {channel} did not arrive");
                world.fail(Property::SettledArrives, text);
            }
        }
    }
}

/// Takes one away, if there is one.
fn less<K: Ord>(counts: &mut BTreeMap<K, u32>, key: K) -> bool {
    match counts.get_mut(&key) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    }
}
