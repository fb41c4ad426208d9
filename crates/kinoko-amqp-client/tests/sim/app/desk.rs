//! [`Desk`]: what the tasks of one connection share, and how they ask, settle and keep.

use std::{
    cell::{Cell, RefCell},
    future::Future,
};

use kinoko_amqp_client::{Channel, Config, Connection, Consumer, Delivery, Error, Publish, Settle};

use super::{Broker, Cast, Link, Property, Random, SECOND, World};
use crate::{
    ledger::{Copy, Key, Said},
    message,
};

/// One connection's desk.
pub(super) struct Desk {
    pub(super) cast: Cast,
    pub(super) id: u32,
    pub(super) config: Config,
    pub(super) link: Link,
    connection: RefCell<Option<Connection>>,
    /// Bytes of messages that were put into the output, and of the largest.
    put: Cell<(u64, u64)>,
    /// Deliveries that are settled later, maybe too late.
    held: RefCell<Vec<(Delivery, u16)>>,
    channels: RefCell<Vec<Channel>>,
    consumers: RefCell<Vec<(Consumer, u16)>>,
    tasks: Cell<u32>,
}

impl Desk {
    pub(super) fn new(
        cast: Cast,
        id: u32,
        config: Config,
        connection: Connection,
        link: Link,
    ) -> Desk {
        Desk {
            cast,
            id,
            config,
            link,
            connection: RefCell::new(Some(connection)),
            put: Cell::default(),
            held: RefCell::default(),
            channels: RefCell::default(),
            consumers: RefCell::default(),
            tasks: Cell::new(id * 1000),
        }
    }

    pub(super) fn world(&self) -> &World {
        &self.cast.world
    }

    pub(super) fn broker(&self) -> &RefCell<Broker> {
        &self.cast.broker
    }

    pub(super) fn connection(&self) -> Option<Connection> {
        self.connection.borrow().clone()
    }

    /// A number for another task.
    pub(super) fn task(&self) -> u32 {
        self.tasks.set(self.tasks.get() + 1);
        self.tasks.get()
    }

    /// Enters a message that is about to be sent.
    pub(super) fn enter(&self, key: u64, channel: &Channel, task: u32) -> usize {
        self.world().ledger.borrow_mut().send(key, self.id, channel.number(), task)
    }

    /// Whether the connection is there, for both sides.
    pub(super) fn is_up(&self) -> bool {
        let here = self.connection.borrow().as_ref().is_some_and(|it| !it.is_closed());
        here && self.broker().borrow().is_open(self.id) && !self.link.is_cut()
    }

    /// Opens a channel.
    pub(super) async fn channel(&self) -> Option<Channel> {
        let connection = self.connection()?;
        let channel = self.ask("opening a channel", connection.open_channel()).await?;
        self.link.holding(|it| it.closing(channel.number(), false));
        Some(channel)
    }

    /// Asks for something that is answered in time, or not at all.
    pub(super) async fn ask<T>(
        &self,
        what: &str,
        asked: impl Future<Output = Result<T, Error>>,
    ) -> Option<T> {
        let answer = self.world().within(what, self.config.answer_timeout, asked).await?;
        if let Err(err) = &answer {
            self.world().note(|| format!("c{} : {what}: {err}", self.id));
        }
        answer.ok()
    }

    pub(super) async fn close_channel(&self, channel: &Channel) {
        let bound = self.config.close_timeout * 2;
        if channel.is_open() {
            self.link.holding(|it| it.closing(channel.number(), true));
        }
        self.world().within("closing a channel", bound, channel.close()).await;
    }

    /// Says something of a delivery that came on the channel of that number.
    pub(super) fn settle(&self, delivery: Delivery, number: u16, said: Said) {
        self.try_settle(delivery, number, said);
    }

    /// The same. Whether the client took it.
    pub(super) fn try_settle(&self, delivery: Delivery, number: u16, said: Said) -> bool {
        let Some(key) = self.key(&delivery) else { return false };
        let copy = (key, delivery.tag().unwrap_or_default());
        self.say(copy, number, said, || match said {
            Said::Ack => delivery.ack(),
            Said::AckAll => delivery.ack_all_up_to_here(),
            Said::Reject => delivery.reject(),
            Said::Requeue => match delivery.into_parts() {
                (_, Some(settler)) => settler.settle(Settle::Requeue),
                (_, None) => Ok(()),
            },
        })
    }

    fn say(
        &self,
        copy: Copy,
        number: u16,
        said: Said,
        act: impl FnOnce() -> Result<(), Error>,
    ) -> bool {
        self.world().ledger.borrow_mut().say(self.id, number, copy, said);
        let done = act();
        let count = (said, done.as_ref().map_err(Error::kind));
        self.world().ledger.borrow_mut().count(count);
        let (key, tag) = copy;
        self.world().note(|| {
            format!("c{} : {said:?} of m{key}, tag {tag}, on #{number}: {done:?}", self.id)
        });
        if done.is_err() {
            self.world().ledger.borrow_mut().unsay(self.id, number, copy, said);
        }
        done.is_ok()
    }

