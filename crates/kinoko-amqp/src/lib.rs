//! Kinoko's transport over RabbitMQ, wire-compatible with Nameko 2.14.
//!
//! ```no_run
//! # async fn example() -> Result<(), kinoko_amqp::Error> {
//! use kinoko_amqp::Amqp;
//!
//! let transport = Amqp::connect("amqp://guest:guest@localhost").await?;
//! # drop(transport);
//! # Ok(())
//! # }
//! ```
//!
//! Two connections are kept, one to publish and one to consume, so that a broker that takes no
//! messages still gets its acknowledgements. When one is lost another is made, for as long as that
//! takes; subscriptions go on, and durable messages that were on their way are sent again with the
//! same message id. So a message may arrive twice, and one that was confirmed is never lost.
//!
//! What is not carried: numbers in headers that are not finite. A message that cannot be read as one (its
//! headers nested too deep, say) is logged and rejected.
//!
//! Reading order: `options` and `uri` (what is asked for), `topology` and `convert` (where a message goes, and
//! which may), `publisher`, `consumer` with `feed` (what is promised), `supervisor`
//! (keeping connected), `watchdog`, `link` (one connection, and what a message is on the wire; the only place that knows the
//! AMQP client).

mod consumer;
mod convert;
mod feed;
mod link;
mod options;
mod publisher;
mod supervisor;
mod topology;
mod uri;
mod watchdog;

use std::{
    future::ready,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use kinoko_core::{
    BoxFuture, Deliveries, Message, PublishError, Publishing, Subscription, Transport,
};
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    consumer::Consumers,
    publisher::{AtOnce, Publisher, Returns},
    supervisor::CurrentLink,
};

pub use kinoko_core::Error;

pub use crate::{
    options::{AmqpOptions, LoginMethod, TlsIdentity, TlsOptions},
    uri::Endpoint,
};

/// How long closing waits for messages that are on their way. A process that stops gives its transport
/// some seconds, and letting go of the connections is to be done in them too.
const LONGEST_CLOSE: Duration = Duration::from_secs(3);

/// RabbitMQ as a [`Transport`]. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Amqp(Arc<Inner>);

struct Inner {
    stalls: Arc<AtomicU64>,
    publisher: Publisher,
    consumers: Arc<Consumers>,
    links: [CurrentLink; 2],
    life: Arc<Life>,
    tasks: TaskTracker,
}

/// How far a transport is on its way out. It goes when nobody has it and none of its streams.
struct Life {
    /// Nothing new is taken.
    closing: CancellationToken,
    /// No connection is kept.
    closed: CancellationToken,
}

impl Amqp {
    /// Connects with the [default options](AmqpOptions::new) to one of a list of URIs separated by
    /// `;`.
    ///
    /// # Errors
    /// As [`open`](Amqp::open), and [`Config`](kinoko_core::ErrorKind::Config) when one of them is
    /// not an AMQP URI.
    pub async fn connect(uris: &str) -> Result<Amqp, Error> {
        Amqp::open(AmqpOptions::new(uris)?).await
    }

    /// Connects.
    ///
    /// # Errors
    /// [`Unavailable`](kinoko_core::ErrorKind::Unavailable) when no endpoint answers in time,
    /// [`Refused`](kinoko_core::ErrorKind::Refused) when the broker does not let us in,
    /// [`Config`](kinoko_core::ErrorKind::Config) when a certificate cannot be read.
    pub async fn open(options: AmqpOptions) -> Result<Amqp, Error> {
        let options = Arc::new(options);
        let (closing, closed) = (CancellationToken::new(), CancellationToken::new());
        // Should the second connection fail, the first is let go of.
        let life = Arc::new(Life { closing: closing.clone(), closed: closed.clone() });
        let (publishing, consuming) = tokio::try_join!(
            supervisor::connect("publish", Arc::clone(&options), closed.clone()),
            supervisor::connect("consume", Arc::clone(&options), closed),
        )?;
        let (tasks, returns) = (TaskTracker::new(), Returns::default());
        let publisher = Publisher::new(
            Arc::clone(&options),
            publishing.clone(),
            closing.clone(),
            Arc::clone(&returns),
        );
        let stalls = Arc::default();
        tasks.spawn(watchdog::watch(options.heartbeat, Arc::clone(&stalls), closing.clone()));
        let consumers = Consumers::new(Arc::clone(&options), consuming.clone(), closing, returns);
        tasks.spawn(Arc::clone(&consumers).reconcile());
        let links = [publishing, consuming];
        let inner = Inner { stalls, publisher, consumers, links, life, tasks };
        Ok(Amqp(Arc::new(inner)))
    }

    /// How many deliveries were settled after the channel they came on was gone. The broker has
    /// given those messages to someone again.
    pub fn stale_settlements(&self) -> u64 {
        self.0.consumers.stale_settlements()
    }

    /// How often the runtime did nothing for a heartbeat or longer, because something blocked it. Each
    /// time it is logged; connections do not survive two heartbeats of that.
    pub fn stalls(&self) -> u64 {
        self.0.stalls.load(Ordering::Relaxed)
    }
}

impl Transport for Amqp {
    fn publish(&self, message: Message) -> Publishing<'_> {
        let publisher = &self.0.publisher;
        // A message that may have to wait needs a large future; nearly all need none, or a small one.
        match publisher.publish_at_once(&message) {
            AtOnce::Sent => Publishing::sent(Sent),
            AtOnce::Unconfirmed(sent) => Publishing::sent(publisher.confirmed(message, sent)),
            AtOnce::Failed(error) => Publishing::unsent(ready(Err(error))),
            AtOnce::No => Publishing::unsent(publisher.publish(message)),
        }
    }

    fn subscribe(&self, to: Subscription) -> BoxFuture<'_, Result<Deliveries, Error>> {
        Box::pin(self.0.consumers.subscribe(to, Arc::clone(&self.0.life)))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.0.close())
    }
}

/// That a message was sent. There is nothing in it, so that a box of it is no memory either.
struct Sent;

impl Future for Sent {
    type Output = Result<(), PublishError>;

    fn poll(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(()))
    }
}

impl Inner {
    async fn close(&self) {
        self.life.closing.cancel();
        self.tasks.close();
        // Every message that was accepted is resolved by then.
        if timeout(LONGEST_CLOSE, self.tasks.wait()).await.is_err() {
            tracing::warn!("closing with messages on their way");
        }
        self.publisher.close();
        let [publishing, consuming] = self.links.each_ref().map(|it| it.borrow().clone());
        // Before they are closed, or they would be replaced.
        self.life.closed.cancel();
        let close = async |link: Option<Arc<link::Link>>| {
            if let Some(link) = link {
                link.close().await;
            }
        };
        tokio::join!(close(consuming), close(publishing));
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.closing.cancel();
        self.closed.cancel();
    }
}
