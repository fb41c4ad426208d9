//! [`Holding`]: what a client keeps of deliveries that nobody need acknowledge, counted at the network:
//! what it read, less what the application took out.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use tokio::time::Instant;

use crate::property::Property;

/// What a place among those that wait takes at most, beside what arrived.
const PLACE: usize = 512;
/// How long something may lie there unread, for those whose turn is first.
const SOON: Duration = Duration::from_millis(20);

/// One connection's.
#[derive(Debug, Default)]
pub(crate) struct Holding {
    limit: usize,
    /// What the broker wrote, and behind which byte.
    ahead: VecDeque<(u64, Mark)>,
    /// By consumer: the channel of those that wait, and how large they are, in order.
    held: BTreeMap<String, VecDeque<(u16, usize)>>,
    /// Consumers that were let go of, or have ended: what they have left counts no more.
    gone: BTreeSet<String>,
    /// Channels that the application closes: what waits or arrives there counts no more.
    closing: BTreeSet<u16>,
    /// Since when there is something to read that is not read.
    unread: Option<Instant>,
    /// The most there was.
    pub(crate) most: usize,
    /// Whether reading ever stopped.
    pub(crate) paused: bool,
    /// What went wrong first.
    pub(crate) wrong: Option<(Property, String)>,
}

/// Something that is written to the client.
#[derive(Debug)]
pub(crate) enum Mark {
    /// A delivery of that size for a consumer on a channel.
    Delivery(String, u16, usize),
    /// The end of a consumer.
    End(String),
}

impl Holding {
    pub(crate) fn new(limit: usize) -> Holding {
        Holding { limit, ..Holding::default() }
    }

    pub(crate) fn wrote(&mut self, upto: u64, mark: Mark) {
        self.ahead.push_back((upto, mark));
    }

    /// The client reads some bytes. It may not, if it has more than the limit.
    pub(crate) fn reads(&mut self, upto: u64) {
        let before = self.bytes();
        if before > self.limit {
            let text =
                format!("it reads on with {before} bytes of {}: {:?}", self.limit, self.held);
            self.wrong.get_or_insert((Property::UndeliveredIsBounded, text));
        }
        self.unread = None;
        while self.ahead.front().is_some_and(|(at, _)| *at <= upto) {
            match self.ahead.pop_front() {
                Some((_, Mark::Delivery(tag, channel, size)))
                    if !self.gone.contains(&tag) && !self.closing.contains(&channel) =>
                {
                    self.held.entry(tag).or_default().push_back((channel, size));
                }
                Some((_, Mark::End(tag))) => self.left(&tag),
                _ => {}
            }
        }
        self.most = self.most.max(self.bytes());
    }

    /// The application took a delivery out.
    pub(crate) fn took(&mut self, tag: &str) {
        self.held.get_mut(tag).and_then(VecDeque::pop_front);
    }

    /// The application let go of a consumer.
    pub(crate) fn left(&mut self, tag: &str) {
        self.held.remove(tag);
        self.gone.insert(tag.to_owned());
    }

    /// The application closes a channel, or has it opened.
    pub(crate) fn closing(&mut self, channel: u16, closing: bool) {
        if closing {
            self.closing.insert(channel);
            self.held.values_mut().for_each(|it| it.retain(|(on, _)| *on != channel));
        } else {
            self.closing.remove(&channel);
        }
    }

    /// Something can be read now, or nothing. That it is, unless too much is held.
    pub(crate) fn look(&mut self, readable: bool) {
        let count: usize = self.held.values().map(VecDeque::len).sum();
        // Reading begins again at half of the limit.
        let may_pause = count > 0 && self.bytes() + count * PLACE > self.limit / 2;
        self.paused |= readable && may_pause;
        if !readable || may_pause {
            self.unread = None;
            return;
        }
        let since = *self.unread.get_or_insert_with(Instant::now);
        if since.elapsed() > SOON {
            let text = format!("nothing is read for {:?}, with {:?}", since.elapsed(), self.held);
            self.wrong.get_or_insert((Property::ReadingGoesOn, text));
        }
    }

    fn bytes(&self) -> usize {
        self.held.values().flatten().map(|(_, size)| size).sum()
    }
}
