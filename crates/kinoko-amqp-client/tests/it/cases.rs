//! What has gone wrong with clients of RabbitMQ, one test each, and what a client worth trusting does.

mod alarm;
mod attribution;
mod confirms;
mod consumers;
mod faults;
mod headers;
mod settling;

use crate::case::Test;

pub(crate) fn tests() -> Vec<(&'static str, Test)> {
    [
        confirms::TESTS,
        attribution::TESTS,
        consumers::TESTS,
        settling::TESTS,
        headers::TESTS,
        alarm::TESTS,
        faults::TESTS,
    ]
    .concat()
}
