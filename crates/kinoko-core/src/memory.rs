//! [`Memory`]: the transport inside the process, a small broker with named queues.
//!
//! It is what services run on without a broker, and what tests run on, so it keeps RabbitMQ's
//! promises and not only the happy ones: instances compete in turn and hold no more than their
//! prefetch, what is dropped unsettled comes back at its old place, requests wait for a service that
//! is down, and a service nobody ever ran is unroutable. The same conformance suite holds both to it.
//!
//! Every queue has a lock of its own, held for as long as it takes to push or pop one message and
//! never while waiting; who is woken is woken after. There is no task behind it.

mod consumer;
mod queue;
mod routes;
mod state;
mod topic;
mod wakers;

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc, PoisonError, RwLock, RwLockWriteGuard,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use futures_util::StreamExt;
use tokio::task::coop;

use self::{consumer::Consumer, queue::Queue, routes::Routes, wakers::Wakers};
use crate::{
    Address, BoxFuture, Deliveries, Error, ErrorKind, Message, PublishError, Publishing,
    Subscription, Transport,
};

/// A connection to a broker inside this process.
///
/// A clone is another connection to the same broker: closing it ends the subscriptions made through
/// it and leaves the others alone, as when one process of several goes.
///
/// ```
/// use futures_util::StreamExt;
/// use kinoko_core::{Address, Memory, Message, Settlement, Subscription, Transport};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let memory = Memory::new();
/// let mut requests =
///     memory.subscribe(Subscription::Rpc { service: "greeter".into(), prefetch: 10 }).await?;
///
/// let to = Address::Method { service: "greeter".into(), method: "hello".into() };
/// memory.publish(Message::json(to, "{}")).await?;
///
/// let delivery = requests.next().await.ok_or("the transport is closed")?;
/// delivery.settle(Settlement::Ack);
/// assert_eq!(memory.queues()[0].waiting, 0);
/// # Ok(())
/// # }
/// ```
pub struct Memory(Arc<Connection>);

/// How much a [`Memory`] broker takes. Beyond that it refuses, so no publisher ever waits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many messages may wait in one queue, those sent to a consumer that has not looked at
    /// them yet among them. One more is [`PublishError::Rejected`]. A million unless set.
    pub queue_length: usize,
    /// The largest body in bytes. A larger one is [`PublishError::TooLarge`]. 16 MiB unless set, as
    /// on RabbitMQ 4.
    pub body_size: usize,
}

/// What a queue of a [`Memory`] broker holds at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueInfo {
    /// Its name: what Nameko calls the same queue on RabbitMQ.
    pub name: String,
    /// Messages not handed out yet.
    pub waiting: usize,
    /// Messages handed out and not settled yet.
    pub unsettled: usize,
    /// Subscriptions that take from it.
    pub consumers: usize,
    /// Messages that were [rejected](crate::Settlement::Reject), since the queue is there.
    pub rejected: u64,
    /// Messages dropped because their time had passed, since the queue is there.
    pub expired: u64,
}

impl Memory {
    /// A new broker, and a connection to it.
    pub fn new() -> Memory {
        Memory::with_limits(Limits::default())
    }

    /// The same with limits of your own.
    pub fn with_limits(limits: Limits) -> Memory {
        let broker =
            Broker { routes: RwLock::default(), limits, last_connection: AtomicU64::default() };
        Memory(Arc::new(Connection::to(Arc::new(broker))))
    }

    /// The queues there are, by name: to see in a test that nothing is left behind.
    pub fn queues(&self) -> Vec<QueueInfo> {
        let routes = self.0.broker.routes.read().unwrap_or_else(PoisonError::into_inner);
        let mut queues: Vec<QueueInfo> = routes.all().map(|queue| queue.info()).collect();
        queues.sort_by(|a, b| a.name.cmp(&b.name));
        queues
    }
}

impl Transport for Memory {
    fn publish(&self, message: Message) -> Publishing<'_> {
        // At once, and not in the future: a message is large, and this is the last time it is moved.
        match self.0.publish(Arc::new(message)) {
            Ok(()) => Publishing::sent(Sent),
            failed => Publishing::unsent(async move {
                coop::consume_budget().await;
                failed
            }),
        }
    }

    fn subscribe(&self, to: Subscription) -> BoxFuture<'_, Result<Deliveries, Error>> {
        Box::pin(async move { Ok(self.0.subscribe(&to)?.boxed()) })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.0.close() })
    }
}

/// That a message was sent. There is nothing in it, so that a box of it is no memory either.
struct Sent;

