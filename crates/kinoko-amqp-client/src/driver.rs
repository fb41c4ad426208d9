//! The protocol on tokio: one task a connection, and the handles that use it.

mod channel;
mod connect;
mod connection;
mod consumer;
mod declare;
mod delivery;
mod events;
mod gather;
mod hand_out;
mod publish;
mod queue;
mod shared;
mod task;
mod tls;

pub use self::{
    channel::Channel,
    connect::ConnectOptions,
    connection::Connection,
    consumer::{Consume, Consumer},
    declare::{ExchangeDeclaration, QueueDeclaration},
    delivery::{Delivery, Settler},
    events::{ConnectionEvent, Events, Returns},
    publish::Confirm,
    shared::Status,
    tls::{Tls, TlsOptions},
};
