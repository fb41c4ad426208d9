//! The same as one would write it by hand: lapin, channels and axum, with nothing between.
//!
//! What goes over the wire is the same as Kinoko sends: exchanges, queues, properties, headers,
//! bodies and confirms. So what differs is what a process does for it.

pub(crate) mod broker;
pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod http_load;
pub(crate) mod in_process;
pub(crate) mod json;
pub(crate) mod rpc_client;
pub(crate) mod rpc_service;
