//! [`Config`]: what a connection is to be, as far as the protocol has a say in it.

use std::{fmt, time::Duration};

use crate::codec::Fields;

/// What is asked of the broker, and what of this side.
#[derive(Debug, Clone)]
pub struct Config {
    /// How to log in.
    pub login: Login,
    /// The virtual host.
    pub virtual_host: String,
    /// How often each side shows that it lives, in whole seconds; zero leaves it to the broker, which may
    /// want it more often too. A side that is silent for two is given up.
    pub heartbeat: Duration,
    /// The largest frame, in bytes. The broker may want it smaller.
    pub frame_max: u32,
    /// How many channels there may be. The broker may want fewer.
    pub channel_max: u16,
    /// What the broker's listings show of this connection: `connection_name`, `product`, `version`.
    pub client_properties: Fields,
    /// What may become how large.
    pub limits: Limits,
    /// How long the login may take.
    pub handshake_timeout: Duration,
    /// How long the answer to a request may take.
    pub answer_timeout: Duration,
    /// How long closing may take: what is on its way is waited for, then the broker's answer.
    pub close_timeout: Duration,
    /// How long an acknowledgement may wait for others, so that one write says them all; timers may round it up. It
    /// waits only shortly after a delivery, and where the channel has a [prefetch](crate::Channel::prefetch) of which
    /// at most half is out. When the process dies meanwhile, the link, or the channel by the broker's doing,
    /// the broker delivers again what was acknowledged in that time. Zero has each written at once.
    pub ack_delay: Duration,
}

/// The bounds of what is kept in memory.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How many bytes may wait to be written before publishing waits. Acknowledgements and requests do
    /// not wait. After a burst the room that it took is kept for some writes more, at most twice: once for what comes
    /// together, once for what is being written.
    pub buffered: usize,
    /// How many publishes of the connection may be without an outcome before publishing waits.
    pub unconfirmed: usize,
    /// The largest body that is sent, in bytes. RabbitMQ takes 128 MiB, and from 4.0 on 16.
    pub send: usize,
    /// The largest body that is received, in bytes; a larger one is [poison](super::Poison).
    pub receive: u64,
    /// How many bytes of deliveries may wait for consumers that need not acknowledge them, before nothing
    /// more is read from the connection: names, headers, bodies, and the place each takes. What one read
    /// brings may come on top. What is left by a consumer that was cancelled or has ended, or whose channel or
    /// connection is being closed, does not count.
    pub undelivered: usize,
}

/// How to log in.
#[derive(Clone)]
#[non_exhaustive]
pub enum Login {
    /// With a name and a password (SASL's PLAIN).
    Plain {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// The same in RabbitMQ's own older form.
    AmqPlain {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// With the TLS certificate, where RabbitMQ has the plugin for it.
    External,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            login: Login::Plain { user: "guest".to_owned(), password: "guest".to_owned() },
            virtual_host: "/".to_owned(),
            heartbeat: Duration::from_secs(10),
            frame_max: 128 * 1024,
            channel_max: 2047,
            client_properties: Fields::new()
                .with("product", env!("CARGO_PKG_NAME"))
                .with("version", env!("CARGO_PKG_VERSION")),
            limits: Limits::default(),
            handshake_timeout: Duration::from_secs(10),
            answer_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(2),
            ack_delay: Duration::from_millis(2),
        }
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            buffered: 1 << 20,
            unconfirmed: 65_536,
            send: 128 << 20,
            receive: 128 << 20,
            undelivered: 16 << 20,
        }
    }
}

impl Login {
    /// The name of the SASL mechanism.
    pub(super) fn mechanism(&self) -> &'static str {
        match self {
            Login::Plain { .. } => "PLAIN",
            Login::AmqPlain { .. } => "AMQPLAIN",
            Login::External => "EXTERNAL",
        }
    }

    /// What is sent to be let in.
    pub(super) fn response(&self) -> Vec<u8> {
        match self {
            Login::Plain { user, password } => format!("\0{user}\0{password}").into_bytes(),
            // A table without the length before it.
            Login::AmqPlain { user, password } => {
                let fields = Fields::new().with("LOGIN", &**user).with("PASSWORD", &**password);
                fields.as_table().as_bytes().to_vec()
            }
            Login::External => Vec::new(),
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Login::Plain { user, .. } => write!(f, "Plain({user:?}, password not shown)"),
            Login::AmqPlain { user, .. } => write!(f, "AmqPlain({user:?}, password not shown)"),
            Login::External => f.write_str("External"),
        }
    }
}

/// What this side can do, which the broker makes use of.
pub(super) fn client_properties(config: &Config) -> Result<Fields, crate::Error> {
    let mut capabilities = Fields::new();
    for name in [
        "authentication_failure_close",
        "basic.nack",
        "connection.blocked",
        "consumer_cancel_notify",
        "exchange_exchange_bindings",
        "publisher_confirms",
    ] {
        capabilities.insert(name, true);
    }
    config.client_properties.checked()?;
    let properties = config.client_properties.clone().with("platform", "Rust");
    Ok(properties.with("capabilities", capabilities.as_table()))
}
