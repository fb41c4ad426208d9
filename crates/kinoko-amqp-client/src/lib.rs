//! An AMQP 0-9-1 client for RabbitMQ: exact about what became of a message, bounded in memory, and
//! with a protocol that does no I/O.
//!
//! ```no_run
//! use kinoko_amqp_client::{Connection, Consume, Outcome, Publish};
//!
//! # async fn example() -> Result<(), kinoko_amqp_client::Error> {
//! let connection = Connection::connect("amqp://guest:guest@localhost").await?;
//! let channel = connection.open_channel().await?;
//! let message = Publish { routing_key: "orders".into(), body: "{}".into(), ..Publish::default() };
//! assert_eq!(channel.publish(&message).await?, Outcome::Confirmed);
//!
//! channel.prefetch(100).await?;
//! let mut orders = channel.consume(&Consume { queue: "orders", ..Consume::default() }).await?;
//! while let Some(delivery) = orders.next().await {
//!     let delivery = delivery?;
//!     println!("{:?}", delivery.message());
//!     delivery.ack()?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! What is dropped is let go of in order: a [`Delivery`] goes back to its queue, a [`Consumer`] is
//! cancelled, a [`Channel`] and a [`Connection`] are closed once nothing of theirs is left. Nothing
//! reconnects by itself.
//!
//! Three layers, each of use without the next: [`codec`] (what lies on the wire), [`protocol`] (a
//! connection as a state machine, without I/O), and the handles here, which drive it on tokio.
//! `DESIGN.md` beside this crate says why, and where each rule of AMQP is.

pub mod codec;
mod driver;
mod error;
#[doc(hidden)]
pub mod planted;
pub mod protocol;
mod reply_code;
mod uri;

pub use crate::{
    codec::{Array, Fields, NestedFields, NestedValues, Properties, Table, Text, Value, Values},
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
