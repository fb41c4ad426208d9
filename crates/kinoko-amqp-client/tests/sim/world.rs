//! [`World`]: what everybody in a run shares: its log, its ledger, and whether something went wrong.

use std::{
    cell::{Cell, RefCell},
    fmt,
    future::Future,
    time::Duration,
};

use tokio::time::{Instant, timeout};

use crate::{ledger::Ledger, property::Property};

/// What the application, the broker and the network of one run have in common.
pub(crate) struct World {
    begun: Instant,
    /// None unless somebody will read it: to put frames into words takes more time than all the rest.
    log: RefCell<Option<String>>,
    failure: RefCell<Option<Failure>>,
    pub(crate) ledger: RefCell<Ledger>,
    pub(crate) frames: Cell<u64>,
}

/// A property that does not hold.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) property: Property,
    pub(crate) text: String,
}

impl World {
    pub(crate) fn new(logged: bool) -> World {
        World {
            begun: Instant::now(),
            log: RefCell::new(logged.then(String::new)),
            failure: RefCell::new(None),
            ledger: RefCell::new(Ledger::default()),
            frames: Cell::new(0),
        }
    }

    /// How long the run takes, in its own time.
    pub(crate) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Adds a line to the log.
    pub(crate) fn note(&self, line: impl FnOnce() -> String) {
        if let Some(log) = &mut *self.log.borrow_mut() {
            let at = self.begun.elapsed();
            log.push_str(&format!("{:>4}.{:03} {}\n", at.as_secs(), at.subsec_millis(), line()));
        }
    }

    /// Says that a property does not hold. The first counts: what follows may come from it.
    pub(crate) fn fail(&self, property: Property, text: impl fmt::Display) {
        self.note(|| format!("!!!! {property:?}: {text}"));
        let failure = Failure { property, text: text.to_string() };
        self.failure.borrow_mut().get_or_insert(failure);
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failure.borrow().is_some()
    }

    pub(crate) fn failure(&self) -> Option<Failure> {
        self.failure.borrow().clone()
    }

    pub(crate) fn take_log(&self) -> String {
        self.log.borrow_mut().take().unwrap_or_default()
    }

    /// Waits for what has to come within some time.
    pub(crate) async fn within<T>(
        &self,
        what: &str,
        bound: Duration,
        future: impl Future<Output = T>,
    ) -> Option<T> {
        // For rounding, and for those whose turn is first.
        let done = timeout(bound + Duration::from_millis(20), future).await;
        if done.is_err() {
            self.fail(Property::NothingHangs, format!("{what} takes longer than {bound:?}"));
        }
        done.ok()
    }
}
