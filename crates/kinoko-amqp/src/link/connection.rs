//! [`Link`]: a connection, from the handshake until it is lost.
//!
//! The library bounds neither the TCP connect nor the handshake, and a connection whose broker has
//! stopped reading cannot be closed in order. So a second handle to the socket is kept here: what
//! takes too long is ended by shutting the socket down under the library.

use std::{
    collections::HashSet,
    net::{Shutdown, TcpStream},
    os::fd::AsFd,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use futures_util::StreamExt;
use lapin::{
    AsyncTcpStream, Connection, ConnectionProperties, Event,
    tcp::{OwnedIdentity, OwnedTLSConfig},
    uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo, SASLMechanism},
};
use tokio::{
    sync::watch,
    time::{Instant, timeout, timeout_at},
};

use super::{LinkError, wire};
use crate::{AmqpOptions, Endpoint, LoginMethod};

/// For a question to the broker on a connection that works.
const ANSWER_DEADLINE: Duration = Duration::from_secs(10);
/// For closing in order. After that the socket is shut down.
const CLOSE_DEADLINE: Duration = Duration::from_secs(2);
/// How often the state is looked at, should the library not tell of a change.
const LOOK: Duration = Duration::from_millis(500);

/// A connection to the broker. It is never reopened.
pub(crate) struct Link {
    /// Tells this link from those before it.
    pub epoch: u64,
    pub(super) connection: Connection,
    state: watch::Receiver<LinkState>,
    socket: Arc<Socket>,
    /// The exchanges that were declared on it.
    pub(super) declared: RwLock<HashSet<String>>,
    /// Held by whoever declares one.
    pub(super) declaring: tokio::sync::Mutex<()>,
}

/// How a link is.
#[derive(Debug, Clone)]
pub(crate) enum LinkState {
    Open,
    /// The broker takes no messages for now. It says why.
    Blocked {
        since: Instant,
        reason: String,
    },
    Lost(String),
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
        let late = || LinkError::lost("nothing was heard in time");
        let host = (endpoint.host.clone(), endpoint.port);
        let addresses: Vec<_> = timeout_at(deadline, tokio::net::lookup_host(host))
            .await
            .map_err(|_| late())?
            .map_err(|err| LinkError::lost(err.to_string()))?
            .collect();
        let tls = tls_config(endpoint, options)?;
        let domain = options.tls.as_ref().and_then(|it| it.server_name.clone());
        let domain = domain.unwrap_or_else(|| endpoint.host.clone());
        let socket = Arc::new(Socket::default());
        let runtime = lapin::runtime::default_runtime().map_err(|err| wire::error(&err))?;
        let properties = ConnectionProperties::default()
            .with_connection_name(format!("{} {role}", options.connection_name).into())
            .with_client_property("product".into(), "kinoko".into())
            .with_client_property("version".into(), env!("CARGO_PKG_VERSION").into());

        // Also when whoever waits for it goes away.
        let mut opening = Opening(Some(Arc::clone(&socket)));
        let kept = Arc::clone(&socket);
        let connected = Connection::connector(
            uri(endpoint, options),
            runtime,
            async move |_, runtime| {
                let left = deadline.saturating_duration_since(Instant::now());
                let stream = timeout(left, AsyncTcpStream::connect(&runtime, addresses.clone()))
                    .await
                    .map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))??;
                if let AsyncTcpStream::Plain(stream) = &stream {
                    kept.keep(stream.get_ref().as_fd().try_clone_to_owned()?.into());
                }
                match &tls {
                    Some(tls) => Ok(stream.into_tls(&domain, tls.as_ref()).await?),
                    None => Ok(stream),
                }
            },
            properties,
        );
        let connection = timeout_at(deadline, connected)
            .await
            .map_err(|_| late())?
            .map_err(|err| wire::error(&err))?;
        opening.0 = None;
        let state = watch_state(&connection, Arc::clone(&socket));
        let (declared, declaring) = Default::default();
        Ok(Arc::new(Link { epoch, connection, state, socket, declared, declaring }))
    }

    pub(crate) fn state(&self) -> LinkState {
        self.state.borrow().clone()
    }

    /// Follows the state.
    pub(crate) fn watch(&self) -> watch::Receiver<LinkState> {
        self.state.clone()
    }

    pub(crate) fn is_lost(&self) -> bool {
        !self.connection.status().connected()
    }

    pub(crate) fn is_blocked(&self) -> bool {
        self.connection.status().blocked()
    }

    /// Resolves when the link is lost, to the reason.
    pub(crate) async fn lost(&self) -> String {
        let mut state = self.watch();
        match state.wait_for(|it| matches!(it, LinkState::Lost(_))).await.as_deref() {
            Ok(LinkState::Lost(reason)) => reason.clone(),
            _ => "the connection is gone".to_owned(),
        }
    }

    /// Closes in order, if the broker still listens; else drops it.
    pub(crate) async fn close(&self) {
        if !self.is_lost() && !self.is_blocked() {
            // Too late or in order, it is over.
            let _ = timeout(CLOSE_DEADLINE, self.connection.close(200, "closed".into())).await;
        }
        self.socket.shutdown();
    }

    /// A question to the broker, under a deadline.
    pub(super) async fn ask<T>(
        &self,
        question: impl Future<Output = lapin::Result<T>>,
    ) -> Result<T, LinkError> {
        match timeout(ANSWER_DEADLINE, question).await {
            Ok(answer) => answer.map_err(|err| wire::error(&err)),
            Err(_) => Err(LinkError::lost("the broker did not answer in time")),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if self.is_blocked() {
            self.socket.shutdown();
        }
    }
}

