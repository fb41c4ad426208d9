//! The least that can be called a client: bytes put together by hand, for what a machine can do at most.
//!
//! It sends and reads the same as the other loops, on one connection, and has nothing else: it
//! checks nothing it receives, bounds nothing, tells no error apart, sends no heartbeat and never
//! comes back. What goes over the wire only once is written with the client's codec; what goes over
//! it with each call is not.

pub(crate) mod rpc;
mod wire;
