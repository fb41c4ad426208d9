//! [`AmqpOptions`]: everything that can be said about a connection to RabbitMQ.

use std::{path::PathBuf, time::Duration};

use kinoko_core::Error;

use crate::Endpoint;

/// How to reach RabbitMQ and how much to ask of it.
///
/// ```
/// use std::time::Duration;
///
/// let mut options = kinoko_amqp::AmqpOptions::new("amqp://rabbit-1;amqp://rabbit-2")?;
/// options.connection_name = "payments".to_owned();
/// options.publish_deadline = Duration::from_secs(2);
/// # Ok::<_, kinoko_amqp::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct AmqpOptions {
    /// The brokers of one cluster. They are tried in this order, and again after the last.
    pub endpoints: Vec<Endpoint>,
    /// What the broker's listings show beside our connections.
    pub connection_name: String,
    /// How often each side shows that it lives, in whole seconds. A link is given up after two.
    pub heartbeat: Duration,
    /// The exchange of requests and replies: `nameko-rpc`, unless the peers have another.
    pub rpc_exchange: String,
    /// Whether replies to Kinoko go straight to the queue of whoever called, through the default exchange,
    /// where we may write to that: RabbitMQ has less to do then. Else, and always to Nameko, they go through [`rpc_exchange`](AmqpOptions::rpc_exchange).
    pub direct_replies: bool,
    /// For one attempt to connect: names, TCP, TLS, login and all, over all endpoints together.
    pub connect_deadline: Duration,
    /// For one publish, over lost connections. Before that a message may wait for its place in the
    /// window: as long again, or as long as it is of use when it says so.
    pub publish_deadline: Duration,
    /// How many messages may be on their way and not yet confirmed. More wait.
    pub window: usize,
    /// How many bytes may wait to be written to a connection. More wait; one message may be larger than
    /// this, alone.
    pub window_bytes: usize,
    /// How long publishing waits when the broker is short of memory or disk, before it is refused.
    pub blocked_grace: Duration,
    /// The largest body that is sent, in bytes. 16 MiB, which is what RabbitMQ 4 takes at most.
    pub max_body: usize,
    /// Whether exchanges of events are declared. Not, where an administrator does it.
    pub declare_event_exchanges: bool,
    /// Whether exchanges of events go with their last queue. All peers must say the same.
    pub auto_delete_event_exchanges: bool,
    /// How often it is looked whether the broker still has our consumers and bindings.
    pub reconcile_every: Duration,
    /// How to speak TLS. Endpoints with `amqps://` do without it; with it, all of them speak TLS.
    pub tls: Option<TlsOptions>,
    /// How to log in.
    pub login: LoginMethod,
}

impl AmqpOptions {
    /// The defaults, for a list of URIs separated by `;`.
    ///
    /// # Errors
    /// [`Config`](kinoko_core::ErrorKind::Config) when one of them is not an AMQP URI.
    pub fn new(uris: &str) -> Result<AmqpOptions, Error> {
        Ok(AmqpOptions {
            endpoints: Endpoint::list(uris)?,
            connection_name: "kinoko".to_owned(),
            heartbeat: Duration::from_secs(10),
            rpc_exchange: "nameko-rpc".to_owned(),
            direct_replies: true,
            connect_deadline: Duration::from_secs(10),
            publish_deadline: Duration::from_secs(5),
            window: 4096,
            window_bytes: 4 << 20,
            blocked_grace: Duration::from_secs(1),
            max_body: 16 << 20,
            declare_event_exchanges: true,
            auto_delete_event_exchanges: false,
            reconcile_every: Duration::from_secs(30),
            tls: None,
            login: LoginMethod::Plain,
        })
    }
}

/// Certificates, where the system's do not do. The version and the ciphers are not for choosing.
#[derive(Debug, Clone, Default)]
pub struct TlsOptions {
    /// A file of certificate authorities in PEM, trusted in addition to the system's.
    pub ca_file: Option<PathBuf>,
    /// Our own certificate, when the broker asks for one.
    pub identity: Option<TlsIdentity>,
    /// The name the broker's certificate must have, where it is not the URI's host.
    pub server_name: Option<String>,
}

/// A client's certificate.
#[derive(Debug, Clone)]
pub struct TlsIdentity {
    /// The file with the certificate, in PEM.
    pub certificate: PathBuf,
    /// The file with its key, in PEM and not encrypted.
    pub key: PathBuf,
}

/// How to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LoginMethod {
    /// With the URI's user and password.
    #[default]
    Plain,
    /// The same in RabbitMQ's own older form.
    AmqPlain,
    /// With the TLS certificate, where RabbitMQ has the plugin for it.
    External,
}
