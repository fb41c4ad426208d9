//! [`Channel`]: the handle of a channel, and what can be asked on one.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::{
    connection::{Connection, Handle, answered},
    consumer::{Consume, Consumer},
    declare::{ExchangeDeclaration, QueueDeclaration},
    delivery::Delivery,
    events::Returns,
    queue::Queue,
    shared::{Call, Closes, Shared, now},
};
use crate::{
    Error, Fields, QueueState,
    codec::{
        BasicGet, BasicQos, BasicRecover, ExchangeBind, ExchangeDeclare, ExchangeDelete,
        ExchangeUnbind, Method, QueueBind, QueueDeclare, QueueDelete, QueuePurge, QueueUnbind,
    },
    protocol::{Answer, ChannelId},
};

/// A channel. Cheap to clone; all clones are one. Any number of tasks may use it at once, and requests
/// need not wait for each other.
///
/// A broker answers what it refuses by closing the channel, so what may fail is best asked on a channel
/// of its own. Every method but those that say otherwise fails when the channel or the connection is
/// gone, and when no answer comes in [time](crate::Config::answer_timeout); what comes of a request that
/// was given up is taken back.
///
/// Dropping the last of it, its consumers and deliveries closes it as [`close`](Channel::close) does,
/// without waiting.
#[derive(Clone, Debug)]
pub struct Channel(pub(super) Arc<ChannelHandle>);

/// What keeps the channel.
#[derive(Debug)]
pub(super) struct ChannelHandle {
    pub(super) id: ChannelId,
    connection: Arc<Handle>,
}

impl Channel {
    pub(super) fn new(handle: ChannelHandle) -> Channel {
        Channel(Arc::new(handle))
    }

    /// Whether it can be used.
    pub fn is_open(&self) -> bool {
        self.shared().lock().machine.is_open(self.0.id)
    }

    /// The number it has on the wire.
    pub fn number(&self) -> u16 {
        self.0.id.number
    }

    /// Closes it in order: waits for the outcome of what was published on it, at most [as
    /// long](crate::Config::close_timeout) as closing may take, and then tells the broker. The broker gives back
    /// what was delivered and not settled. It is no error if it is closed already.
    pub async fn close(&self) {
        let (reply, answer) = oneshot::channel();
        let (id, call) = (self.0.id, Call::Plain(reply));
        self.shared().close(Closes::Channel(id), |it, now| it.close_channel(id, Some(call), now));
        // Whatever is answered, it is closed.
        let _ = answered(answer).await;
    }

    /// How many messages the broker sends ahead of their acknowledgements to each consumer that is made
    /// from now on; with zero, as many as there are.
    ///
    /// # Errors
    /// See [`Channel`].
    pub async fn prefetch(&self, count: u16) -> Result<(), Error> {
        let qos = BasicQos { prefetch_count: count, ..BasicQos::default() };
        self.request(qos).await.map(drop)
    }

    /// Declares an exchange.
    ///
    /// # Errors
    /// [`Precondition`](crate::ErrorKind::Precondition) when there is one of that name that is not the
    /// same, [`NotFound`](crate::ErrorKind::NotFound) when it should exist and does not.
    pub async fn declare_exchange(&self, exchange: &ExchangeDeclaration<'_>) -> Result<(), Error> {
        let ExchangeDeclaration { name, kind, passive, durable, auto_delete, internal, arguments } =
            exchange;
        let declare = ExchangeDeclare {
            exchange: (*name).into(),
            kind: (*kind).into(),
            passive: *passive,
            durable: *durable,
            auto_delete: *auto_delete,
            internal: *internal,
            arguments: arguments.checked()?,
            ..ExchangeDeclare::default()
        };
        self.request(declare).await.map(drop)
    }

    /// Deletes an exchange; with `if_unused` only when nothing is bound to it. It is no error if there is
    /// none.
    ///
    /// # Errors
    /// See [`Channel`]; [`Precondition`](crate::ErrorKind::Precondition) when it is used.
    pub async fn delete_exchange(&self, name: &str, if_unused: bool) -> Result<(), Error> {
        let delete =
            ExchangeDelete { exchange: name.into(), if_unused, ..ExchangeDelete::default() };
        self.request(delete).await.map(drop)
    }

    /// Has the exchange `source` send what fits the routing key on to the exchange `destination`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when one of them does not exist.
    pub async fn bind_exchange(
        &self,
        destination: &str,
        source: &str,
        routing_key: &str,
        arguments: &Fields,
    ) -> Result<(), Error> {
        let bind = ExchangeBind {
            destination: destination.into(),
            source: source.into(),
            routing_key: routing_key.into(),
            arguments: arguments.checked()?,
            ..ExchangeBind::default()
        };
        self.request(bind).await.map(drop)
    }

    /// Takes such a binding back.
    ///
    /// # Errors
    /// See [`Channel`].
    pub async fn unbind_exchange(
        &self,
        destination: &str,
        source: &str,
        routing_key: &str,
        arguments: &Fields,
    ) -> Result<(), Error> {
        let unbind = ExchangeUnbind {
            destination: destination.into(),
            source: source.into(),
            routing_key: routing_key.into(),
            arguments: arguments.checked()?,
            ..ExchangeUnbind::default()
        };
        self.request(unbind).await.map(drop)
    }

