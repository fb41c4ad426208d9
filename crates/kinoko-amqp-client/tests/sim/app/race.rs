//! A task that settles deliveries while their consumer is cancelled or dropped, or their channel closed.

use std::rc::Rc;

use kinoko_amqp_client::{Channel, Consume, Consumer, Delivery};
use tokio::{
    task::spawn_local,
    time::{sleep, timeout},
};

use super::{Desk, PATIENCE, Property, QUEUES, Random};
use crate::ledger::Said;

/// What ends while deliveries are settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Cancel,
    Drop,
    Close,
    /// The channel, before the answer to the cancellation.
    CancelAndClose,
}

pub(super) async fn run(desk: Rc<Desk>, mut random: Random) {
    for _ in 0..random.within(1..4) {
        sleep(random.millis(0..1500)).await;
        let Some(channel) = desk.channel().await else { return };
        race(&desk, &mut random, channel).await;
    }
}

async fn race(desk: &Rc<Desk>, random: &mut Random, channel: Channel) -> Option<()> {
    let queue = random.one_of(&QUEUES);
    let prefetch = random.one_of(&[0, 1, 3, 20]);
    desk.ask("setting a prefetch", channel.prefetch(prefetch)).await?;
    let consume = Consume { queue, ..Consume::default() };
    let mut consumer = desk.ask("consuming", channel.consume(&consume)).await?;
    let taken = take(desk, random, &channel, &mut consumer).await;
    let ends = random.one_of(&[Ends::Cancel, Ends::Drop, Ends::Close, Ends::CancelAndClose]);
    let mut settling = Vec::new();
    for delivery in taken {
        let (desk, channel) = (Rc::clone(desk), channel.clone());
        let wait = random.millis(0..20);
        let said = random.one_of(&[Said::Ack, Said::Reject, Said::Requeue]);
        settling.push(spawn_local(async move {
            sleep(wait).await;
            settle(&desk, delivery, &channel, ends, said);
        }));
    }
    sleep(random.millis(0..20)).await;
    match ends {
        Ends::Cancel => drop(desk.ask("cancelling", consumer.cancel()).await),
        Ends::Drop => drop(consumer),
        Ends::Close => desk.close_channel(&channel).await,
        Ends::CancelAndClose => {
            let cancelling = desk.ask("cancelling", consumer.cancel());
            tokio::join!(biased; cancelling, desk.close_channel(&channel));
        }
    }
    for task in settling {
        desk.world().within("a race", PATIENCE, task).await;
    }
    Some(())
}

async fn take(
    desk: &Desk,
    random: &mut Random,
    channel: &Channel,
    consumer: &mut Consumer,
) -> Vec<Delivery> {
    let mut taken = Vec::new();
    for _ in 0..random.within(1..10) {
        match timeout(random.millis(1..200), consumer.next()).await {
            Ok(Some(Ok(delivery))) => {
                desk.taken(&delivery, channel.number(), true);
                taken.push(delivery);
            }
            Ok(_) => break,
            Err(_) => {}
        }
    }
    taken
}

fn settle(desk: &Desk, delivery: Delivery, channel: &Channel, ends: Ends, said: Said) {
    let (open, over) = (channel.is_open(), channel.connection().is_closed());
    let done = desk.try_settle(delivery, channel.number(), said);
    let state = match (over, open) {
        (true, _) => "over",
        (false, true) => "open",
        (false, false) => "ending",
    };
    desk.world().ledger.borrow_mut().count(("raced", ends, state, done));
    if open && !over && !done || over && done {
        let text = format!("{said:?} is taken: {done}, on a channel that is {state}: {channel:?}");
        desk.world().fail(Property::SettledWhileOpen, text);
    }
}
