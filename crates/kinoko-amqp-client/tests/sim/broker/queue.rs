//! [`Queue`]: messages that wait, who consumes them, and what became of all there were.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use kinoko_amqp_client::codec::{BasicCancel, BasicDeliver, FrameType};

use super::{Broker, channel::Unacked, exchange::Place};
use crate::{holding::Mark, ledger::Key};

/// A queue.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    pub(crate) durable: bool,
    /// The connection it is for, and goes with.
    pub(crate) exclusive: Option<u32>,
    /// How many messages may wait; more are refused.
    pub(crate) max_length: Option<usize>,
    /// By their place.
    pub(crate) ready: BTreeMap<u64, Stored>,
    /// Session, channel, tag; the next to be served in front.
    pub(crate) consumers: Vec<(u32, u16, String)>,
    /// How many milliseconds it takes to have a message safe.
    pub(crate) slowness: u64,
}

/// A message in a queue.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) place: u64,
    pub(crate) redelivered: bool,
    pub(crate) message: Rc<Content>,
}

/// A message, as it came.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) key: Key,
    pub(crate) exchange: String,
    pub(crate) routing_key: String,
    /// The payload of its header frame.
    pub(crate) header: Vec<u8>,
    pub(crate) body: Vec<u8>,
    pub(crate) persistent: bool,
    /// Whether its publisher was told that it is safe.
    pub(crate) confirmed: Cell<bool>,
}

/// What became of the messages of all queues.
#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) stored: u64,
    ended: BTreeMap<Ended, u64>,
    /// Connections that the client closed as it should.
    pub(crate) closed_in_order: BTreeSet<u32>,
}

/// How a copy of a message came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ended {
    Acked,
    Rejected,
    /// It went with its queue, or was purged.
    Gone,
}

/// How much may wait to be written before a connection is given no more deliveries.
const PLENTY: usize = 16 * 1024;

impl Broker {
    /// A queue is done with a message.
    pub(super) fn end_copy(&mut self, key: Key, how: Ended) {
        *self.books.ended.entry(how).or_default() += 1;
        self.world.ledger.borrow_mut().finish(key);
    }

    /// Puts deliveries back where they were.
    pub(super) fn give_back(&mut self, unacked: BTreeMap<u64, Unacked>) {
        for (_, Unacked { queue, mut stored, .. }) in unacked {
            stored.redelivered = true;
            match self.queues.get_mut(&queue) {
                Some(queue) => drop(queue.ready.insert(stored.place, stored)),
                None => self.end_copy(stored.message.key, Ended::Gone),
            }
        }
    }

    /// Takes a queue away; returns how many messages went with it.
    pub(crate) fn delete_queue(&mut self, name: &str) -> u32 {
        let Some(queue) = self.queues.remove(name) else { return 0 };
        for stored in queue.ready.values() {
            self.end_copy(stored.message.key, Ended::Gone);
        }
        let place = Place::Queue(name.to_owned());
        self.bindings.retain(|it| it.to != place);
        self.expectation.queue_gone(name);
        for (id, number, tag) in queue.consumers {
            if let Some(channel) = self.channel(id, number) {
                channel.consumers.remove(&tag);
            }
            self.send(id, number, BasicCancel { consumer_tag: (&tag).into(), no_wait: true });
            self.mark(id, Mark::End(tag));
        }
        queue.ready.len() as u32
    }

    /// Delivers what can be delivered.
    pub(super) fn pump(&mut self) {
        let names = |(name, queue): (&String, &Queue)| {
            (!queue.ready.is_empty() && !queue.consumers.is_empty()).then(|| name.clone())
        };
        for name in self.queues.iter().filter_map(names).collect::<Vec<String>>() {
            while self.deliver_one(&name).is_some() {}
        }
    }

    fn deliver_one(&mut self, name: &str) -> Option<()> {
        let queue = self.queues.get(name)?;
        let sessions = &self.sessions;
        let takes = |(id, number, tag): &(u32, u16, String)| {
            let session = sessions.get(id)?;
            let channel = session.channels.get(number)?;
            let consumer = channel.consumers.get(tag)?;
            let room = consumer.prefetch == 0 || consumer.unacked < consumer.prefetch;
            (room && session.out.len() < PLENTY).then_some(())
        };
        let index = queue.consumers.iter().position(|it| takes(it).is_some())?;
        let queue = self.queues.get_mut(name)?;
        let (_, stored) = queue.ready.pop_first()?;
        // Its turn is over.
        let consumer = queue.consumers.remove(index);
        queue.consumers.push(consumer.clone());
        let (id, number, tag) = consumer;
        let channel = self.channel(id, number)?;
        channel.last_tag += 1;
        let delivery_tag = channel.last_tag;
        let consumer = channel.consumers.get_mut(&tag)?;
        let no_ack = consumer.no_ack;
        if !no_ack {
            consumer.unacked += 1;
            let (queue, consumer) = (name.to_owned(), Some(tag.clone()));
            channel
                .unacked
                .insert(delivery_tag, Unacked { queue, consumer, stored: stored.clone() });
            self.world.ledger.borrow_mut().delivered(id, number, stored.message.key);
        } else {
            self.end_copy(stored.message.key, Ended::Acked);
        }
        let deliver = BasicDeliver {
            consumer_tag: (&tag).into(),
            delivery_tag,
            redelivered: stored.redelivered,
            exchange: (&stored.message.exchange).into(),
            routing_key: (&stored.message.routing_key).into(),
        };
        self.send(id, number, deliver);
        self.send_content(id, number, &stored.message);
        if no_ack {
            // What the client keeps of it: the payloads, but for the twelve bytes with the body's size.
            let Content { header, body, .. } = &*stored.message;
            let most = self.sessions.get(&id)?.terms.receive;
            let body = if body.len() as u64 > most { 0 } else { body.len() };
            self.mark(id, Mark::Delivery(tag, number, header.len() - 12 + body));
        }
        Some(())
    }

    /// Notes what a client has once it has read all that is written so far.
    pub(super) fn mark(&self, id: u32, mark: Mark) {
        if let Some(session) = self.sessions.get(&id) {
            session.link.wrote(session.out.len(), mark);
        }
    }

    /// Sends header and body.
    pub(super) fn send_content(&mut self, id: u32, number: u16, content: &Content) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let start = session.out.len();
        let limit = (session.frame_max as usize).min(1 << 20) - 8;
        write_frame(&mut session.out, FrameType::Header, number, &content.header);
        for part in content.body.chunks(limit) {
            write_frame(&mut session.out, FrameType::Body, number, part);
        }
        self.sent_from(id, start);
    }
}

fn write_frame(out: &mut Vec<u8>, kind: FrameType, channel: u16, payload: &[u8]) {
    out.push(if kind == FrameType::Header { 2 } else { 3 });
    out.extend_from_slice(&channel.to_be_bytes());
    out.extend_from_slice(&(payload.len() as u32).to_be_bytes());
    out.extend_from_slice(payload);
    out.push(0xce);
}