    /// Declares a queue, and tells what the broker has.
    ///
    /// # Errors
    /// [`Precondition`](crate::ErrorKind::Precondition) when there is one of that name that is not the
    /// same, [`Locked`](crate::ErrorKind::Locked) when it is another connection's,
    /// [`NotFound`](crate::ErrorKind::NotFound) when it should exist and does not.
    pub async fn declare_queue(&self, queue: &QueueDeclaration<'_>) -> Result<QueueState, Error> {
        let QueueDeclaration { name, passive, durable, exclusive, auto_delete, arguments } = queue;
        let declare = QueueDeclare {
            queue: (*name).into(),
            passive: *passive,
            durable: *durable,
            exclusive: *exclusive,
            auto_delete: *auto_delete,
            arguments: arguments.checked()?,
            ..QueueDeclare::default()
        };
        match self.request(declare).await? {
            Answer::Queue(state) => Ok(state),
            _ => unreachable!("queue.declare is answered by queue.declare-ok"),
        }
    }

    /// Has an exchange send what fits the routing key to a queue.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when one of them does not exist.
    pub async fn bind_queue(
        &self,
        queue: &str,
        exchange: &str,
        routing_key: &str,
        arguments: &Fields,
    ) -> Result<(), Error> {
        let bind = QueueBind {
            queue: queue.into(),
            exchange: exchange.into(),
            routing_key: routing_key.into(),
            arguments: arguments.checked()?,
            ..QueueBind::default()
        };
        self.request(bind).await.map(drop)
    }

    /// Takes such a binding back.
    ///
    /// # Errors
    /// See [`Channel`].
    pub async fn unbind_queue(
        &self,
        queue: &str,
        exchange: &str,
        routing_key: &str,
        arguments: &Fields,
    ) -> Result<(), Error> {
        let unbind = QueueUnbind {
            queue: queue.into(),
            exchange: exchange.into(),
            routing_key: routing_key.into(),
            arguments: arguments.checked()?,
            ..QueueUnbind::default()
        };
        self.request(unbind).await.map(drop)
    }

    /// Throws away the messages of a queue that are ready; returns how many there were.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such queue.
    pub async fn purge_queue(&self, queue: &str) -> Result<u32, Error> {
        let purge = QueuePurge { queue: queue.into(), ..QueuePurge::default() };
        self.request(purge).await.map(messages)
    }

    /// Deletes a queue; returns how many messages went with it. It is no error if there is none.
    ///
    /// # Errors
    /// [`Precondition`](crate::ErrorKind::Precondition) when it has consumers or messages and was to be
    /// spared then.
    pub async fn delete_queue(
        &self,
        queue: &str,
        if_unused: bool,
        if_empty: bool,
    ) -> Result<u32, Error> {
        let delete =
            QueueDelete { queue: queue.into(), if_unused, if_empty, ..QueueDelete::default() };
        self.request(delete).await.map(messages)
    }

    /// Consumes a queue.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such queue,
    /// [`Refused`](crate::ErrorKind::Refused) when somebody consumes it exclusively.
    pub async fn consume(&self, consume: &Consume<'_>) -> Result<Consumer, Error> {
        let (reply, answer) = oneshot::channel();
        let (id, channel, queue) = (self.0.id, Arc::clone(&self.0), Queue::new());
        let call = Call::Consumer { reply, channel, queue: Arc::clone(&queue) };
        let method = consume.method()?;
        self.shared().with(|state| {
            state.deadline_moved = true;
            let asked = state.machine.consume(id, &method, call, now());
            state.begun.push((asked.map_err(|(err, _)| err)?, id, queue));
            Ok::<_, Error>(())
        })?;
        answered(answer).await
    }

    /// Takes one message off a queue, and tells how many are left; none when it is empty. Many are better
    /// [consumed](Channel::consume).
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such queue.
    pub async fn get(&self, queue: &str, no_ack: bool) -> Result<Option<(u32, Delivery)>, Error> {
        let (reply, answer) = oneshot::channel();
        let (id, call) = (self.0.id, Call::Get(reply, Arc::clone(&self.0)));
        let get = BasicGet { queue: queue.into(), no_ack, ..BasicGet::default() };
        self.shared().command(|it, now| it.get(id, get, call, now)).map_err(|(err, _)| err)?;
        answered(answer).await
    }

    /// Has the broker deliver again what was delivered on the channel and not settled. The deliveries that
    /// are in hand become [stale](crate::ErrorKind::Stale).
    ///
    /// # Errors
    /// See [`Channel`].
    pub async fn recover(&self) -> Result<(), Error> {
        self.request(BasicRecover { requeue: true }).await.map(drop)
    }

    /// The messages that come back from now on and that nobody waits for the outcome of.
    pub fn returns(&self) -> Returns {
        self.shared().subscribers.returns(self.0.id)
    }

    /// The connection it is on.
    pub fn connection(&self) -> Connection {
        Connection::of(Arc::clone(&self.0.connection))
    }

    pub(super) fn shared(&self) -> &Shared {
        self.0.shared()
    }

    async fn request<'m>(&self, method: impl Into<Method<'m>>) -> Result<Answer, Error> {
        let (reply, answer) = oneshot::channel();
        let (id, call) = (self.0.id, Call::Plain(reply));
        let method = method.into();
        self.shared()
            .command(|it, now| it.request(id, &method, call, now))
            .map_err(|(err, _)| err)?;
        answered(answer).await
    }
}

impl ChannelHandle {
    pub(super) fn new(id: ChannelId, connection: Arc<Handle>) -> ChannelHandle {
        ChannelHandle { id, connection }
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.connection.shared
    }
}

impl Drop for ChannelHandle {
    fn drop(&mut self) {
        let id = self.id;
        self.shared().command(|it, now| it.close_channel(id, None, now));
    }
}

fn messages(answer: Answer) -> u32 {
    match answer {
        Answer::Messages(count) => count,
        _ => unreachable!("purging and deleting are answered by a count"),
    }
}
