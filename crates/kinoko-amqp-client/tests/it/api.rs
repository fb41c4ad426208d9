//! Everything the client can ask of a broker, and what the broker makes of it.

mod channels;
mod consuming;
mod cost;
mod login;
mod names;
mod properties;
mod publishing;
mod tls;
mod topology;

use crate::case::Test;

pub(crate) fn tests() -> Vec<(&'static str, Test)> {
    [
        // First, for memory that was used before and is free would hide what it takes.
        cost::TESTS,
        topology::TESTS,
        publishing::TESTS,
        properties::TESTS,
        names::TESTS,
        consuming::TESTS,
        channels::TESTS,
        login::TESTS,
        tls::TESTS,
    ]
    .concat()
}
