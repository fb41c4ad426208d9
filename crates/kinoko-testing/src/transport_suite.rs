//! What every transport must do, as cases to run against one.
//!
//! A [`Subject`] connects to one broker, as often as a case asks; [`Features`] say what the
//! transport does not promise. [`transport_suite!`](crate::transport_suite!) makes a test of each
//! case, and [`run`] runs them all and reports.
//!
//! The cases know nothing of how long a transport takes: they wait for what must come, with a
//! deadline, and that something does *not* come they show with a marker sent behind it.
//!
//! ```
//! use std::sync::Arc;
//! use kinoko_core::{Memory, Transport};
//! use kinoko_testing::transport_suite::{self, Features};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let memory = Memory::new();
//! let connect = move || {
//!     let transport: Arc<dyn Transport> = Arc::new(memory.clone());
//!     async { Ok(transport) }
//! };
//! let report = transport_suite::run(connect, Features::default()).await;
//! assert!(report.failed.is_empty(), "{report}");
//! # }
//! ```

mod cancels;
mod case;
mod cases;
mod close;
mod competing;
mod concurrency;
mod delivery;
mod events;
mod expiry;
mod faults;
mod message;
mod prefetch;
mod replies;
mod report;
mod settle;
mod unroutable;

use std::{sync::Arc, time::Duration};

use kinoko_core::{BoxFuture, Error, Transport};

pub use self::report::Report;
use self::{
    case::{Case, Checked, Stop},
    cases::{CASES, Entry},
};

/// A broker, and how to reach it over the transport under test.
///
/// A closure that connects is one. The cases use names of their own, so they can share a broker.
pub trait Subject: Send + Sync + 'static {
    /// A connection of its own to the broker, as a process has. Every one is to the same broker.
    fn connect(&self) -> BoxFuture<'_, Result<Arc<dyn Transport>, Error>>;

    /// Breaks every connection there is, as a network does, or `None` if that cannot be done.
    fn disconnect(&self) -> Option<BoxFuture<'_, ()>> {
        None
    }

    /// Stops the broker and starts it again, or `None` if that cannot be done.
    fn restart(&self) -> Option<BoxFuture<'_, ()>> {
        None
    }
}

impl<F, Fut> Subject for F
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Arc<dyn Transport>, Error>> + Send + 'static,
{
    fn connect(&self) -> BoxFuture<'_, Result<Arc<dyn Transport>, Error>> {
        Box::pin(self())
    }
}

/// What the transport under test promises, beside what every transport must.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Features {
    /// Messages from one sender to one receiver arrive in the order they were sent.
    pub ordered: bool,
    /// What is given back comes again before what was sent after it.
    pub requeues_in_place: bool,
    /// Messages are dropped once their time has passed.
    pub expiry: bool,
    /// `*` and `#` in an event type match words.
    pub wildcards: bool,
    /// That nobody is addressed is an error of the publish itself for fast messages too. Else those
    /// come back on the replies subscription.
    pub fast_unroutable_at_publish: bool,
    /// What is durable is still there after the broker was started again.
    pub persistent: bool,
    /// How long a case may take. One that breaks connections may take six times as long.
    pub deadline: Duration,
}

impl Default for Features {
    /// Everything, within ten seconds.
    fn default() -> Features {
        Features {
            ordered: true,
            requeues_in_place: true,
            expiry: true,
            wildcards: true,
            fast_unroutable_at_publish: true,
            persistent: true,
            deadline: Duration::from_secs(10),
        }
    }
}

/// Runs every case, one after the other, and prints how each went.
pub async fn run(subject: impl Subject, features: Features) -> Report {
    let subject: Arc<dyn Subject> = Arc::new(subject);
    let mut report = Report::default();
    for entry in CASES {
        let outcome = run_case(entry, Arc::clone(&subject), &features).await;
        println!("{} ... {}", entry.name, Word(&outcome));
        report.add(entry.name, outcome);
    }
    report
}

/// Runs one case on a runtime of its own: what [`transport_suite!`](crate::transport_suite!) makes
/// its tests of.
///
/// # Errors
/// Why the case failed, or that there is none of that name.
pub fn test<S: Subject>(
    name: &str,
    subject: impl Future<Output = S>,
    features: &Features,
) -> Result<(), String> {
    let entry = CASES.iter().find(|entry| entry.name == name);
    let entry = entry.ok_or_else(|| format!("there is no case {name} in the transport suite"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|err| format!("no runtime to run {name} on: {err}"))?;
    let outcome = runtime.block_on(async {
        let subject: Arc<dyn Subject> = Arc::new(subject.await);
        run_case(entry, subject, features).await
    });
    match outcome {
        Ok(()) => Ok(()),
        Err(Stop::Failed(why)) => Err(why),
        Err(Stop::LeftOut(why)) => {
            println!("{name} left out: {why}");
            Ok(())
        }
    }
}

/// Makes a test of each case of the [transport suite](mod@crate::transport_suite): `delivery::in_order`
/// and so on.
///
/// It takes what makes a [`Subject`], which may await, and the [`Features`]. Both are evaluated for
/// each case.
///
/// ```
/// use std::sync::Arc;
/// use kinoko_core::{Error, Memory, Transport};
/// use kinoko_testing::transport_suite::{Features, Subject};
///
/// fn broker() -> impl Subject {
///     let memory = Memory::new();
///     move || {
///         let transport: Arc<dyn Transport> = Arc::new(memory.clone());
///         async { Ok(transport) }
///     }
/// }
///
/// kinoko_testing::transport_suite!(broker(), Features::default());
/// ```
#[macro_export]
macro_rules! transport_suite {
    ($subject:expr, $features:expr $(,)?) => {
        #[cfg(test)]
        async fn __transport_suite_subject() -> impl $crate::transport_suite::Subject {
            $subject
        }

        #[cfg(test)]
        fn __transport_suite_features() -> $crate::transport_suite::Features {
            $features
        }

        $crate::__transport_cases! { __transport_tests }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __transport_tests {
    ($($topic:ident { $($case:ident,)* })*) => {$(
        #[cfg(test)]
        mod $topic {$(
            #[test]
            fn $case() -> Result<(), String> {
                $crate::transport_suite::test(
                    concat!(stringify!($topic), "::", stringify!($case)),
                    super::__transport_suite_subject(),
                    &super::__transport_suite_features(),
                )
            }
        )*}
    )*};
}

async fn run_case(entry: &Entry, subject: Arc<dyn Subject>, features: &Features) -> Checked {
    let breaks = entry.name.starts_with("faults::");
    let deadline = features.deadline * if breaks { 6 } else { 1 };
    // On a task of its own, so that a transport that panics fails the case and not the run.
    let mut running = tokio::spawn((entry.run)(Case::new(subject, features.clone(), deadline)));
    match tokio::time::timeout(deadline, &mut running).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(err)) => Err(Stop::Failed(format!("the transport panicked: {err}"))),
        Err(_) => {
            running.abort();
            Err(Stop::Failed(format!("not done after {deadline:?}")))
        }
    }
}

/// An outcome as it is printed.
struct Word<'a>(&'a Checked);

impl std::fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Ok(()) => f.write_str("ok"),
            Err(Stop::Failed(why)) => write!(f, "FAILED: {why}"),
            Err(Stop::LeftOut(why)) => write!(f, "left out: {why}"),
        }
    }
}
