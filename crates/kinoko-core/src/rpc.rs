//! Calls between services: the `rpc` entrypoint, and the client half of the same conversation.

pub(crate) mod caller;
mod calls;
mod client;
mod ids;
mod nested;
mod server;

pub use client::{Client, ServiceClient};
pub(crate) use nested::Nested;
pub use server::Rpc;
