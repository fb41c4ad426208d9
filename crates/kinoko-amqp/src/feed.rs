//! [`Feed`]: the deliveries of one subscription, which go on over lost connections.
//!
//! It reads the broker's messages itself, with no task and no queue of ours between. When its
//! consumer ends, for whatever reason, everything it stands on is declared again and a new consumer
//! made, on a new channel.

use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

use kinoko_core::{Delivery, Error, ErrorKind, Message, Settlement, Subscription};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout_at},
};

use crate::{
    Life,
    consumer::{Consumers, Watched, closed},
    link::{Consumer, Link, LinkError, Received},
    supervisor::wait_for_link,
    topology::{self, Source},
};

/// How long to wait before a consumer is made again that could not be.
const RETRY: Duration = Duration::from_millis(200);
/// The same when it will not be until someone changes something.
const RETRY_REFUSED: Duration = Duration::from_secs(15);

/// One subscription: what it needs, and the consumer it has at present.
pub(crate) struct Feed {
    pub(crate) consumers: Arc<Consumers>,
    pub(crate) on: Subscription,
    pub(crate) source: Source,
    pub(crate) watched: Arc<Watched>,
    /// Requests of our own that came back, if this is where their replies go.
    pub(crate) returned: Option<mpsc::UnboundedReceiver<Arc<Message>>>,
    pub(crate) consumer: Option<Consumer>,
    /// Keeps the connections.
    pub(crate) _life: Arc<Life>,
}

impl Feed {
    /// The next delivery; `None` once the transport is closed.
    pub(crate) async fn next(&mut self) -> Option<Delivery> {
        loop {
            if self.consumers.closing.is_cancelled() {
                return None;
            }
            if let Some(Ok(message)) = self.returned.as_mut().map(mpsc::UnboundedReceiver::try_recv)
            {
                return Some(returned(message));
            }
            let Some(consumer) = &mut self.consumer else {
                self.rebuild().await?;
                continue;
            };
            let address = |key: &Arc<str>| topology::address(&self.on, key);
            if let Some(received) = consumer.try_next(address) {
                match self.delivery(received) {
                    Some(delivery) => return Some(delivery),
                    None => continue,
                }
            }
            tokio::select! {
                received = consumer.next(address) => if let Some(delivery) = self.delivery(received) {
                    return Some(delivery);
                },
                Some(message) = next_returned(&mut self.returned) => {
                    return Some(returned(message));
                }
                () = self.watched.rebuild.notified() => self.let_go(),
                () = self.consumers.closing.cancelled() => return None,
            }
        }
    }

    /// The delivery of what was received; none when it was the end, or is for nobody to read.
    fn delivery(&mut self, received: Result<Received, LinkError>) -> Option<Delivery> {
        let Received { message, redelivered, poison, settler } = match received {
            Ok(received) => received,
            Err(err) => {
                self.lost(&err);
                return None;
            }
        };
        if let Some(reason) = poison {
            let queue = &*self.watched.queue;
            tracing::error!(queue, reason, "rejecting a message");
            if let Some(settler) = settler {
                settler.settle(Settlement::Reject);
            }
            return None;
        }
        let mut delivery = match settler {
            Some(settler) => Delivery::new(message, move |how| settler.settle(how)),
            None => Delivery::settled(message),
        };
        delivery.redelivered = redelivered;
        Some(delivery)
    }

    fn lost(&mut self, err: &LinkError) {
        tracing::warn!(queue = self.watched.queue, %err, "lost a consumer");
        self.consumer = None;
        self.watched.epoch.store(0, Ordering::Relaxed);
    }

    /// Stops the consumer, if there is one. What it had and nobody took goes back.
    fn let_go(&mut self) {
        self.watched.epoch.store(0, Ordering::Relaxed);
        self.consumer = None;
    }

    /// Makes the first consumer, or says why not.
    pub(crate) async fn first(&mut self) -> Result<(), Error> {
        let deadline = Instant::now() + self.consumers.options.connect_deadline;
        let mut link = self.consumers.link.clone();
        loop {
            let current = tokio::select! {
                current = timeout_at(deadline, wait_for_link(&mut link)) => {
                    current.map_err(|_| {
                        let text = "cannot subscribe: there is no connection to RabbitMQ";
                        Error::new(ErrorKind::Unavailable, text)
                    })?
                }
                () = self.consumers.closing.cancelled() => return Err(closed()),
            };
            let Some(current) = current else { return Err(closed()) };
            match self.consume(&current).await {
                Ok(()) => return Ok(()),
                Err(err) if err.is_permanent() || Instant::now() >= deadline => {
                    return Err(Error::from(err).at("cannot subscribe"));
                }
                Err(err) => tracing::debug!(%err, "cannot subscribe yet"),
            }
            sleep(RETRY).await;
        }
    }

    /// Makes a new consumer, however long it takes; `None` when the transport is closed first.
    async fn rebuild(&mut self) -> Option<()> {
        let closing = self.consumers.closing.clone();
        let mut link = self.consumers.link.clone();
        let forever = async {
            loop {
                let current = wait_for_link(&mut link).await?;
                let pause = match self.consume(&current).await {
                    Ok(()) => {
                        tracing::info!(queue = self.watched.queue, "consuming again");
                        return Some(());
                    }
                    Err(err) if err.is_permanent() => {
                        tracing::error!(queue = self.watched.queue, %err, "cannot consume");
                        RETRY_REFUSED
                    }
                    Err(err) => {
                        tracing::warn!(queue = self.watched.queue, %err, "cannot consume yet");
                        RETRY
                    }
                };
                sleep(pause).await;
            }
        };
        tokio::select! {
            rebuilt = forever => rebuilt,
            () = closing.cancelled() => None,
        }
    }

    async fn consume(&mut self, link: &Arc<Link>) -> Result<(), LinkError> {
        let Source { exchange, declare_exchange, queue, routing_key, prefetch, no_ack } =
            &self.source;
        if *declare_exchange {
            link.see_to_exchange(exchange).await?;
        }
        link.declare_queue(queue).await?;
        link.bind(queue, exchange, routing_key).await?;
        let stale = Arc::clone(&self.consumers.stale);
        let consumer = link.consume(&queue.name, *prefetch, *no_ack, stale).await?;
        self.consumer = Some(consumer);
        self.watched.epoch.store(link.epoch, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        if let Subscription::Replies { key, .. } = &self.on {
            let mut returns =
                self.consumers.returns.write().unwrap_or_else(PoisonError::into_inner);
            returns.remove(key);
        }
        self.let_go();
    }
}

async fn next_returned(
    returned: &mut Option<mpsc::UnboundedReceiver<Arc<Message>>>,
) -> Option<Arc<Message>> {
    match returned {
        Some(returned) => returned.recv().await,
        None => std::future::pending().await,
    }
}

fn returned(message: Arc<Message>) -> Delivery {
    let mut delivery = Delivery::settled(message);
    delivery.returned = true;
    delivery
}
