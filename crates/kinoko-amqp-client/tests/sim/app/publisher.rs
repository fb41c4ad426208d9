//! A task that publishes, in every way there is.

use std::{future::Future, rc::Rc};

use kinoko_amqp_client::{Channel, Confirm, Error, Fields, Outcome, Properties, Publish};
use tokio::time::{sleep, timeout};

use super::{Desk, PATIENCE, Property, Random, watch::watch_returns};
use crate::{expectation::KINDS, ledger::Known, message};

/// A message, and which it is.
struct Letter {
    key: u64,
    name: String,
    /// Whether it has an id, which most applications give their messages.
    id: bool,
    exchange: &'static str,
    routing_key: &'static str,
    headers: Fields,
    mandatory: bool,
    persistent: bool,
    size: usize,
}

struct Publisher {
    desk: Rc<Desk>,
    random: Random,
    channel: Channel,
    task: u32,
    /// Those whose outcome is awaited at the end.
    open: Vec<(usize, Channel, Confirm)>,
}

pub(super) async fn run(desk: Rc<Desk>, mut random: Random, shared: Channel) {
    let own = random.chance(50);
    let channel = if own { desk.channel().await } else { None };
    let task = desk.task();
    if let Some(channel) = &channel {
        watch_returns(&desk, channel);
    }
    let channel = channel.unwrap_or(shared);
    let mut publisher = Publisher { desk, random, channel, task, open: Vec::new() };
    let count = publisher.random.within(1..25);
    let pause = publisher.random.one_of(&[1, 1, 20, 300]);
    for _ in 0..count {
        if publisher.random.chance(60) {
            sleep(publisher.random.millis(0..pause)).await;
        }
        let letter = publisher.letter();
        let copies = if publisher.random.chance(15) { 3 } else { 1 };
        for _ in 0..copies {
            publisher.publish(&letter).await;
        }
    }
    let ends = own && publisher.random.chance(40);
    if ends && publisher.random.chance(50) {
        // What is on its way has its outcome all the same.
        publisher.desk.close_channel(&publisher.channel).await;
    } else if !ends && own {
        publisher.desk.keep(publisher.channel.clone());
    }
    publisher.wait().await;
}

impl Publisher {
    fn letter(&mut self) -> Letter {
        let random = &mut self.random;
        let key = self.desk.world().ledger.borrow_mut().key();
        let (exchange, routing_key) = random.one_of(&[
            ("", "one"),
            ("", "two"),
            ("", "small"),
            ("", "slow"),
            ("", "temp"),
            ("", "fleeting"),
            ("", "nowhere"),
        ]);
        let mut headers = Fields::new();
        let (mut exchange, mut routing_key) = (exchange, routing_key);
        if random.chance(65) {
            let kind = random.one_of(&KINDS);
            (exchange, routing_key, headers) = (kind.exchange, kind.key, kind.marks.fields());
        }
        let size = random.one_of(&[8, 8, 100, 100, 2000, 4088, 4089, 15_000, 40_001]);
        // Few, or a slow network would be full of them: one that is not copied.
        let size = if random.chance(3) { 33_000 } else { size };
        let id = random.chance(50);
        let size = if random.chance(10) { 0 } else { size };
        let (mandatory, persistent) = (random.chance(60), random.chance(70));
        let name = message::name(key);
        Letter { key, name, id, exchange, routing_key, headers, mandatory, persistent, size }
    }

