//! Those who look on: at what comes back, at the events of a connection, and at whether it is read.

use std::{
    rc::{Rc, Weak},
    time::Duration,
};

use kinoko_amqp_client::{Channel, ConnectionEvent};
use tokio::time::sleep;

use super::{Desk, Link, Property, World};
use crate::message;

/// Reads what comes back on a channel and was not asked about, until the channel's end.
pub(super) fn watch_returns(desk: &Desk, channel: &Channel) {
    let (mut returns, world) = (channel.returns(), Rc::clone(&desk.cast.world));
    tokio::task::spawn_local(async move {
        while let Some(returned) = returns.next().await {
            let key = message::key_of(&returned.message.properties());
            world.note(|| format!("{key:?} came back: {returned:?}"));
            let mut ledger = world.ledger.borrow_mut();
            ledger.count("came back, aside");
            *ledger.came_back.entry(key.unwrap_or(0)).or_default() += 1;
        }
    });
}

/// Looks again and again whether a connection is read.
pub(super) async fn look(desk: Weak<Desk>) {
    while let Some(desk) = desk.upgrade() {
        if desk.is_up() {
            desk.link.look();
        }
        drop(desk);
        sleep(Duration::from_millis(50)).await;
    }
}

/// Says what a connection held at most, and whether it was too much.
pub(super) fn tell_of_holding(world: &World, link: &Link) {
    let (most, paused, wrong) = link.holding(|it| (it.most, it.paused, it.wrong.take()));
    let mut ledger = world.ledger.borrow_mut();
    if most > 0 {
        ledger.count(("undelivered measured, reading paused", paused));
        ledger.most("most undelivered, bytes", most as u64);
    }
    drop(ledger);
    if let Some((property, text)) = wrong {
        world.fail(property, text);
    }
}

/// Reads the events of a connection until its end, and looks whether they make sense.
pub(super) async fn watch(desk: Rc<Desk>) {
    let Some(mut events) = desk.connection().map(|it| it.events()) else { return };
    let (world, id) = (Rc::clone(&desk.cast.world), desk.id);
    drop(desk);
    let (mut blocked, mut closed) = (false, false);
    while let Some(event) = events.next().await {
        world.note(|| format!("c{id} : {event:?}"));
        match event {
            _ if closed => world.fail(Property::KeepsToTheProtocol, "an event behind the end"),
            ConnectionEvent::Blocked(_) => blocked = true,
            ConnectionEvent::Unblocked if !blocked => {
                world.fail(Property::KeepsToTheProtocol, "it is unblocked and was not blocked");
            }
            ConnectionEvent::Unblocked => blocked = false,
            ConnectionEvent::Closed(_) => closed = true,
            _ => {}
        }
    }
}
