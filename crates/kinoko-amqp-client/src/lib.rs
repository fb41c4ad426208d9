//! An AMQP 0-9-1 client for RabbitMQ.

pub mod codec;
mod driver;
mod error;
#[doc(hidden)]
pub mod planted;
pub mod protocol;
mod reply_code;
mod uri;

pub use crate::{
    codec::{Array, Fields, Properties, Table, Text, Value, Values},
    driver::{
        Channel, Confirm, ConnectOptions, Connection, ConnectionEvent, Consume, Consumer, Delivery,
        Events, ExchangeDeclaration, QueueDeclaration, Returns, Settler, Status, Tls, TlsOptions,
    },
    error::{Error, ErrorKind},
    protocol::{
        Config, Limits, Login, Message, Outcome, Poison, Publish, QueueState, Returned, Settle,
    },
    reply_code::{Blame, ReplyCode, Retry, Scope},
};
