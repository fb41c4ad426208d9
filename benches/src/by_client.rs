//! The loops written by hand, on Kinoko's own AMQP client and nothing else of it.

pub(crate) mod broker;
pub(crate) mod counted;
pub(crate) mod events;
pub(crate) mod rpc_client;
pub(crate) mod rpc_service;
