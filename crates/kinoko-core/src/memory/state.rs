//! [`State`]: what is in a queue, and who holds what of it.
//!
//! A message is given to a consumer as soon as one has room, and waits in that consumer's buffer
//! until it is polled. So at any time either nothing is ready or every consumer is full, and a push
//! or a settlement moves one message at most.

use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
    task::{Context, Poll, Waker},
};

use tokio::time::Instant;

use super::{Leaving, wakers::Wakers};
use crate::{Message, Settlement};

#[derive(Default)]
pub(super) struct State {
    /// What no consumer has room for, by position.
    ready: VecDeque<Stored>,
    /// By id, as they joined in that order.
    consumers: Vec<Member>,
    /// The index of the consumer whose turn it is.
    turn: usize,
    /// What was handed out, by tag. A message handed out again has a new tag, so that settling it
    /// late cannot settle it for someone else.
    unsettled: HashMap<u64, Unsettled, BuildHasherDefault<Spread>>,
    next_tag: u64,
    next_position: u64,
    pub(super) rejected: u64,
    pub(super) expired: u64,
}

struct Member {
    id: u64,
    connection: u64,
    prefetch: usize,
    /// How many it has, in the buffer and handed out.
    held: usize,
    buffer: VecDeque<Stored>,
    waker: Option<Waker>,
}

struct Stored {
    message: Arc<Message>,
    /// Its place in the order of arrival, to go back to.
    position: u64,
    deadline: Option<Instant>,
    redelivered: bool,
}

struct Unsettled {
    stored: Stored,
    consumer: u64,
    connection: u64,
}

/// A message on its way to its consumer.
pub(super) struct Taken {
    pub(super) message: Arc<Message>,
    pub(super) redelivered: bool,
    /// What it is settled by, unless it is done with already.
    pub(super) tag: Option<u64>,
}

impl State {
    pub(super) fn push(
        &mut self,
        message: Arc<Message>,
        deadline: Option<Instant>,
        wakers: &mut Wakers,
    ) {
        let position = self.next_position;
        self.next_position += 1;
        let stored = Stored { message, position, deadline, redelivered: false };
        if self.ready.is_empty()
            && let Some(index) = self.next_with_room()
        {
            return self.give(index, stored, wakers);
        }
        self.ready.push_back(stored);
        self.hand_out(wakers);
    }

    /// The next message for that consumer, or the end once it has left. It stays with the queue
    /// until it is settled, if it is to be.
    pub(super) fn poll_take(
        &mut self,
        consumer: u64,
        to_be_settled: bool,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Taken>> {
        loop {
            let Some(index) = self.index_of(consumer) else { return Poll::Ready(None) };
            let member = &mut self.consumers[index];
            let Some(stored) = take_first(&mut member.buffer) else {
                if !member.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
                    member.waker = Some(cx.waker().clone());
                }
                return Poll::Pending;
            };
            if stored.is_expired() {
                member.held -= 1;
                self.expired += 1;
                // Nobody else has room, and who is running need not be woken.
                self.hand_out(&mut Wakers::default());
                continue;
            }
            let Stored { redelivered, .. } = stored;
            if !to_be_settled {
                member.held -= 1;
                return Poll::Ready(Some(Taken {
                    message: stored.message,
                    redelivered,
                    tag: None,
                }));
            }
            let message = Arc::clone(&stored.message);
            let tag = self.next_tag;
            self.next_tag += 1;
            let connection = member.connection;
            self.unsettled.insert(tag, Unsettled { stored, consumer, connection });
            return Poll::Ready(Some(Taken { message, redelivered, tag: Some(tag) }));
        }
    }

    /// Settles what was handed out under that tag, and returns it if it is done with. A tag nobody
    /// holds went back already, with its connection.
    pub(super) fn settle(
        &mut self,
        tag: u64,
        how: Settlement,
        wakers: &mut Wakers,
    ) -> Option<Arc<Message>> {
        let Unsettled { stored, consumer, .. } = self.unsettled.remove(&tag)?;
        self.give_room_back();
        if let Some(index) = self.index_of(consumer) {
            self.consumers[index].held -= 1;
        }
        let done_with = match how {
            Settlement::Ack => Some(stored.message),
            Settlement::Reject => {
                self.rejected += 1;
                Some(stored.message)
            }
            Settlement::Requeue => {
                self.put_back(Stored { redelivered: true, ..stored });
                None
            }
        };
        self.hand_out(wakers);
        done_with
    }

