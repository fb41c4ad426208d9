//! A task that makes mistakes, changes its mind, and asks for what is not there.

use std::rc::Rc;

use kinoko_amqp_client::{
    Channel, Consume, ExchangeDeclaration, Properties, Publish, QueueDeclaration,
};
use tokio::time::{sleep, timeout};

use super::{
    Desk, PATIENCE, Property, QUEUES, Random,
    declare::{bind, declare, unbind},
};
use crate::{
    ledger::{Known, Said},
    message,
    topology::LINKS,
};

pub(super) async fn run(desk: Rc<Desk>, mut random: Random) {
    let count = random.within(1..12);
    let pause = random.one_of(&[1, 30, 500]);
    for _ in 0..count {
        sleep(random.millis(0..pause)).await;
        if random.chance(20) {
            let soon = random.millis(0..40);
            if let Some(connection) = desk.connection() {
                let _ = timeout(soon, connection.open_channel()).await;
            }
        }
        let Some(channel) = desk.channel().await else { continue };
        make(&desk, &mut random, &channel).await;
        match random.within(0..4) {
            0 => desk.close_channel(&channel).await,
            1 => {
                let soon = random.millis(0..10);
                let _ = timeout(soon, channel.close()).await;
            }
            2 => desk.keep(channel),
            _ => drop(channel),
        }
    }
}

async fn make(desk: &Desk, random: &mut Random, channel: &Channel) {
    let queue = random.one_of(&QUEUES);
    match random.within(0..18) {
        0 => {
            let missing =
                QueueDeclaration { name: "missing", passive: true, ..QueueDeclaration::default() };
            desk.ask("looking for a queue", channel.declare_queue(&missing)).await;
        }
        1 => {
            for kind in ["direct", "topic"] {
                let name = "twice";
                let it = ExchangeDeclaration { name, kind, ..ExchangeDeclaration::default() };
                desk.ask("declaring it otherwise", channel.declare_exchange(&it)).await;
            }
        }
        2 | 3 => publish_to_nowhere(desk, random, channel).await,
        4 | 5 => get(desk, random, channel, queue).await,
        6 => {
            let soon = random.millis(0..60);
            if let Ok(Ok(Some((_, delivery)))) = timeout(soon, channel.get(queue, false)).await {
                desk.taken(&delivery, channel.number(), true);
                desk.drop_it(delivery, channel.number());
            }
        }
        7 => {
            let missing = Consume { queue: "missing", ..Consume::default() };
            desk.ask("consuming nothing", channel.consume(&missing)).await;
        }
        8 => {
            let consume = Consume { queue, ..Consume::default() };
            let soon = random.millis(0..60);
            let consumer = timeout(soon, channel.consume(&consume)).await;
            sleep(random.millis(0..50)).await;
            drop(consumer);
        }
        11 | 12 => outlive(desk, random, queue).await,
        13 => recover(desk, random, channel, queue).await,
        14 | 15 => {
            let link = random.one_of(&LINKS);
            desk.ask("unbinding", unbind(channel, &link)).await;
            sleep(random.millis(0..300)).await;
            desk.ask("binding again", bind(channel, &link)).await;
        }
        9 => {
            let _ = desk.ask("purging", channel.purge_queue("temp")).await;
        }
        10 => {
            desk.ask("deleting", channel.delete_queue("temp", false, false)).await;
            sleep(random.millis(0..100)).await;
            declare(desk, channel, "temp").await;
        }
        _ => {
            let mine = QueueDeclaration { exclusive: true, ..QueueDeclaration::default() };
            let Some(state) = desk.ask("declaring", channel.declare_queue(&mine)).await else {
                return;
            };
            let _ = desk.ask("purging", channel.purge_queue(&state.name)).await;
        }
    }
}

/// Publishes to an exchange that there is not, which kills the channel with all that is on it.
async fn publish_to_nowhere(desk: &Desk, random: &mut Random, channel: &Channel) {
    let mut confirms = Vec::new();
    let task = desk.task();
    for index in 0..random.within(1..5) {
        let key = desk.world().ledger.borrow_mut().key();
        let name = message::name(key);
        let publish = Publish {
            properties: Properties { app_id: Some((&name).into()), ..Properties::default() },
            exchange: if index == 1 { "missing" } else { "direct" }.into(),
            routing_key: "a".into(),
            body: message::body(key, 20),
            ..Publish::default()
        };
        let sent = desk.enter(key, channel, task);
        match desk.world().within("submitting", PATIENCE, channel.submit(&publish)).await {
            Some(Ok(confirm)) => {
                desk.put(&publish);
                confirms.push((sent, confirm));
            }
            _ => desk.world().ledger.borrow_mut().know(sent, Known::NotSent),
        }
    }
    for (sent, confirm) in confirms {
        let Some(outcome) = desk.world().within("an outcome", PATIENCE, confirm).await else {
            return;
        };
        let known = Known::of(&outcome);
        if known == Known::Unknown && channel.is_open() {
            desk.world().fail(Property::UnknownOnlyAfterDeath, "unknown on an open channel");
        }
        desk.world().ledger.borrow_mut().know(sent, known);
    }
}

async fn get(desk: &Desk, random: &mut Random, channel: &Channel, queue: &str) {
    let no_ack = random.chance(20);
    let got = desk.ask("getting", channel.get(queue, no_ack)).await;
    let Some(Some((_, delivery))) = got else { return };
    desk.taken(&delivery, channel.number(), !no_ack);
    if no_ack {
        return;
    }
    match random.within(0..4) {
        0 => desk.settle(delivery, channel.number(), Said::Ack),
        1 => desk.settle(delivery, channel.number(), Said::Requeue),
        2 => desk.drop_it(delivery, channel.number()),
        _ => desk.hold(delivery, channel.number()),
    }
}

/// Settles deliveries of a channel that is gone, when another has its number and deliveries of its own.
async fn outlive(desk: &Desk, random: &mut Random, queue: &str) {
    let mut old = Vec::new();
    let Some(channel) = desk.channel().await else { return };
    let number = channel.number();
    for _ in 0..random.within(1..4) {
        let got = desk.ask("getting", channel.get(queue, false)).await;
        let Some(Some((_, delivery))) = got else { break };
        desk.taken(&delivery, number, true);
        old.push(delivery);
    }
    desk.close_channel(&channel).await;
    let Some(channel) = desk.channel().await else {
        return old.into_iter().for_each(|it| desk.settle(it, number, Said::Ack));
    };
    for _ in 0..random.within(1..4) {
        get(desk, random, &channel, queue).await;
    }
    for delivery in old {
        let said = random.one_of(&[Said::Ack, Said::Ack, Said::AckAll, Said::Reject]);
        desk.settle(delivery, number, said);
    }
    desk.keep(channel);
}

/// Has what was delivered delivered again, and settles it meanwhile.
async fn recover(desk: &Desk, random: &mut Random, channel: &Channel, queue: &str) {
    let mut deliveries = Vec::new();
    for _ in 0..random.within(1..4) {
        let got = desk.ask("getting", channel.get(queue, false)).await;
        let Some(Some((_, delivery))) = got else { break };
        desk.taken(&delivery, channel.number(), true);
        deliveries.push(delivery);
    }
    let wait = random.millis(0..100);
    let settling = async {
        sleep(wait).await;
        deliveries.into_iter().for_each(|it| desk.settle(it, channel.number(), Said::Ack));
    };
    tokio::join!(biased; desk.ask("recovering", channel.recover()), settling);
}
