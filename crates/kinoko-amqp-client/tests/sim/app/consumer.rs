//! A task that consumes, and settles in every way there is.

use std::{rc::Rc, time::Duration};

use kinoko_amqp_client::{Channel, Consume, Consumer, Delivery};
use tokio::time::{sleep, timeout};

use super::{Desk, Property, QUEUES, Random};
use crate::ledger::Said;

struct Reader {
    desk: Rc<Desk>,
    random: Random,
    channel: Channel,
    prefetch: u16,
    no_ack: bool,
    /// What the consumer is called.
    tag: String,
}

pub(super) async fn run(desk: Rc<Desk>, mut random: Random, shared: Channel) {
    let own = random.chance(80);
    let channel = if own { desk.channel().await } else { None };
    let mut prefetch = 0;
    let channel = match channel {
        Some(channel) => {
            let count = random.one_of(&[1, 2, 5, 30]);
            if desk.ask("setting a prefetch", channel.prefetch(count)).await.is_some() {
                prefetch = count;
            }
            channel
        }
        None => shared,
    };
    let no_ack = random.chance(25);
    let mut reader = Reader { desk, random, channel, prefetch, no_ack, tag: String::new() };
    let Some(consumer) = reader.consume().await else { return };
    reader.read(consumer).await;
    if own && reader.random.chance(50) {
        reader.desk.keep(reader.channel.clone());
    }
}

impl Reader {
    /// Starts a consumer; now and then gives up before it is answered.
    async fn consume(&mut self) -> Option<Consumer> {
        let queue = self.random.one_of(&QUEUES);
        self.tag = format!("t{}", self.desk.task());
        if self.random.chance(15) {
            let tag = format!("{} too", self.tag);
            let consume = Consume { queue, tag: &tag, no_ack: self.no_ack, ..Consume::default() };
            let soon = self.random.millis(0..60);
            let _ = timeout(soon, self.channel.consume(&consume)).await;
            self.desk.link.holding(|it| it.left(&tag));
        }
        let consume = Consume { queue, tag: &self.tag, no_ack: self.no_ack, ..Consume::default() };
        let consumer = self.desk.ask("consuming", self.channel.consume(&consume)).await;
        if consumer.is_none() {
            // Should it be made after all, it is undone.
            self.desk.link.holding(|it| it.left(&self.tag));
        }
        consumer
    }

    async fn read(&mut self, mut consumer: Consumer) {
        let idle = if self.random.chance(40) { self.random.within(0..6) } else { u64::MAX };
        let (count, pause) = (self.random.within(0..40), self.random.one_of(&[1, 1, 30, 400]));
        for index in 0..count {
            if index == idle {
                self.idle(&consumer).await;
            }
            let patience = self.random.one_of(&[5, 100, 1500]);
            let next = timeout(Duration::from_millis(patience), consumer.next()).await;
            match next {
                Ok(Some(Ok(delivery))) => self.deal_with(delivery),
                Ok(Some(Err(_)) | None) => return self.at_the_end(consumer).await,
                Err(_) if self.random.chance(30) => break,
                Err(_) => {}
            }
            if self.prefetch > 0 && !self.no_ack && consumer.waiting() > self.prefetch.into() {
                let text = format!("{} deliveries wait, {} may", consumer.waiting(), self.prefetch);
                self.desk.world().fail(Property::DeliveriesAreBounded, text);
            }
            if self.random.chance(40) {
                sleep(self.random.millis(0..pause)).await;
            }
        }
        self.stop(consumer).await;
    }

    /// Reads nothing for some time.
    async fn idle(&mut self, consumer: &Consumer) {
        sleep(self.random.millis(100..6000)).await;
        let waiting = consumer.waiting().min(1) + consumer.waiting().min(2) / 2;
        let world = self.desk.world();
        world.ledger.borrow_mut().count((
            "idle",
            self.no_ack,
            ["nothing waits", "one", "many"][waiting],
        ));
    }

    /// That a consumer which ended gives nothing more.
    async fn at_the_end(&self, mut consumer: Consumer) {
        let next = self.desk.world().within("the end", Duration::ZERO, consumer.next()).await;
        if next.is_some_and(|it| it.is_some()) {
            let text = "a consumer gives something behind its end";
            self.desk.world().fail(Property::DeliveredIsWhole, text);
        }
        self.drop(consumer);
    }

    fn deal_with(&mut self, delivery: Delivery) {
        let (desk, number) = (&self.desk, self.channel.number());
        desk.taken(&delivery, number, !self.no_ack);
        if self.no_ack {
            desk.link.holding(|it| it.took(&self.tag));
            return;
        }
        match self.random.within(0..100) {
            0..45 => desk.settle(delivery, number, Said::Ack),
            45..52 => desk.settle(delivery, number, Said::AckAll),
            52..62 => desk.settle(delivery, number, Said::Reject),
            62..70 => desk.settle(delivery, number, Said::Requeue),
            70..78 => desk.drop_it(delivery, number),
            78..93 => desk.hold(delivery, number),
            _ => {
                desk.hold(delivery, number);
                desk.settle_one_held(Said::Ack);
            }
        }
    }

    async fn stop(&mut self, mut consumer: Consumer) {
        let most = if self.no_ack { 75 } else { 100 };
        // One that acknowledges nothing and is not read stops the whole connection, as documented, so
        // it is not kept.
        match self.random.within(0..most) {
            0..30 => self.drop(consumer),
            30..60 => {
                self.desk.link.holding(|it| it.left(&self.tag));
                let settling = settle_meanwhile(&self.desk, self.random.fork());
                let cancelling = self.desk.ask("cancelling", consumer.cancel());
                tokio::join!(biased; cancelling, settling);
                let left = self.random.within(0..10);
                for _ in 0..left {
                    let next = timeout(Duration::from_millis(1), consumer.next()).await;
                    let Ok(Some(Ok(delivery))) = next else { break };
                    self.deal_with(delivery);
                }
            }
            60..75 => {
                let settling = settle_meanwhile(&self.desk, self.random.fork());
                let closing = self.desk.close_channel(&self.channel);
                tokio::join!(biased; closing, settling);
                self.drop(consumer);
            }
            _ => self.desk.keep_consumer(consumer, self.channel.number()),
        }
    }

    fn drop(&self, consumer: Consumer) {
        self.desk.link.holding(|it| it.left(&self.tag));
        drop(consumer);
    }
}

/// Settles some of what is held, while something else ends.
async fn settle_meanwhile(desk: &Desk, mut random: Random) {
    for _ in 0..random.within(0..6) {
        desk.world().ledger.borrow_mut().count("settled beside a cancel or close");
        desk.settle_one_held(random.one_of(&[
            Said::Ack,
            Said::AckAll,
            Said::Reject,
            Said::Requeue,
        ]));
        sleep(random.millis(0..15)).await;
    }
}
