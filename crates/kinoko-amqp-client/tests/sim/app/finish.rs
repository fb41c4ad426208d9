//! [`finish`]: after all faults, one connection without any, that has to find everything there is and on
//! which every exchange does what it is for.

use std::{collections::BTreeSet, time::Duration};

use kinoko_amqp_client::{Channel, Consume, Outcome, Properties, Publish};
use tokio::time::timeout;

use super::{Cast, Desk, PATIENCE, Property, QUEUES, open, set_up};
use crate::{
    expectation::KINDS,
    ledger::{Key, Known, Said},
    message,
    plan::Plan,
    random::Random,
    topology::{BARE, Marks},
};

/// Publishes and consumes once more, and looks whether the books agree.
pub(crate) async fn finish(cast: &Cast, id: u32, random: &mut Random) {
    let plan = Plan::calm();
    let Some((connection, link)) = open(cast, id, &plan, random).await else {
        return cast.world.fail(Property::WorksAfterwards, "there is no connection");
    };
    let desk = Desk::new(cast.clone(), id, plan.config.clone(), connection, link);
    if probe(&desk).await.is_none() {
        cast.world
            .fail(Property::WorksAfterwards, "a request fails on a connection without faults");
    }
    if let Some(connection) = desk.connection() {
        let bound = desk.config.close_timeout * 2;
        cast.world.within("closing the connection", bound, connection.close()).await;
    }
    drop(desk);
    check_books(cast);
}

/// Takes out what is left, then publishes a message of every kind and looks where it is.
async fn probe(desk: &Desk) -> Option<()> {
    set_up(desk).await?;
    for queue in QUEUES {
        empty(desk, queue).await?;
    }
    let channel = desk.channel().await?;
    let mut expected = BTreeSet::new();
    for queue in QUEUES {
        let (key, outcome) = publish(desk, &channel, "", queue, BARE).await?;
        check_outcome(desk, key, &outcome, true);
        expected.insert((queue, key));
    }
    for kind in KINDS {
        let queues = kind.queues();
        let (key, outcome) = publish(desk, &channel, kind.exchange, kind.key, kind.marks).await?;
        check_outcome(desk, key, &outcome, !queues.is_empty());
        expected.extend(queues.into_iter().map(|queue| (queue, key)));
    }
    let mut found = BTreeSet::new();
    for queue in QUEUES {
        found.extend(empty(desk, queue).await?.into_iter().map(|key| (queue, key)));
    }
    if found != expected {
        let text = format!("messages are in {found:?}, and not {expected:?}");
        desk.world().fail(Property::WorksAfterwards, text);
    }
    Some(())
}

async fn publish(
    desk: &Desk,
    channel: &Channel,
    exchange: &str,
    routing_key: &str,
    marks: Marks,
) -> Option<(Key, Outcome)> {
    let key = desk.world().ledger.borrow_mut().key();
    let task = desk.task();
    let sent = desk.enter(key, channel, task);
    let (name, headers) = (message::name(key), marks.fields());
    let publish = Publish {
        exchange: exchange.into(),
        properties: Properties {
            app_id: Some((&name).into()),
            headers: Some(headers.as_table()),
            delivery_mode: Some(Properties::PERSISTENT),
            ..Properties::default()
        },
        routing_key: routing_key.into(),
        mandatory: true,
        body: message::body(key, 30),
    };
    let told = desk.world().within("publishing", PATIENCE, channel.publish(&publish)).await?;
    let known = told.as_ref().map_or(Known::NotSent, Known::of);
    desk.world().ledger.borrow_mut().know(sent, known);
    Some((key, told.ok()?))
}

fn check_outcome(desk: &Desk, key: Key, outcome: &Outcome, wanted: bool) {
    let known = if wanted { Known::Confirmed } else { Known::Returned };
    if Known::of(outcome) != known {
        let text = format!("message {key} was to be {known:?}, and: {outcome:?}");
        desk.world().fail(Property::WorksAfterwards, text);
    }
}

/// Consumes a queue until nothing is left in it; what there was.
async fn empty(desk: &Desk, queue: &'static str) -> Option<Vec<Key>> {
    let channel = desk.channel().await?;
    desk.ask("setting a prefetch", channel.prefetch(10)).await?;
    let consume = Consume { queue, ..Consume::default() };
    let mut consumer = desk.ask("consuming", channel.consume(&consume)).await?;
    let mut found = Vec::new();
    while desk.broker().borrow().holds(queue) {
        let next = timeout(Duration::from_secs(5), consumer.next()).await;
        let Ok(Some(Ok(delivery))) = next else { return None };
        found.extend(desk.taken(&delivery, channel.number(), true));
        desk.settle(delivery, channel.number(), Said::Ack);
        if consumer.waiting() == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    desk.ask("cancelling", consumer.cancel()).await?;
    Some(found)
}

fn check_books(cast: &Cast) {
    let broker = cast.broker.borrow();
    let books = &broker.books;
    let left: u64 = broker.queues.values().map(|it| it.ready.len() as u64).sum();
    let unaccounted = cast.world.ledger.borrow().unaccounted();
    if left > 0 || unaccounted.is_some() {
        let text = format!("{left} are left, {unaccounted:?} is unaccounted for, and {books:?}");
        cast.world.fail(Property::AllAccountedFor, text);
    }
}