    /// Adds a consumer. Nobody polls it yet, so there is nobody to wake.
    pub(super) fn join(&mut self, id: u64, connection: u64, prefetch: usize) {
        let buffer = VecDeque::new();
        self.consumers.push(Member { id, connection, prefetch, held: 0, buffer, waker: None });
        self.hand_out(&mut Wakers::default());
    }

    /// Takes consumers away and gives what they held to the others.
    pub(super) fn leave(&mut self, who: Leaving, wakers: &mut Wakers) {
        let goes = |member: &Member| match who {
            Leaving::Subscription(id) => member.id == id,
            Leaving::Connection(connection) => member.connection == connection,
        };
        while let Some(index) = self.consumers.iter().position(goes) {
            let member = self.consumers.remove(index);
            if self.turn > index {
                self.turn -= 1;
            }
            wakers.add(member.waker);
            for stored in member.buffer {
                self.put_back(stored);
            }
        }
        if let Leaving::Connection(connection) = who {
            let back = self.unsettled.extract_if(|_, it| it.connection == connection);
            for (_, Unsettled { stored, .. }) in back.collect::<Vec<_>>() {
                self.put_back(Stored { redelivered: true, ..stored });
            }
            self.give_room_back();
        }
        self.hand_out(wakers);
    }

    fn give_room_back(&mut self) {
        if self.unsettled.is_empty() && self.unsettled.capacity() > BURST {
            self.unsettled.shrink_to_fit();
        }
    }

    /// Whether no more may wait here.
    pub(super) fn is_full(&mut self, limit: usize) -> bool {
        if self.waiting() < limit {
            return false;
        }
        self.drop_expired();
        self.waiting() >= limit
    }

    pub(super) fn waiting(&self) -> usize {
        self.ready.len() + self.consumers.iter().map(|it| it.buffer.len()).sum::<usize>()
    }

    pub(super) fn unsettled(&self) -> usize {
        self.unsettled.len()
    }

    pub(super) fn consumers(&self) -> usize {
        self.consumers.len()
    }

    /// Gives what is ready to the consumers that have room, each in turn.
    fn hand_out(&mut self, wakers: &mut Wakers) {
        loop {
            self.drop_expired();
            let Some(index) = self.next_with_room() else { return };
            let Some(stored) = take_first(&mut self.ready) else { return };
            self.give(index, stored, wakers);
        }
    }

    /// Gives a message to a consumer that has room.
    fn give(&mut self, index: usize, stored: Stored, wakers: &mut Wakers) {
        self.turn = index + 1;
        let member = &mut self.consumers[index];
        member.held += 1;
        member.buffer.push_back(stored);
        wakers.add(member.waker.take());
    }

    /// Drops what is of no more use from the front, where it is noticed.
    fn drop_expired(&mut self) {
        while self.ready.front().is_some_and(Stored::is_expired) {
            take_first(&mut self.ready);
            self.expired += 1;
        }
    }

    fn next_with_room(&self) -> Option<usize> {
        let has_room = |&index: &usize| self.consumers[index].held < self.consumers[index].prefetch;
        let turn = self.turn.min(self.consumers.len());
        (turn..self.consumers.len()).chain(0..turn).find(has_room)
    }

    /// Puts a message back at its place, before whatever arrived after it.
    fn put_back(&mut self, stored: Stored) {
        let place = self.ready.partition_point(|it| it.position < stored.position);
        self.ready.insert(place, stored);
    }

    fn index_of(&self, consumer: u64) -> Option<usize> {
        self.consumers.binary_search_by_key(&consumer, |it| it.id).ok()
    }
}

/// What has room for more than this gives room back once it is empty.
const BURST: usize = 1024;

/// The first message. When a burst is over its room is given back.
fn take_first(messages: &mut VecDeque<Stored>) -> Option<Stored> {
    let first = messages.pop_front();
    if messages.is_empty() && messages.capacity() > BURST {
        messages.shrink_to(BURST);
    }
    first
}

/// Tags are numbers in a row, and need no more than this: times an odd number, the low bits of those in a row are
/// all different, and they are what finds the place in the table; the high ones, which tell apart those of one
/// place, are spread as well.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, tag: u64) {
        self.0 = tag.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write(&mut self, _bytes: &[u8]) {
        unreachable!("tags are numbers")
    }
}

impl Stored {
    fn is_expired(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }
}
