//! The loops written by hand, on amqprs. It tells of confirms in a callback, by number and not by
//! publish, so there are only calls that wait for none.

mod broker;
pub(crate) mod rpc_client;
pub(crate) mod rpc_service;
