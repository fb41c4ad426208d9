//! [`finish`]: after all faults, one connection without any, that has to find everything there is.

use std::time::Duration;

use kinoko_amqp_client::{Channel, Consume, Outcome, Properties, Publish};
use tokio::time::timeout;

use super::{Cast, Desk, PATIENCE, Property, QUEUES, open, set_up};
use crate::{
    ledger::{Known, Said},
    message,
    plan::Plan,
    random::Random,
};

/// Publishes and consumes once more, and looks whether the books agree.
pub(crate) async fn finish(cast: &Cast, id: u32, random: &mut Random) {
    let plan = Plan::calm();
    let Some((connection, link)) = open(cast, id, &plan, random).await else {
        return cast.world.fail(Property::WorksAfterwards, "there is no connection");
    };
    let desk = Desk::new(cast.clone(), id, plan.config.clone(), connection, link);
    if empty_all(&desk).await.is_none() {
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

async fn empty_all(desk: &Desk) -> Option<()> {
    set_up(desk).await?;
    let channel = desk.channel().await?;
    for queue in QUEUES.into_iter().filter(|it| *it != "small") {
        publish(desk, &channel, queue).await?;
    }
    for queue in QUEUES {
        empty(desk, queue).await?;
    }
    Some(())
}

async fn publish(desk: &Desk, channel: &Channel, queue: &str) -> Option<()> {
    let key = desk.world().ledger.borrow_mut().key();
    let task = desk.task();
    let sent = desk.enter(key, channel, task);
    let name = message::name(key);
    let publish = Publish {
        properties: Properties { app_id: Some((&name).into()), ..Properties::default() },
        routing_key: queue.into(),
        mandatory: true,
        body: message::body(key, 30),
        ..Publish::default()
    };
    let told = desk.world().within("publishing", PATIENCE, channel.publish(&publish)).await?;
    let confirmed = told == Ok(Outcome::Confirmed);
    let known = if confirmed { Known::Confirmed } else { Known::Forgotten };
    desk.world().ledger.borrow_mut().know(sent, known);
    confirmed.then_some(())
}

/// Consumes a queue until nothing is left in it.
async fn empty(desk: &Desk, queue: &str) -> Option<()> {
    let channel = desk.channel().await?;
    desk.ask("setting a prefetch", channel.prefetch(10)).await?;
    let consume = Consume { queue, ..Consume::default() };
    let mut consumer = desk.ask("consuming", channel.consume(&consume)).await?;
    while desk.broker().borrow().holds(queue) {
        let next = timeout(Duration::from_secs(5), consumer.next()).await;
        let Ok(Some(Ok(delivery))) = next else { return None };
        desk.taken(&delivery, channel.number(), true);
        desk.settle(delivery, channel.number(), Said::Ack);
        if consumer.waiting() == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    desk.ask("cancelling", consumer.cancel()).await
}

fn check_books(cast: &Cast) {
    let broker = cast.broker.borrow();
    let books = &broker.books;
    let left: u64 = broker.queues.values().map(|it| it.ready.len() as u64).sum();
    let found = books.acked + books.rejected + books.gone + left;
    if left > 0 || found != books.stored {
        let text = format!("{left} are left, and {books:?}");
        cast.world.fail(Property::AllAccountedFor, text);
    }
}