    /// Drops a delivery without a word.
    pub(super) fn drop_it(&self, delivery: Delivery, number: u16) {
        let Some(key) = self.key(&delivery) else { return };
        self.world().note(|| format!("c{} : drops m{key} on #{number}", self.id));
        self.world().ledger.borrow_mut().drop_it(self.id, number, key);
        drop(delivery);
    }

    /// Keeps a delivery for later.
    pub(super) fn hold(&self, delivery: Delivery, number: u16) {
        self.held.borrow_mut().push((delivery, number));
    }

    pub(super) fn keep(&self, channel: Channel) {
        self.channels.borrow_mut().push(channel);
    }

    /// Whether every publish says when its message is put into the output, so that it can be known how much
    /// waits there. One that waits for its outcome as well does not.
    pub(super) fn counts_output(&self) -> bool {
        self.config.limits.buffered < 1 << 20
    }

    /// A message was put into the output: no more of them wait there than may, in what is being written and
    /// in what is to be written next.
    pub(super) fn put(&self, publish: &Publish<'_>) {
        let Some(frame_max) = self.connection().map(|it| it.frame_max()) else { return };
        let size = message::wire_size(publish, frame_max);
        let (all, largest) = self.put.get();
        self.put.set((all + size, largest.max(size)));
        if !self.counts_output() {
            return;
        }
        let waits = (all + size).saturating_sub(self.link.published());
        let bound = 2 * (self.config.limits.buffered as u64 - 1 + largest.max(size));
        let mut ledger = self.world().ledger.borrow_mut();
        ledger.count("output measured");
        ledger.most("most output, percent of its bound", waits * 100 / bound);
        drop(ledger);
        if waits > bound {
            let text = format!("{waits} bytes wait to be written, and {bound} may");
            self.world().fail(Property::OutputIsBounded, text);
        }
    }

    /// Keeps a consumer, which acknowledges, of the channel of that number.
    pub(super) fn keep_consumer(&self, consumer: Consumer, number: u16) {
        self.consumers.borrow_mut().push((consumer, number));
    }

    /// Reads what is kept to its end, which comes with that of the connection.
    pub(super) async fn read_to_the_end(&self) {
        let consumers = self.consumers.take();
        for (mut consumer, number) in consumers {
            let what = "the end of a consumer";
            while let Some(Some(Ok(delivery))) =
                self.world().within(what, SECOND, consumer.next()).await
            {
                self.taken(&delivery, number, true);
                self.drop_it(delivery, number);
            }
        }
    }

    /// Takes note of a delivery that was taken out: that it is whole, and which message it is.
    pub(super) fn taken(&self, delivery: &Delivery, number: u16, settles: bool) -> Option<Key> {
        let message = delivery.message();
        let key = self.key(delivery)?;
        self.world().note(|| format!("c{} : takes m{key} on #{number}", self.id));
        if message.poison().is_none() && !message::is_whole(key, message.body()) {
            self.world().fail(Property::DeliveredIsWhole, format!("message {key} is not whole"));
        }
        if settles && !self.world().ledger.borrow_mut().taken(self.id, number, key) {
            let text = format!("message {key} was not delivered on channel {number}");
            self.world().fail(Property::DeliveredIsWhole, text);
        }
        Some(key)
    }

    fn key(&self, delivery: &Delivery) -> Option<u64> {
        let message = delivery.message();
        let properties = message.properties();
        let key = message::key_of(&properties);
        if key.is_none() {
            let text = format!("which message is this: {message:?}");
            self.world().fail(Property::DeliveredIsWhole, text);
        }
        key
    }

    /// Settles what was held, one way or another.
    pub(super) fn settle_held(&self, random: &mut Random) {
        for (delivery, number) in self.held.take() {
            let said = random.one_of(&[Said::Ack, Said::Ack, Said::Reject, Said::Requeue]);
            self.settle(delivery, number, said);
        }
    }

    /// Settles one that is held.
    pub(super) fn settle_one_held(&self, said: Said) {
        let held = self.held.borrow_mut().pop();
        if let Some((delivery, number)) = held {
            self.settle(delivery, number, said);
        }
    }

    /// Drops consumers and deliveries, but no channel.
    pub(super) fn release(&self) {
        drop(self.consumers.take());
        for (delivery, number) in self.held.take() {
            self.drop_it(delivery, number);
        }
    }

    /// Drops the connection, and everything on it but what is held.
    pub(super) fn let_go(&self) {
        drop(self.consumers.take());
        drop(self.channels.take());
        drop(self.connection.take());
    }
}