    async fn publish(&mut self, letter: &Letter) {
        let (desk, channel) = (Rc::clone(&self.desk), self.channel.clone());
        let publish = letter.publish();
        let sent = desk.enter(letter.key, &channel, self.task);
        let soon = self.random.millis(0..40);
        let way = match self.random.within(0..100) {
            // Nobody could tell when the message was put there.
            60..78 if desk.counts_output() => 0,
            way => way,
        };
        match way {
            0..40 => {
                let put = self.patient("submitting", channel.submit(&publish)).await;
                self.submitted(sent, letter, put);
            }
            40..50 => match timeout(soon, channel.submit(&publish)).await {
                Ok(put) => self.submitted(sent, letter, Some(put)),
                // It was waiting for room.
                Err(_) => self.know(sent, letter, Known::NotSent),
            },
            50..60 => self.submitted(sent, letter, Some(channel.try_submit(&publish))),
            60..70 => {
                let told = self.patient("publishing", channel.publish(&publish)).await;
                match told {
                    Some(Ok(outcome)) => self.outcome(sent, &channel, &outcome),
                    Some(Err(err)) => self.not_sent(sent, letter, &err),
                    None => {}
                }
            }
            70..78 => match timeout(soon, channel.publish(&publish)).await {
                Ok(Ok(outcome)) => self.outcome(sent, &channel, &outcome),
                Ok(Err(err)) => self.not_sent(sent, letter, &err),
                Err(_) => self.know(sent, letter, Known::Forgotten),
            },
            78..90 => match self.patient("sending", channel.send(&publish)).await {
                Some(Ok(())) => {
                    desk.put(&publish);
                    self.know(sent, letter, Known::Sent);
                }
                Some(Err(err)) => self.not_sent(sent, letter, &err),
                None => {}
            },
            _ => match channel.try_send(&publish) {
                Ok(()) => {
                    desk.put(&publish);
                    self.know(sent, letter, Known::Sent);
                }
                Err(err) => self.not_sent(sent, letter, &err),
            },
        }
    }

    async fn patient<T>(&self, what: &str, future: impl Future<Output = T>) -> Option<T> {
        self.desk.world().within(what, PATIENCE, future).await
    }

    fn submitted(&mut self, sent: usize, letter: &Letter, put: Option<Result<Confirm, Error>>) {
        match put {
            Some(Ok(confirm)) => {
                let (key, task) = (letter.key, self.task);
                self.desk.world().note(|| format!("c{} : t{task} submits m{key}", self.desk.id));
                self.desk.put(&letter.publish());
                if self.random.chance(5) {
                    self.know(sent, letter, Known::Forgotten);
                } else {
                    self.open.push((sent, self.channel.clone(), confirm));
                }
            }
            Some(Err(err)) => self.not_sent(sent, letter, &err),
            None => {}
        }
    }

    fn not_sent(&self, sent: usize, letter: &Letter, err: &Error) {
        self.desk.world().note(|| format!("c{} : m{} not sent: {err}", self.desk.id, letter.key));
        self.desk.world().ledger.borrow_mut().know(sent, Known::NotSent);
    }

    fn know(&self, sent: usize, letter: &Letter, known: Known) {
        self.desk.world().note(|| format!("c{} : m{} is {known:?}", self.desk.id, letter.key));
        self.desk.world().ledger.borrow_mut().know(sent, known);
    }

    fn outcome(&self, sent: usize, channel: &Channel, outcome: &Outcome) {
        let known = Known::of(outcome);
        let world = self.desk.world();
        let key = world.ledger.borrow().sent[sent].key;
        world.note(|| format!("c{} : m{key} is {outcome:?}", self.desk.id));
        if known == Known::Unknown && channel.is_open() {
            let text = format!("message {key} has no outcome, and channel {channel:?} is open");
            world.fail(Property::UnknownOnlyAfterDeath, text);
        }
        world.ledger.borrow_mut().know(sent, known);
    }

    /// Waits for all outcomes.
    async fn wait(&mut self) {
        for (sent, channel, confirm) in std::mem::take(&mut self.open) {
            if let Some(outcome) = self.patient("an outcome", confirm).await {
                self.outcome(sent, &channel, &outcome);
            }
        }
    }
}

impl Letter {
    fn publish(&self) -> Publish<'_> {
        Publish {
            exchange: self.exchange.into(),
            routing_key: self.routing_key.into(),
            mandatory: self.mandatory,
            properties: Properties {
                message_id: self.id.then(|| (&self.name).into()),
                app_id: Some((&self.name).into()),
                headers: (!self.headers.is_empty()).then(|| self.headers.as_table()),
                delivery_mode: Some(match self.persistent {
                    true => Properties::PERSISTENT,
                    false => Properties::TRANSIENT,
                }),
                ..Properties::default()
            },
            body: message::body(self.key, self.size),
        }
    }
}
