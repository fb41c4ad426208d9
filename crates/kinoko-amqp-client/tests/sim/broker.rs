//! [`Broker`]: a model of RabbitMQ that answers as it does, and keeps the truth about every message.

mod channel;
mod confirms;
mod connection;
mod death;
mod exchange;
mod line;
mod methods;
mod publish;
mod queue;
mod route;
mod settle;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::Duration,
};

use kinoko_amqp_client::codec::{
    ChannelFlow, ConnectionBlocked, ConnectionClose, ConnectionUnblocked, Frame, Method,
    write_method,
};
use tokio::{sync::Notify, time::Instant};

use self::{
    channel::Channel,
    confirms::Due,
    connection::{Session, Stage},
    exchange::{Binding, Exchange},
};
pub(crate) use self::{
    line::serve,
    queue::{Books, Queue},
};
use crate::{expectation::Expectation, property::Property, random::Random, world::World};

/// The broker. It outlives its connections.
pub(crate) struct Broker {
    world: Rc<World>,
    random: Random,
    exchanges: BTreeMap<String, Exchange>,
    bindings: BTreeSet<Binding>,
    expectation: Expectation,
    pub(crate) queues: BTreeMap<String, Queue>,
    pub(crate) books: Books,
    sessions: BTreeMap<u32, Session>,
    due: BTreeMap<(Instant, u64), Due>,
    /// For all that is to be told apart or kept in order.
    count: u64,
    alarm: bool,
    /// Wakes what waits for the next thing due.
    sooner: Rc<Notify>,
}

/// What a broker asks for when a client connects.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) heartbeat: u16,
    pub(crate) frame_max: u32,
    pub(crate) channel_max: u16,
    /// Whether it lets the client in.
    pub(crate) admits: bool,
    /// How many publishes this client may have without an outcome.
    pub(crate) unconfirmed: usize,
    /// The largest body that this client keeps.
    pub(crate) receive: u64,
}

impl Broker {
    pub(crate) fn new(world: Rc<World>, random: Random) -> Rc<RefCell<Broker>> {
        let broker = Broker {
            world,
            random,
            exchanges: BTreeMap::new(),
            bindings: BTreeSet::new(),
            expectation: Expectation::default(),
            queues: BTreeMap::new(),
            books: Books::default(),
            sessions: BTreeMap::new(),
            due: BTreeMap::new(),
            count: 0,
            alarm: false,
            sooner: Rc::new(Notify::new()),
        };
        let broker = Rc::new(RefCell::new(broker));
        tokio::task::spawn_local(confirms::watch(Rc::clone(&broker)));
        broker
    }

    /// An operator closes a connection, or the broker stops.
    pub(crate) fn force_close(&mut self, id: u32) {
        if self.sessions.get(&id).is_some_and(|it| it.stage == Stage::Open) {
            let close = ConnectionClose {
                reply_code: 320,
                reply_text: "CONNECTION_FORCED".into(),
                ..ConnectionClose::default()
            };
            self.send(id, 0, close);
            self.close_session(id);
        }
    }

    /// Memory or disk run low, or are fine again.
    pub(crate) fn set_alarm(&mut self, alarm: bool) {
        if std::mem::replace(&mut self.alarm, alarm) == alarm {
            return;
        }
        let open = self.sessions.values().filter(|it| it.stage == Stage::Open);
        for id in open.map(|it| it.id).collect::<Vec<u32>>() {
            if alarm {
                self.send(id, 0, ConnectionBlocked { reason: "low on memory".into() });
            } else {
                self.send(id, 0, ConnectionUnblocked::default());
            }
        }
        for session in self.sessions.values_mut() {
            session.stopped &= alarm;
            session.wake();
        }
    }

    /// A connection is gone, however that came: everything that was delivered on it goes back.
    pub(crate) fn hang_up(&mut self, id: u32) {
        let Some(mut session) = self.sessions.remove(&id) else { return };
        self.world.note(|| format!("c{id} - the broker hangs up"));
        session.wake();
        for channel in std::mem::take(&mut session.channels).into_values() {
            self.give_back(channel.unacked);
        }
        for queue in self.queues.values_mut() {
            queue.consumers.retain(|(session, ..)| *session != id);
        }
        let exclusive =
            |(name, queue): (&String, &Queue)| (queue.exclusive == Some(id)).then(|| name.clone());
        let names: Vec<String> = self.queues.iter().filter_map(exclusive).collect();
        for name in names {
            self.delete_queue(&name);
        }
        self.pump();
    }

    /// Whether the connection is open, as the broker sees it.
    pub(crate) fn is_open(&self, id: u32) -> bool {
        self.sessions.get(&id).is_some_and(|it| it.stage == Stage::Open)
    }

    /// Whether the client closed the connection in order.
    pub(crate) fn was_closed_in_order(&self, id: u32) -> bool {
        self.books.closed_in_order.contains(&id)
    }

    /// How many deliveries a connection has not settled.
    pub(crate) fn unacked(&self, id: u32) -> usize {
        let channels = self.sessions.get(&id).into_iter().flat_map(|it| it.channels.values());
        channels.map(|it| it.unacked.len()).sum()
    }

    /// Whether a queue has messages, ready or delivered.
    pub(crate) fn holds(&self, name: &str) -> bool {
        let ready = self.queues.get(name).is_some_and(|it| !it.ready.is_empty());
        let channels = self.sessions.values().flat_map(|it| it.channels.values());
        let mut unacked = channels.flat_map(|it| it.unacked.values());
        ready || unacked.any(|it| it.queue == name)
    }

    /// Asks a client to send no messages on a channel, or to send them again.
    pub(crate) fn flow(&mut self, id: u32, number: u16, active: bool) {
        if self.channel(id, number).is_some_and(|it| !it.closing) {
            self.send(id, number, ChannelFlow { active });
        }
    }

    fn channel(&mut self, id: u32, number: u16) -> Option<&mut Channel> {
        self.sessions.get_mut(&id)?.channels.get_mut(&number)
    }

    fn send<'a>(&mut self, id: u32, number: u16, method: impl Into<Method<'a>>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let start = session.out.len();
        let written = write_method(&mut session.out, number, &method.into(), session.frame_max);
        written.expect("what a broker says fits a frame");
        self.sent_from(id, start);
    }

    /// Notes the frames that were put into the output from there on.
    fn sent_from(&mut self, id: u32, mut start: usize) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.wake();
        while let Ok(Some(frame)) = Frame::first(&session.out[start..], u32::MAX) {
            self.world.frames.set(self.world.frames.get() + 1);
            self.world.note(|| format!("c{id} < {frame}"));
            start += frame.size();
        }
    }

    fn violated(&self, id: u32, what: impl std::fmt::Display) {
        self.world.fail(Property::KeepsToTheProtocol, format!("connection {id}: {what}"));
    }

    fn number(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    fn later(&mut self, after: Duration, due: Due) {
        let number = self.number();
        self.due.insert((Instant::now() + after, number), due);
        self.sooner.notify_one();
    }
}
