//! [`Shared`]: the state machine behind a lock, for the connection's task and all its handles.
//!
//! A publish puts its frames into the output right here, in the task that publishes, so there is
//! nothing to be allocated and handed over; the connection's task only writes. The lock is held for
//! the microsecond that takes.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::Waker,
    time::Instant,
};

use tokio::sync::{Notify, oneshot, watch};

use super::{
    channel::ChannelHandle, connection::Handle, consumer::Consumer, delivery::Delivery,
    events::Subscribers, queue::Queue,
};
use crate::{
    Error, Outcome,
    protocol::{self, Answer, ChannelId, ConsumerId, Delivered, Event},
};

/// What the machine gets along with a publish.
pub(super) type Waiter = oneshot::Sender<Outcome>;
/// The machine as it is used here.
pub(super) type Machine = protocol::Connection<Waiter, Call>;

/// What all handles of a connection and its task have in common.
pub(super) struct Shared {
    state: Mutex<State>,
    /// Wakes the one publisher whose turn it is, when there is room.
    pub(super) room: Notify,
    /// Wakes those whose channel the broker wants no messages on, when that may have changed.
    pub(super) flow: Notify,
    /// Those who wait for room take turns.
    pub(super) turns: tokio::sync::Mutex<()>,
    pub(super) status: watch::Sender<Status>,
    pub(super) subscribers: Subscribers,
    /// Bytes that wait for consumers which acknowledge nothing.
    pub(super) undelivered: AtomicUsize,
    pub(super) limits: protocol::Limits,
}

pub(super) struct State {
    pub(super) machine: Machine,
    /// The connection's task, while it sleeps.
    pub(super) driver: Option<Waker>,
    /// The channel the next publisher waits for room on.
    pub(super) waiting: Option<ChannelId>,
    /// Whether something may have to be done earlier than the task has its timer set.
    pub(super) deadline_moved: bool,
    /// The consumers that were asked for since the task looked. What is delivered to them has to go
    /// somewhere, should it come before the answer.
    pub(super) begun: Vec<(ConsumerId, ChannelId, Arc<Queue<Delivered>>)>,
    /// What is being closed since the task looked: what waits there for consumers holds nobody up.
    pub(super) closes: Vec<Closes>,
    /// Whether the connection's task is gone.
    pub(super) ended: bool,
}

/// What is being closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closes {
    Channel(ChannelId),
    Connection,
}

/// How a connection is.
#[derive(Debug, Clone, PartialEq)]
pub enum Status {
    /// It is open.
    Open,
    /// It is open, and the broker takes no messages.
    Blocked {
        /// Why, in the broker's words.
        reason: String,
        /// Since when.
        since: tokio::time::Instant,
    },
    /// It is over.
    Closed(Error),
}

/// A request that is on its way, and who gets its answer. Who waits may go; then what was asked for is
/// dropped with its handle.
pub(super) enum Call {
    Plain(oneshot::Sender<Result<Answer, Error>>),
    Channel(oneshot::Sender<Result<ChannelHandle, Error>>, Arc<Handle>),
    Consumer {
        reply: oneshot::Sender<Result<Consumer, Error>>,
        channel: Arc<ChannelHandle>,
        queue: Arc<Queue<Delivered>>,
    },
    Get(oneshot::Sender<Result<Option<(u32, Delivery)>, Error>>, Arc<ChannelHandle>),
}

impl Shared {
    pub(super) fn new(machine: Machine, limits: protocol::Limits) -> Arc<Shared> {
        Arc::new(Shared {
            state: Mutex::new(State {
                machine,
                driver: None,
                waiting: None,
                deadline_moved: false,
                begun: Vec::new(),
                closes: Vec::new(),
                ended: false,
            }),
            room: Notify::new(),
            flow: Notify::new(),
            turns: tokio::sync::Mutex::new(()),
            status: watch::Sender::new(Status::Open),
            subscribers: Subscribers::default(),
            undelivered: AtomicUsize::new(0),
            limits,
        })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // The machine does not panic; if it did, its connection would end with its task.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something to the machine, and wakes the task to see to what comes of it.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let done = act(&mut state);
        let driver = state.driver.take();
        let mut late = VecDeque::new();
        if state.ended {
            state.machine.take_events(&mut late);
        }
        drop(state);
        tell_late(late);
        if let Some(driver) = driver {
            driver.wake();
        }
        done
    }

    /// Settles something, and wakes the task if that is to be written now.
    pub(super) fn settle<T>(&self, act: impl FnOnce(&mut Machine) -> T) -> T {
        let mut state = self.lock();
        let done = act(&mut state.machine);
        let driver = if state.machine.has_output() { state.driver.take() } else { None };
        drop(state);
        if let Some(driver) = driver {
            driver.wake();
        }
        done
    }

    /// As [`with`](Shared::with), for what may set a deadline.
    pub(super) fn command<T>(&self, act: impl FnOnce(&mut Machine, Instant) -> T) -> T {
        self.with(|state| {
            state.deadline_moved = true;
            act(&mut state.machine, now())
        })
    }

    /// The same for what closes something.
    pub(super) fn close(&self, what: Closes, act: impl FnOnce(&mut Machine, Instant)) {
        self.with(|state| {
            state.deadline_moved = true;
            state.closes.push(what);
            act(&mut state.machine, now());
        });
    }

    /// Takes note that a consumer is given no more, so that what waits for it keeps nobody from reading.
    pub(super) fn release(&self, queue: &Queue<Delivered>) {
        let bytes = queue.release(|it| if it.settles { 0 } else { it.size() });
        if bytes > 0 {
            self.undelivered.fetch_sub(bytes, Ordering::AcqRel);
            self.with(|_| ());
        }
    }

    /// Takes note that deliveries of that size were taken by a consumer that acknowledges nothing.
    pub(super) fn taken(&self, bytes: usize) {
        let before = self.undelivered.fetch_sub(bytes, Ordering::AcqRel);
        let enough = self.limits.undelivered / 2;
        if before > enough && before - bytes <= enough {
            self.with(|_| ());
        }
    }
}

/// Tells what there is to tell after the connection's task is gone: that what was asked to end has.
fn tell_late(events: VecDeque<Event<Waiter, Call>>) {
    for event in events {
        if let Event::Answered(Call::Plain(reply), answer) = event {
            // Who asked may have gone.
            let _ = reply.send(answer);
        }
    }
}

/// The time of the runtime, which tests may move.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
