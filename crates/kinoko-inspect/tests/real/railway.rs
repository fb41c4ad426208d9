//! A railway of five services in four versions each, as people write them, with changes as they happen: good ones and bad.
//!
//! What a method answers is a value of its type, in turn: see [`Script`](crate::script::Script).

mod fares;
mod notices;
mod seats;
mod tickets;
mod timetable;

use crate::version::Version;

/// The services, each with its versions, the oldest first.
pub(crate) fn services() -> Vec<Vec<Version>> {
    vec![
        timetable::versions(),
        fares::versions(),
        seats::versions(),
        tickets::versions(),
        notices::versions(),
    ]
}
