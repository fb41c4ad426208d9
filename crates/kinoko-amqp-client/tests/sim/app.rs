//! The application: what it does with one connection after another, as a seed has it.

mod consumer;
mod declare;
mod desk;
mod finish;
mod publisher;
mod race;
mod trouble;
mod watch;

use std::{cell::RefCell, rc::Rc, time::Duration};

use kinoko_amqp_client::Connection;
use tokio::{task::spawn_local, time::sleep};

pub(crate) use self::finish::finish;
use self::{declare::set_up, desk::Desk};
use crate::{
    broker::{Broker, serve},
    network::{Cut, Link, connect},
    plan::{End, Event, Plan},
    property::Property,
    random::Random,
    topology::QUEUES,
    world::World,
};

/// The longest that anything may wait for the network, queues and alarms of a plan together.
const PATIENCE: Duration = Duration::from_secs(120);
const SECOND: Duration = Duration::from_secs(1);

/// Who takes part in a run.
#[derive(Clone)]
pub(crate) struct Cast {
    pub(crate) world: Rc<World>,
    pub(crate) broker: Rc<RefCell<Broker>>,
}

/// One connection, from its first byte to its last.
pub(crate) async fn connection(cast: &Cast, id: u32, plan: Plan, random: &mut Random) {
    cast.world.note(|| format!("c{id} = {plan:?}"));
    if random.chance(3) {
        // Whoever connects changes its mind.
        let soon = random.millis(0..100);
        let _ = tokio::time::timeout(soon, open(cast, id + 100, &plan, random)).await;
    }
    let Some((connection, link)) = open(cast, id, &plan, random).await else { return };
    let desk = Rc::new(Desk::new(cast.clone(), id, plan.config.clone(), connection, link.clone()));
    let befalls = spawn_local(befall(Rc::clone(&desk), plan.events.clone()));
    let watcher = spawn_local(watch::watch(Rc::clone(&desk)));
    let looker = spawn_local(watch::look(Rc::downgrade(&desk)));
    sleep(plan.idle).await;
    work(&desk, &plan, random).await;
    if let Some(Err(err)) = cast.world.within("what befalls", PATIENCE, befalls).await {
        cast.world.fail(Property::NoPanic, err);
    }
    cast.broker.borrow_mut().set_alarm(false);
    let keeps = random.chance(50);
    cast.world.ledger.borrow_mut().count(("kept", keeps, "up", desk.is_up()));
    if !keeps {
        quiet(&desk).await;
    }
    end(&desk, plan.end).await;
    desk.settle_held(random);
    looker.abort();
    drop(desk);
    // Whoever watches holds nothing, so it ends with the connection.
    cast.world.within("telling of the end", PATIENCE, watcher).await;
    let gone = async {
        while cast.broker.borrow().is_open(id) && !link.is_cut() {
            sleep(Duration::from_millis(100)).await;
        }
    };
    cast.world.within("the broker's hearing of it", PATIENCE, gone).await;
    watch::tell_of_holding(&cast.world, &link);
    // What was cut in silence comes to an end some time.
    link.cut(Cut::Reset);
    cast.broker.borrow_mut().hang_up(id);
    if cast.broker.borrow().was_closed_in_order(id) {
        cast.world.ledger.borrow().check_said(id, &cast.world);
    }
}

async fn open(
    cast: &Cast,
    id: u32,
    plan: &Plan,
    random: &mut Random,
) -> Option<(Connection, Link)> {
    let (client, server, link) =
        connect(plan.faults.clone(), plan.config.limits.undelivered, random);
    spawn_local(serve(Rc::clone(&cast.broker), id, plan.terms, server, link.clone()));
    let opening = Connection::over(client, plan.config.clone());
    let opened = cast.world.within("logging in", plan.config.handshake_timeout, opening).await?;
    match opened {
        Ok(connection) => Some((connection, link)),
        Err(err) => {
            cast.world.note(|| format!("c{id} - cannot log in: {err}"));
            link.cut(Cut::Reset);
            cast.broker.borrow_mut().hang_up(id);
            None
        }
    }
}

/// Has everybody work at once, and waits for them.
async fn work(desk: &Rc<Desk>, plan: &Plan, random: &mut Random) {
    set_up(desk).await;
    let Some(shared) = desk.channel().await else { return };
    watch::watch_returns(desk, &shared);
    let mut working = Vec::new();
    for _ in 0..plan.publishers {
        let task = publisher::run(Rc::clone(desk), random.fork(), shared.clone());
        working.push(spawn_local(task));
    }
    for _ in 0..plan.consumers {
        let task = consumer::run(Rc::clone(desk), random.fork(), shared.clone());
        working.push(spawn_local(task));
    }
    for _ in 0..plan.troublemakers {
        working.push(spawn_local(trouble::run(Rc::clone(desk), random.fork())));
    }
    for _ in 0..plan.racers {
        working.push(spawn_local(race::run(Rc::clone(desk), random.fork())));
    }
    desk.keep(shared);
    for task in working {
        let ended = desk.world().within("a task", PATIENCE * 4, task).await;
        if let Some(Err(err)) = ended {
            desk.world().fail(Property::NoPanic, err);
        }
    }
}

/// Does to the broker and the network what the plan has.
async fn befall(desk: Rc<Desk>, events: Vec<(Duration, Event)>) {
    let mut at = Duration::ZERO;
    for (when, event) in events {
        sleep(when - at).await;
        at = when;
        desk.world().note(|| format!("c{} ! {event:?}", desk.id));
        let mut broker = desk.broker().borrow_mut();
        match event {
            Event::Alarm(on) => broker.set_alarm(on),
            Event::ForceClose => broker.force_close(desk.id),
            Event::DeleteQueue(name) => drop(broker.delete_queue(name)),
            Event::Cut(how) => desk.link.cut(how),
            Event::Die(resets) => {
                broker.die();
                if resets {
                    desk.link.cut(Cut::Reset);
                }
            }
            Event::Flow(number, on) => broker.flow(desk.id, number, on),
        }
    }
}

/// Lets go of everything but the channels, and looks whether the broker has it all back.
async fn quiet(desk: &Desk) {
    desk.release();
    let back = async {
        while desk.is_up() && desk.broker().borrow().unacked(desk.id) > 0 {
            sleep(Duration::from_millis(100)).await;
        }
    };
    if tokio::time::timeout(PATIENCE, back).await.is_err() {
        let held = desk.broker().borrow().unacked(desk.id);
        let text = format!("connection {}: {held} deliveries nobody has", desk.id);
        desk.world().fail(Property::NothingHeld, text);
    }
}

async fn end(desk: &Desk, end: End) {
    desk.world().note(|| format!("c{} : {end:?}", desk.id));
    match end {
        End::Close => {
            let Some(connection) = desk.connection() else { return };
            desk.ask("a new secret", connection.update_secret("sesame", "it was old")).await;
            let bound = desk.config.close_timeout * 2;
            desk.world().within("closing the connection", bound, connection.close()).await;
        }
        End::Abort => {
            if let Some(connection) = desk.connection() {
                connection.abort();
            }
        }
        End::Drop => desk.release(),
    }
    desk.read_to_the_end().await;
    desk.let_go();
    sleep(SECOND).await;
}
