//! Calls between services: the `rpc` entrypoint, and the client half of the same conversation.

pub(crate) mod caller;
mod calls;
mod client;
mod ids;
mod server;

pub use client::{Client, ServiceClient};
pub use server::Rpc;
