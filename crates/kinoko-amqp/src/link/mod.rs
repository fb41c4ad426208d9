//! One connection to the broker, narrow enough to be put on another AMQP client.
//!
//! What goes in and out of here are plain types of ours; the client is named nowhere else. A link
//! never comes back: when it is lost it says so and its channels fail, and whoever used it takes the
//! next one.

mod connection;
mod consume;
mod declare;
mod headers;
mod publish;
mod wire;

use std::{borrow::Cow, fmt, sync::Arc};

use kinoko_core::{Error, ErrorKind, HeaderValue, Headers, Message, PublishError};
use uuid::Uuid;

pub(crate) use self::{
    connection::{Link, LinkState},
    consume::{Consumer, Settler},
    publish::{Confirm, PublishChannel, Returned},
};
pub(crate) use kinoko_amqp_client::Outcome;

/// A topic exchange that outlives the broker, or the default exchange, from which a message goes to the
/// queue that its routing key names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exchange<'a> {
    /// Empty for the default exchange.
    pub name: Cow<'a, str>,
    pub auto_delete: bool,
}

impl Exchange<'_> {
    pub(crate) const DEFAULT: Exchange<'static> =
        Exchange { name: Cow::Borrowed(""), auto_delete: false };

    pub(crate) fn is_default(&self) -> bool {
        self.name.is_empty()
    }
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Queue {
    pub name: String,
    pub durable: bool,
    pub exclusive: bool,
    pub auto_delete: bool,
    /// After how long without a consumer it goes, in milliseconds.
    pub expires: Option<i32>,
}

impl Queue {
    /// A queue that outlives the broker and us.
    pub(crate) fn lasting(name: String) -> Queue {
        Queue { name, durable: true, exclusive: false, auto_delete: false, expires: None }
    }
}

/// A message on its way out.
#[derive(Debug)]
pub(crate) struct Publish<'a> {
    /// Tells it from every other message. It keeps it when it is sent again.
    pub id: Uuid,
    pub exchange: Exchange<'a>,
    pub declare_exchange: bool,
    pub routing_key: Cow<'a, str>,
    pub mandatory: bool,
    pub message: &'a Message,
    /// About how many bytes its headers have.
    pub headers_size: usize,
}

/// A message that arrived, or came back.
#[derive(Debug)]
pub(crate) struct Received {
    pub message: Arc<Message>,
    pub redelivered: bool,
    /// What of it could not be read, if something could not.
    pub poison: Option<String>,
    /// What settles it, unless the broker has forgotten it.
    pub settler: Option<Settler>,
}

pub(crate) fn limit(size: usize, limit: usize) -> Result<(), PublishError> {
    if size > limit { Err(PublishError::TooLarge { size, limit }) } else { Ok(()) }
}

/// About how many bytes headers have on the wire.
///
/// # Errors
/// [`PublishError::TooLarge`] when a name is longer than `longest_name`, and
/// [`PublishError::Rejected`] for a number that is not finite: RabbitMQ cannot read one, and
/// closes the connection for everybody on it.
pub(crate) fn headers_size(headers: &Headers, longest_name: usize) -> Result<usize, PublishError> {
    let mut size = 4;
    for (name, value) in headers.iter() {
        limit(name.len(), longest_name)?;
        size += name.len() + 2 + value_size(value, longest_name)?;
    }
    Ok(size)
}

fn value_size(value: &HeaderValue, longest_name: usize) -> Result<usize, PublishError> {
    Ok(match value {
        HeaderValue::Str(text) => text.len() + 4,
        HeaderValue::Bytes(bytes) => bytes.len() + 4,
        HeaderValue::Map(headers) => headers_size(headers, longest_name)?,
        HeaderValue::List(values) => {
            let mut size = 4;
            for value in &**values {
                size += 1 + value_size(value, longest_name)?;
            }
            size
        }
        HeaderValue::Float(number) if !number.is_finite() => {
            tracing::warn!(number, "RabbitMQ closes the connection on such a header: not sent");
            return Err(PublishError::Rejected);
        }
        _ => 8,
    })
}

/// Why the broker, or the way to it, did not do what was asked.
#[derive(Debug, Clone)]
pub(crate) struct LinkError {
    pub kind: LinkErrorKind,
    pub text: String,
}

/// What kind of failure it was, to decide what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkErrorKind {
    /// Not allowed: credentials, virtual host, permissions.
    Refused,
    /// It exists and is not what was declared.
    Different,
    /// There is no such queue or exchange.
    NotFound,
    /// Another connection has it for itself.
    Locked,
    /// Our own settings are wrong: a file of certificates, say.
    Settings,
    /// There is no room for another message now.
    Full,
    /// The broker takes no messages now.
    Blocked,
    /// The connection, or the channel, is gone, or nothing was heard in time.
    Lost,
}

impl LinkError {
    pub(crate) fn lost(text: impl Into<String>) -> LinkError {
        LinkError { kind: LinkErrorKind::Lost, text: text.into() }
    }

    pub(crate) fn settings(text: impl Into<String>) -> LinkError {
        LinkError { kind: LinkErrorKind::Settings, text: text.into() }
    }

    /// Whether the broker said that it does not allow this very message, or any to its exchange. With it go
    /// others that were on their way on the channel, of which nothing is known.
    pub(crate) fn is_about(&self, publish: &Publish<'_>) -> bool {
        let Publish { exchange, routing_key, .. } = publish;
        let topic = format!("access to topic '{routing_key}' in exchange '{}' ", exchange.name);
        let whole = format!("access to exchange '{}' in vhost ", exchange.name);
        self.kind == LinkErrorKind::Refused
            && (self.text.contains(&topic) || self.text.contains(&whole))
    }

    /// Whether trying again is of no use until someone changes something.
    pub(crate) fn is_permanent(&self) -> bool {
        use LinkErrorKind::{Different, Refused, Settings};
        matches!(self.kind, Refused | Different | Settings)
    }
}

impl From<LinkError> for Error {
    fn from(error: LinkError) -> Error {
        let kind = match error.kind {
            LinkErrorKind::Refused | LinkErrorKind::Different => ErrorKind::Refused,
            LinkErrorKind::Settings => ErrorKind::Config,
            _ => ErrorKind::Unavailable,
        };
        Error::new(kind, error.text)
    }
}

impl From<kinoko_amqp_client::Error> for LinkError {
    fn from(error: kinoko_amqp_client::Error) -> LinkError {
        use kinoko_amqp_client::ErrorKind as Client;
        let kind = match error.kind() {
            Client::Refused => LinkErrorKind::Refused,
            Client::NotFound => LinkErrorKind::NotFound,
            Client::Locked => LinkErrorKind::Locked,
            Client::Precondition => LinkErrorKind::Different,
            Client::Invalid | Client::Tls => LinkErrorKind::Settings,
            Client::Full => LinkErrorKind::Full,
            Client::Blocked => LinkErrorKind::Blocked,
            _ => LinkErrorKind::Lost,
        };
        LinkError { kind, text: error.text().to_owned() }
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for LinkError {}
