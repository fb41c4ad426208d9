//! [`Link`]: a connection, from the login until it is lost.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Arc, RwLock},
    time::Duration,
};

use kinoko_amqp_client::{
    Config, ConnectOptions, Connection, Fields, Limits, Login, Tls, TlsOptions,
};
use tokio::{sync::watch, time::Instant};

use super::LinkError;
use crate::{AmqpOptions, Endpoint, LoginMethod};

/// For a question to the broker on a connection that works.
const ANSWER_DEADLINE: Duration = Duration::from_secs(10);
/// For what is on its way when the link is closed, and again for closing in order.
const CLOSE_DEADLINE: Duration = Duration::from_secs(1);

/// How a link is.
pub(crate) use kinoko_amqp_client::Status as LinkState;

/// A connection to the broker. It is never reopened.
pub(crate) struct Link {
    /// Tells this link from those before it.
    pub epoch: u64,
    pub(super) connection: Connection,
    /// The exchanges that were declared on it. Of these and of the methods there are mostly few, and to compare a name
    /// with some of them takes less than to hash it.
    pub(super) declared: RwLock<BTreeSet<String>>,
    /// The exchanges that we may not declare and that are there.
    pub(super) foreign: RwLock<BTreeSet<String>>,
    /// The methods that a request got to, or would have: it is allowed.
    pub(super) allowed: RwLock<BTreeSet<String>>,
    /// Whether the default exchange may be published to, once that is known.
    pub(super) direct: RwLock<Option<bool>>,
    /// Held by whoever declares one, or asks.
    pub(super) declaring: tokio::sync::Mutex<()>,
}

impl Link {
    /// Connects and logs in.
    ///
    /// # Errors
    /// What was wrong, as far as it can be told. Never the password.
    pub(crate) async fn open(
        endpoint: &Endpoint,
        options: &AmqpOptions,
        role: &str,
        epoch: u64,
        deadline: Instant,
    ) -> Result<Arc<Link>, LinkError> {
        let timeout = deadline.saturating_duration_since(Instant::now());
        let options = ConnectOptions {
            addresses: vec![(endpoint.host.clone(), endpoint.port)],
            timeout,
            tls: tls(endpoint, options)?,
            config: config(endpoint, options, role, timeout),
        };
        let connection = Connection::connect_with(&options).await?;
        let (declared, foreign, allowed, direct, declaring) = Default::default();
        Ok(Arc::new(Link { epoch, connection, declared, foreign, allowed, direct, declaring }))
    }

    pub(crate) fn state(&self) -> LinkState {
        self.connection.status().borrow().clone()
    }

    /// Follows the state.
    pub(crate) fn watch(&self) -> watch::Receiver<LinkState> {
        self.connection.status()
    }

    pub(crate) fn is_blocked(&self) -> bool {
        self.connection.is_blocked()
    }

    /// Resolves when the link is lost, to the reason.
    pub(crate) async fn lost(&self) -> String {
        self.connection.closed().await.to_string()
    }

    /// Closes in order, if the broker still listens; else drops it.
    pub(crate) async fn close(&self) {
        if self.is_blocked() {
            self.connection.abort();
        }
        self.connection.close().await;
    }
}

fn config(endpoint: &Endpoint, options: &AmqpOptions, role: &str, timeout: Duration) -> Config {
    let (user, password) = (endpoint.user.clone(), endpoint.password.clone());
    Config {
        login: match options.login {
            LoginMethod::Plain => Login::Plain { user, password },
            LoginMethod::AmqPlain => Login::AmqPlain { user, password },
            LoginMethod::External => Login::External,
        },
        virtual_host: endpoint.vhost.clone(),
        heartbeat: options.heartbeat,
        client_properties: Fields::new()
            .with("connection_name", &*format!("{} {role}", options.connection_name))
            .with("product", "kinoko")
            .with("version", env!("CARGO_PKG_VERSION")),
        limits: Limits {
            unconfirmed: options.window.max(1),
            buffered: options.window_bytes.max(1),
            // It is checked before, where the error can say more.
            send: usize::MAX,
            ..Limits::default()
        },
        handshake_timeout: timeout,
        answer_timeout: ANSWER_DEADLINE,
        close_timeout: CLOSE_DEADLINE,
        ..Config::default()
    }
}

fn tls(endpoint: &Endpoint, options: &AmqpOptions) -> Result<Option<Tls>, LinkError> {
    if !endpoint.tls && options.tls.is_none() {
        return Ok(None);
    }
    let options = options.tls.clone().unwrap_or_default();
    let authorities = options.ca_file.as_deref().map(read).transpose()?;
    let identity = match &options.identity {
        Some(it) => Some((read(&it.certificate)?, read(&it.key)?)),
        None => None,
    };
    let server_name = options.server_name;
    Ok(Some(Tls::new(TlsOptions { authorities, identity, server_name })?))
}

fn read(path: &Path) -> Result<Vec<u8>, LinkError> {
    std::fs::read(path).map_err(|err| {
        LinkError::settings(format!("cannot read the certificate {}: {err}", path.display()))
    })
}