/// A second handle to the socket, to shut it down whatever the library is doing.
#[derive(Default)]
struct Socket(Mutex<Option<TcpStream>>);

impl Socket {
    fn keep(&self, stream: TcpStream) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(stream);
    }

    fn shutdown(&self) {
        if let Some(stream) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // It may be gone already, which is what is wanted.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// A connection being opened: unless it comes to something, its socket is shut down.
struct Opening(Option<Arc<Socket>>);

impl Drop for Opening {
    fn drop(&mut self) {
        if let Some(socket) = self.0.take() {
            socket.shutdown();
        }
    }
}

fn watch_state(connection: &Connection, socket: Arc<Socket>) -> watch::Receiver<LinkState> {
    let (tell, state) = watch::channel(LinkState::Open);
    let mut events = Box::pin(connection.events_listener());
    let status = connection.status().clone();
    tokio::spawn(async move {
        let mut reason = None;
        loop {
            match timeout(LOOK, events.next()).await {
                Ok(Some(Event::ConnectionBlocked(reason))) => {
                    tell.send_replace(LinkState::Blocked { since: Instant::now(), reason });
                }
                Ok(Some(Event::ConnectionUnblocked)) => {
                    tell.send_replace(LinkState::Open);
                }
                // A channel's errors come here too, so this alone does not mean that it is lost.
                Ok(Some(Event::Error(err))) => reason = Some(wire::error(&err).text),
                Ok(Some(_)) | Err(_) => {}
                Ok(None) => break,
            }
            if status.closed() || status.errored() {
                break;
            }
        }
        let reason = reason.unwrap_or_else(|| "the connection was closed".to_owned());
        // The library lets go of its handle and ours would keep the connection alive.
        socket.shutdown();
        tell.send_replace(LinkState::Lost(reason));
    });
    state
}

fn uri(endpoint: &Endpoint, options: &AmqpOptions) -> AMQPUri {
    // Without one of ours, the library takes the broker's.
    let heartbeat = options.heartbeat.as_secs().min(u16::MAX.into());
    let heartbeat = u16::try_from(heartbeat).ok().filter(|it| *it > 0);
    AMQPUri {
        // TLS is put on the stream before the library gets it.
        scheme: AMQPScheme::AMQP,
        authority: AMQPAuthority {
            userinfo: AMQPUserInfo {
                username: endpoint.user.clone(),
                password: endpoint.password.clone(),
            },
            host: endpoint.host.clone(),
            port: endpoint.port,
        },
        vhost: endpoint.vhost.clone(),
        query: AMQPQueryString {
            heartbeat,
            auth_mechanism: Some(match options.login {
                LoginMethod::Plain => SASLMechanism::Plain,
                LoginMethod::AmqPlain => SASLMechanism::AMQPlain,
                LoginMethod::External => SASLMechanism::External,
            }),
            ..AMQPQueryString::default()
        },
    }
}

fn tls_config(
    endpoint: &Endpoint,
    options: &AmqpOptions,
) -> Result<Option<OwnedTLSConfig>, LinkError> {
    if !endpoint.tls && options.tls.is_none() {
        return Ok(None);
    }
    if !cfg!(feature = "tls") {
        return Err(LinkError::settings(
            "TLS is asked for and kinoko-amqp is built without it; switch its feature `tls` on",
        ));
    }
    let read = |path: &std::path::Path| {
        std::fs::read(path).map_err(|err| {
            LinkError::settings(format!("cannot read the certificate {}: {err}", path.display()))
        })
    };
    let Some(tls) = &options.tls else { return Ok(Some(OwnedTLSConfig::default())) };
    let cert_chain = match &tls.ca_file {
        Some(path) => Some(String::from_utf8_lossy(&read(path)?).into_owned()),
        None => None,
    };
    let identity = match &tls.identity {
        Some(it) => Some(OwnedIdentity::PKCS8 { pem: read(&it.certificate)?, key: read(&it.key)? }),
        None => None,
    };
    Ok(Some(OwnedTLSConfig { identity, cert_chain }))
}
