//! Events: what happened, told to whoever wants to know.
//!
//! An event is a type that names the service it comes from and what it is called there. The service
//! emits it with a [`Dispatcher`]; others handle it, by that type or by a narrower one of their own.

mod dispatcher;
mod handler;

use kinoko_manifest::EventInfo;
use serde::Serialize;

pub use dispatcher::{Dispatcher, Recorded};
pub use handler::Events;

/// Something that happened in a service. Written by `#[derive(Event)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    note = "put `#[derive(Event)]` and `#[event(source = \"…\", name = \"…\")]` on the struct"
)]
pub trait Event: Serialize + Send + 'static {
    /// The service whose event it is.
    const SOURCE: &'static str;
    /// What it is called there.
    const TYPE: &'static str;
}

/// One event, or an enum of several: what a [`Dispatcher`] may emit. Written by `#[derive(Event)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither an event nor an enum of events",
    note = "put `#[derive(Event)]` on it, with `#[event(source = \"…\", name = \"…\")]` if it is one event"
)]
pub trait EventSet: Send + 'static {
    /// What the manifest says of them.
    fn describe() -> Vec<EventInfo>;
}

/// Says that a set has an event in it. Written by `#[derive(Event)]`.
#[diagnostic::on_unimplemented(
    message = "the dispatcher of `{Self}` may not emit `{E}`",
    note = "add a variant that holds `{E}` to the enum with `#[derive(Event)]`"
)]
pub trait Emits<E: Event>: EventSet {}
