//! [`Connection`]: the handle of a connection.

use std::sync::Arc;

use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{oneshot, watch},
};

use super::{
    channel::Channel,
    events::Events,
    shared::{Call, Closes, Machine, Shared, Status, now},
    task::Driver,
};
use crate::{
    Error,
    protocol::{self, Config},
};

/// A connection to a broker, logged in. Cheap to clone; all clones are one.
///
/// It never comes back by itself: once it is lost, everything on it fails with the same error, and
/// whoever wants another makes another, and declares and consumes anew what it needs. That way nothing
/// is done to a broker that nobody asked for.
///
/// Dropping the last of it, its channels, consumers and deliveries closes it as [`close`](Connection::close)
/// does, without waiting.
#[derive(Clone)]
pub struct Connection(Arc<Handle>);

/// What keeps the connection: held by everything that hands something out of it.
pub(super) struct Handle {
    pub(super) shared: Arc<Shared>,
}

impl Connection {
    /// Logs in over a stream that is there: a socket of one's own, a pipe in a test. It is driven by a
    /// task on the current runtime.
    ///
    /// # Errors
    /// When the broker does not let us in, the stream ends, or the
    /// [time](Config::handshake_timeout) for it passes.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn over<S>(stream: S, config: Config) -> Result<Connection, Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let limits = config.limits.clone();
        let shared = Shared::new(Machine::new(config, now())?, limits);
        let (opened, opening) = oneshot::channel();
        // Made first: should whoever waits go away, its drop ends the connection.
        let connection = Connection(Arc::new(Handle { shared: Arc::clone(&shared) }));
        tokio::spawn(Driver::new(shared, stream, opened));
        opening.await.unwrap_or_else(|_| Err(Error::closed()))?;
        Ok(connection)
    }

    /// Opens a channel.
    ///
    /// # Errors
    /// When the connection is lost, or has no channel left.
    pub async fn open_channel(&self) -> Result<Channel, Error> {
        let (reply, answer) = oneshot::channel();
        let call = Call::Channel(reply, Arc::clone(&self.0));
        self.0.shared.command(|it, now| it.open_channel(call, now)).map_err(|(err, _)| err)?;
        Ok(Channel::new(answered(answer).await?))
    }

    /// Closes in order: waits for the outcome of what was published, tells the broker, and waits for
    /// its answer; each at most [as long](Config::close_timeout) as that may take. Everything else that
    /// is on its way fails. Once this returns nothing happens on the connection any more.
    pub async fn close(&self) {
        self.0.shared.close(Closes::Connection, |it, now| it.close(now));
        self.closed().await;
    }

    /// Ends the connection at once, as if the cable were cut.
    pub fn abort(&self) {
        self.0.shared.command(|it, _| it.abort());
    }

    /// Resolves when the connection is over, to the reason.
    pub async fn closed(&self) -> Error {
        let mut status = self.status();
        match status.wait_for(|it| matches!(it, Status::Closed(_))).await.as_deref() {
            Ok(Status::Closed(error)) => error.clone(),
            _ => Error::closed(),
        }
    }

    /// How it is, and how it will be.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.0.shared.status.subscribe()
    }

    /// Whether it is over. This is known here before anybody is told.
    pub fn is_closed(&self) -> bool {
        self.0.shared.lock().machine.closed().is_some()
    }

    /// Whether the broker takes no messages at present.
    pub fn is_blocked(&self) -> bool {
        self.0.shared.lock().machine.blocked().is_some()
    }

    /// What happens to it from now on.
    pub fn events(&self) -> Events {
        self.0.shared.subscribers.events()
    }

    /// Has the broker take a new password or token from now on, where it knows those that expire
    /// (RabbitMQ with OAuth 2).
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn update_secret(&self, secret: &str, reason: &str) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        let call = Call::Plain(reply);
        self.0
            .shared
            .command(|it, now| it.update_secret(secret, reason, call, now))
            .map_err(|(err, _)| err)?;
        answered(answer).await.map(drop)
    }

    /// The largest frame the two sides agreed on, in bytes.
    pub fn frame_max(&self) -> u32 {
        self.0.shared.lock().machine.frame_max()
    }
}

impl Connection {
    pub(super) fn of(handle: Arc<Handle>) -> Connection {
        Connection(handle)
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Connection").field(&*self.0.shared.status.borrow()).finish()
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handle")
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.command(protocol::Connection::close);
    }
}

/// The answer, when it comes. The task tells everybody before it ends.
pub(super) async fn answered<T>(answer: oneshot::Receiver<Result<T, Error>>) -> Result<T, Error> {
    answer.await.unwrap_or_else(|_| Err(Error::closed()))
}
