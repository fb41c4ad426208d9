//! The protocol as a state machine: no socket, no clock, no task, no lock, no chance.

mod acks;
mod answers;
mod channel;
mod config;
mod confirms;
mod connection;
mod ending;
mod event;
mod handshake;
mod heartbeat;
mod message;
mod output;
mod prints;
mod publish;
mod receive;
mod requests;
mod settle;
mod unacked;

pub use self::{
    config::{Config, Limits, Login},
    connection::Connection,
    event::{
        Answer, ChannelId, ConsumerId, Delivered, Event, Got, Outcome, Publish, QueueState,
        Returned, Settle,
    },
    message::{Message, Poison},
    output::Output,
};
