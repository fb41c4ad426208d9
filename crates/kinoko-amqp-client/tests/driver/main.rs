//! The driver on a stream in memory, in the test's own time.

mod peer;
mod runtime;
mod silence;
mod unread;