impl Future for Sent {
    type Output = Result<(), PublishError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // Nothing here ever waits, so a loop of publishes would let nobody else run.
        ready!(coop::poll_proceed(cx)).made_progress();
        Poll::Ready(Ok(()))
    }
}

impl Clone for Memory {
    fn clone(&self) -> Memory {
        Memory(Arc::new(Connection::to(Arc::clone(&self.0.broker))))
    }
}

impl Default for Memory {
    fn default() -> Memory {
        Memory::new()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("queues", &self.queues()).finish_non_exhaustive()
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { queue_length: 1_000_000, body_size: 16 * 1024 * 1024 }
    }
}

/// What the connections share. The lock on the routes is taken before that of a queue.
struct Broker {
    routes: RwLock<Routes>,
    limits: Limits,
    last_connection: AtomicU64,
}

struct Connection {
    broker: Arc<Broker>,
    id: u64,
    /// Set under the lock on the routes, so that nothing is subscribed after it.
    closed: AtomicBool,
}

impl Connection {
    fn to(broker: Arc<Broker>) -> Connection {
        let id = broker.last_connection.fetch_add(1, Ordering::Relaxed);
        Connection { broker, id, closed: AtomicBool::new(false) }
    }

    fn publish(&self, message: Arc<Message>) -> Result<(), PublishError> {
        if self.closed.load(Ordering::Acquire) {
            return Err(PublishError::Closed);
        }
        self.broker.publish(message)
    }

    fn subscribe(&self, to: &Subscription) -> Result<Consumer, Error> {
        let mut routes = self.broker.write_routes();
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Closed, "the transport is closed"));
        }
        // Joined under the lock on the routes: else the queue might go in between, with its last
        // consumer.
        let (queue, id) = routes.declare(to)?;
        queue.join(id, self.id, prefetch(to));
        Ok(Consumer::new(Arc::clone(&self.broker), queue, id))
    }

    fn close(&self) {
        let mut wakers = Wakers::default();
        {
            let mut routes = self.broker.write_routes();
            self.closed.store(true, Ordering::Release);
            let queues: Vec<Arc<Queue>> = routes.all().map(Arc::clone).collect();
            for queue in queues {
                leave(&mut routes, &queue, Leaving::Connection(self.id), &mut wakers);
            }
        }
        wakers.wake();
    }
}

/// What goes away, and so what happens to deliveries that are not settled.
#[derive(Debug, Clone, Copy)]
enum Leaving {
    /// They can still be settled.
    Subscription(u64),
    /// They go back, and settling them does nothing any more.
    Connection(u64),
}

impl Broker {
    fn publish(&self, message: Arc<Message>) -> Result<(), PublishError> {
        let (size, limit) = (message.body.len(), self.limits.body_size);
        if size > limit {
            return Err(PublishError::TooLarge { size, limit });
        }
        let mut wakers = Wakers::default();
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        let length = self.limits.queue_length;
        let sent = match &message.to {
            Address::Method { service, method } => match routes.requests(service, method) {
                Some(queue) => queue.push(message, length, &mut wakers),
                None => Err(PublishError::Unroutable),
            },
            Address::Reply { to } => match routes.replies(to) {
                Some(queue) => queue.push(message, length, &mut wakers),
                None => Ok(()),
            },
            Address::Event { source, event_type } => {
                let queues = routes.events(source, event_type);
                queue::push_to_all(&queues, message, length, &mut wakers)
            }
            Address::Cancel { service } => {
                let queues = routes.cancels(service);
                queue::push_to_all(queues, message, length, &mut wakers)
            }
        };
        drop(routes);
        wakers.wake();
        sent
    }

    /// Ends one subscription.
    fn unsubscribe(&self, queue: &Arc<Queue>, id: u64) {
        let mut wakers = Wakers::default();
        leave(&mut self.write_routes(), queue, Leaving::Subscription(id), &mut wakers);
        wakers.wake();
    }

    fn write_routes(&self) -> RwLockWriteGuard<'_, Routes> {
        self.routes.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn leave(routes: &mut Routes, queue: &Arc<Queue>, who: Leaving, wakers: &mut Wakers) {
    let others = queue.leave(who, wakers);
    if others == 0 && !queue.outlives_its_consumers() {
        routes.forget(queue);
    }
}

/// How many messages a subscription may hold.
fn prefetch(to: &Subscription) -> usize {
    match to {
        Subscription::Rpc { prefetch, .. } | Subscription::Event { prefetch, .. } => {
            usize::from(*prefetch).max(1)
        }
        Subscription::Replies { .. } | Subscription::Cancels { .. } => usize::MAX,
    }
}
