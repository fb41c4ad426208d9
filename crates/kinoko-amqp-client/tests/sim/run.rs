//! [`run`]: one seed, from the first connection to the audit.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use kinoko_amqp_client::planted::{Bug, plant};
use tokio::task::LocalSet;

use crate::{
    app::{Cast, connection, finish},
    audit::audit,
    broker::Broker,
    network::reset_steps,
    plan::Plan,
    property::Property,
    random::Random,
    world::{Failure, World},
};

thread_local! {
    /// Whether something panicked on this thread, and what it said.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// What came of a seed.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) failure: Option<Failure>,
    /// Empty unless it was asked for.
    pub(crate) log: String,
    pub(crate) frames: u64,
    pub(crate) messages: usize,
    /// How often what happened.
    pub(crate) counts: BTreeMap<String, u64>,
}

/// Runs a seed.
pub(crate) fn run(seed: u64, bug: Option<Bug>, logged: bool) -> Report {
    plant(bug);
    PANIC.take();
    reset_steps();
    QUIET.set(true);
    let done = catch_unwind(AssertUnwindSafe(|| in_its_own_time(seed, logged)));
    QUIET.set(false);
    plant(None);
    let mut report = done.unwrap_or_else(|_| Report {
        failure: None,
        log: String::new(),
        frames: 0,
        messages: 0,
        counts: BTreeMap::new(),
    });
    if let Some(text) = PANIC.take() {
        report.failure = Some(Failure { property: Property::NoPanic, text });
    }
    report
}

/// Has panics remembered, for tokio keeps those of tasks to itself.
pub(crate) fn remember_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if QUIET.get() {
            PANIC.with_borrow_mut(|it| {
                it.get_or_insert_with(|| info.to_string());
            });
        } else {
            before(info);
        }
    }));
}

fn in_its_own_time(seed: u64, logged: bool) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime starts");
    LocalSet::new().block_on(&runtime, live(seed, logged))
}

async fn live(seed: u64, logged: bool) -> Report {
    let mut random = Random::new(seed);
    let world = Rc::new(World::new(logged));
    let broker = Broker::new(Rc::clone(&world), random.fork());
    let cast = Cast { world: Rc::clone(&world), broker };
    let connections = random.within(1..4) as u32;
    for id in 1..=connections {
        let mut random = random.fork();
        let plan = Plan::draw(&mut random);
        if !world.has_failed() {
            connection(&cast, id, plan, &mut random).await;
        }
    }
    if !world.has_failed() {
        finish(&cast, connections + 1, &mut random).await;
    }
    if !world.has_failed() {
        audit(&world, &cast.broker.borrow());
    }
    let messages = world.ledger.borrow().seen.len();
    let (failure, frames) = (world.failure(), world.frames.get());
    let counts = std::mem::take(&mut world.ledger.borrow_mut().counts);
    Report { failure, log: world.take_log(), frames, messages, counts }
}
