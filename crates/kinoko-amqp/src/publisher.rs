//! Publishing: which way a message takes, and what is said of it.
//!
//! A durable message goes to one of a few [lanes](crate::lane), each a task that owns a channel with
//! confirms. A fast one is written by the task that publishes it, on a channel without.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use kinoko_core::{Guarantee, Message, PublishError};
use tokio::{
    sync::{AcquireError, Semaphore, mpsc, oneshot},
    time::{Instant, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    AmqpOptions, convert,
    lane::{Job, Lane, blocked},
    link::{FastChannel, Link, LinkError, LinkErrorKind, LinkState, Publish, Received, Room},
    supervisor::{CurrentLink, wait_for_link},
};

/// How often a fast message is tried when the broker refuses it.
const ATTEMPTS: u32 = 3;
/// How long to wait before a channel is asked for again.
const RETRY: Duration = Duration::from_millis(50);
/// What the window of bytes is counted in.
const PERMIT_BYTES: usize = 1024;

/// Where requests go that came back, by the key of their replies.
pub(crate) type Returns = Arc<RwLock<HashMap<String, mpsc::UnboundedSender<Received>>>>;

/// Sends messages over the publishing connection.
pub(crate) struct Publisher {
    options: Arc<AmqpOptions>,
    link: CurrentLink,
    closing: CancellationToken,
    /// For messages that cannot come back.
    confirmed: mpsc::UnboundedSender<Job>,
    /// For those that can. There are two, so that one sends while the other waits.
    mandatory: [mpsc::UnboundedSender<Job>; 2],
    turn: AtomicUsize,
    fast: RwLock<Option<Arc<FastChannel>>>,
    opening_fast: tokio::sync::Mutex<()>,
    returns: Returns,
    count: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    byte_permits: u32,
}

impl Publisher {
    pub(crate) fn new(
        options: Arc<AmqpOptions>,
        link: CurrentLink,
        closing: CancellationToken,
        returns: Returns,
        tasks: &TaskTracker,
    ) -> Publisher {
        let lane = |mandatory: bool| {
            let (send, receive) = mpsc::unbounded_channel();
            let lane = Lane::new(receive, link.clone(), mandatory, &options);
            tasks.spawn(lane.run(closing.clone()));
            send
        };
        let permits = (options.window_bytes / PERMIT_BYTES).clamp(1, Semaphore::MAX_PERMITS >> 1);
        let byte_permits = u32::try_from(permits).unwrap_or(u32::MAX);
        Publisher {
            confirmed: lane(false),
            mandatory: [lane(true), lane(true)],
            turn: AtomicUsize::new(0),
            fast: RwLock::default(),
            opening_fast: tokio::sync::Mutex::default(),
            count: Arc::new(Semaphore::new(options.window.max(1))),
            bytes: Arc::new(Semaphore::new(byte_permits as usize)),
            byte_permits,
            options,
            link,
            closing,
            returns,
        }
    }

    /// Sends a message.
    pub(crate) async fn publish(&self, message: Message) -> Result<(), PublishError> {
        if self.closing.is_cancelled() {
            return Err(PublishError::Closed);
        }
        let guarantee = message.guarantee;
        // In the window a message waits for others of ours, and as long as it is of use.
        let patience = message.expires.unwrap_or(self.options.publish_deadline);
        let mut publish = convert::to_publish(message, &self.options)?;
        publish.room = Some(self.room(publish.body.len(), Instant::now() + patience).await?);
        let deadline = Instant::now() + self.options.publish_deadline;
        match guarantee {
            Guarantee::Fast => self.publish_fast(&publish, deadline).await,
            Guarantee::Durable => self.publish_durable(publish, deadline).await,
        }
    }

    /// Lets go of the connection. Messages that were accepted are still sent.
    pub(crate) fn close(&self) {
        *self.fast.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Waits for a place in the window. The message keeps it, and not whoever publishes it: who goes
    /// away leaves the message behind.
    async fn room(&self, bytes: usize, deadline: Instant) -> Result<Room, PublishError> {
        let needed = u32::try_from(bytes / PERMIT_BYTES + 1).unwrap_or(u32::MAX);
        let needed = needed.min(self.byte_permits);
        let [count, size] = [&self.count, &self.bytes].map(Arc::clone);
        if let (Ok(one), Ok(bytes)) =
            (count.clone().try_acquire_owned(), size.clone().try_acquire_many_owned(needed))
        {
            return Ok([one, bytes]);
        }
        let both = async {
            let one = count.acquire_owned().await?;
            Ok::<_, AcquireError>([one, size.acquire_many_owned(needed).await?])
        };
        match timeout_at(deadline, both).await {
            Ok(both) => both.map_err(|_| PublishError::Closed),
            Err(_) => {
                let why = "too many messages are on their way; publish less at once";
                Err(PublishError::Unavailable(why.to_owned()))
            }
        }
    }

    async fn publish_durable(
        &self,
        publish: Publish,
        deadline: Instant,
    ) -> Result<(), PublishError> {
        let lane = if publish.mandatory {
            &self.mandatory[self.turn.fetch_add(1, Ordering::Relaxed) % 2]
        } else {
            &self.confirmed
        };
        let (done, outcome) = oneshot::channel();
        lane.send(Job::new(publish, deadline, done)).map_err(|_| PublishError::Closed)?;
        outcome.await.unwrap_or(Err(PublishError::Closed))
    }

    async fn publish_fast(&self, publish: &Publish, deadline: Instant) -> Result<(), PublishError> {
        let mut refusals = 0;
        loop {
            let channel = self.fast_channel(deadline).await?;
            self.unblocked(channel.link(), deadline).await?;
            let prepared = async {
                if publish.declare_exchange {
                    channel.link().ensure_exchange(&publish.exchange).await?;
                }
                Ok(())
            };
            let prepared = timeout_at(deadline, prepared).await.unwrap_or_else(|_| {
                Err(LinkError::lost("the exchange could not be declared in time"))
            });
            let sent = match prepared {
                Ok(()) => timeout_at(deadline, channel.publish(publish)).await,
                Err(err) => Ok(Err(err)),
            };
            let err = match sent {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(err)) => err,
                Err(_) => {
                    let why = "it was not written in time, and may be written yet";
                    return Err(PublishError::Unknown(why.to_owned()));
                }
            };
            // It was not written. With a lost connection that is nobody's fault.
            refusals += u32::from(err.kind != LinkErrorKind::Lost);
            if refusals >= ATTEMPTS
                || err.kind == LinkErrorKind::Settings
                || Instant::now() >= deadline
            {
                return Err(PublishError::Unavailable(err.text));
            }
            tokio::task::yield_now().await;
        }
    }

    async fn fast_channel(&self, deadline: Instant) -> Result<Arc<FastChannel>, PublishError> {
        if let Some(channel) = self.open_fast() {
            return Ok(channel);
        }
        let opening = async {
            // One opens it, the others find it open.
            let _one = self.opening_fast.lock().await;
            let mut link = self.link.clone();
            loop {
                if let Some(channel) = self.open_fast() {
                    return Ok(channel);
                }
                let Some(current) = wait_for_link(&mut link).await else {
                    return Err(PublishError::Closed);
                };
                // A channel cannot be opened either while the broker does not listen.
                self.unblocked(&current, deadline).await?;
                // If the last channel failed, it did so because something it named is gone.
                current.forget_exchanges();
                let returns = Arc::clone(&self.returns);
                match current.fast_channel(move |it| hand_back(&returns, it)).await {
                    Ok(channel) => {
                        let channel = Arc::new(channel);
                        let mut slot = self.fast.write().unwrap_or_else(PoisonError::into_inner);
                        *slot = Some(Arc::clone(&channel));
                        return Ok(channel);
                    }
                    Err(err) => {
                        tracing::debug!(%err, "cannot open a channel");
                        tokio::time::sleep(RETRY).await;
                    }
                }
            }
        };
        tokio::select! {
            opened = timeout_at(deadline, opening) => opened.unwrap_or_else(|_| {
                let why = "there is no connection to it";
                Err(PublishError::Unavailable(why.to_owned()))
            }),
            () = self.closing.cancelled() => Err(PublishError::Closed),
        }
    }

    fn open_fast(&self) -> Option<Arc<FastChannel>> {
        let fast = self.fast.read().unwrap_or_else(PoisonError::into_inner);
        fast.as_ref().filter(|it| it.is_open()).cloned()
    }

    /// Waits a while for a broker that takes no messages.
    async fn unblocked(&self, link: &Link, deadline: Instant) -> Result<(), PublishError> {
        if !link.is_blocked() {
            return Ok(());
        }
        let mut state = link.watch();
        let LinkState::Blocked { since, reason } = state.borrow_and_update().clone() else {
            return Ok(());
        };
        let until = deadline.min(since + self.options.blocked_grace);
        let open = state.wait_for(|it| !matches!(it, LinkState::Blocked { .. }));
        match timeout_at(until, open).await {
            Ok(_) => Ok(()),
            Err(_) => Err(blocked(&reason)),
        }
    }
}

/// Gives a request that came back to whoever waits for the reply to it.
fn hand_back(returns: &Returns, received: Received) {
    let key = received.properties.reply_to.as_deref().unwrap_or_default();
    let waiting = returns.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(waiting) = waiting.get(key) {
        // Gone is fine: nobody waits any more.
        let _ = waiting.send(received);
    }
}
