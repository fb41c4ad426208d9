//! Publishing: how a message gets to the broker, and what is said of it.
//!
//! Durable messages go on one channel, with confirms, and are sent again with the same message id when
//! the connection is lost before theirs came: twice is better than not at all, and the id tells. Fast ones
//! go on another, without.

mod at_once;
mod attempt;
mod fast;
mod slot;

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use kinoko_core::{Guarantee, Message, PublishError};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout_at},
};
use tokio_util::sync::CancellationToken;

pub(crate) use self::at_once::AtOnce;
use self::{
    attempt::{Attempt, Failed, blocked},
    slot::Slot,
};
use crate::{
    AmqpOptions, convert,
    link::{Link, LinkError, LinkErrorKind, LinkState, Publish, PublishChannel},
    supervisor::{CurrentLink, wait_for_link},
    topology,
};

/// How long to wait before the broker is asked again for what it did not give.
const RETRY: Duration = Duration::from_millis(50);

/// Where requests go that came back, by the key of their replies.
pub(crate) type Returns = Arc<RwLock<HashMap<String, mpsc::UnboundedSender<Arc<Message>>>>>;

/// Sends messages over the publishing connection.
pub(crate) struct Publisher {
    options: Arc<AmqpOptions>,
    link: CurrentLink,
    closing: CancellationToken,
    durable: Slot,
    fast: Slot,
    /// For the first request to a method, one at a time.
    first: Slot,
    asking: tokio::sync::Mutex<()>,
    returns: Returns,
}

impl Publisher {
    pub(crate) fn new(
        options: Arc<AmqpOptions>,
        link: CurrentLink,
        closing: CancellationToken,
        returns: Returns,
    ) -> Publisher {
        let (durable, fast, first, asking) = Default::default();
        Publisher { options, link, closing, durable, fast, first, asking, returns }
    }

    /// Sends a message.
    pub(crate) async fn publish(&self, message: Message) -> Result<(), PublishError> {
        if self.closing.is_cancelled() {
            return Err(PublishError::Closed);
        }
        let attempt = Attempt::new(&message, &self.options);
        self.publish_until(convert::to_publish(&message, &self.options)?, attempt).await
    }

    /// Tries to send a message until something is known of it, or it is too late.
    async fn publish_until<'a>(
        &'a self,
        mut publish: Publish<'a>,
        mut attempt: Attempt,
    ) -> Result<(), PublishError> {
        loop {
            let tried = match publish.message.guarantee {
                Guarantee::Fast => self.publish_fast(&mut publish, &mut attempt).await,
                Guarantee::Durable => self.publish_durable(&mut publish, &mut attempt).await,
            };
            match tried {
                Ok(outcome) => return outcome,
                Err(err) => attempt.failed(err)?,
            }
            // Or this could go on without ever waiting.
            tokio::task::yield_now().await;
        }
    }

    /// Lets go of the connection.
    pub(crate) fn close(&self) {
        self.durable.clear();
        self.fast.clear();
        self.first.clear();
    }

    /// One attempt: what is said of it in the end, or why it is to be tried again.
    async fn publish_durable<'a>(
        &'a self,
        publish: &mut Publish<'a>,
        attempt: &mut Attempt,
    ) -> Result<Result<(), PublishError>, LinkError> {
        let said = self.outcome(&self.durable, publish, attempt).await?;
        attempt.of_durable(said)
    }

    /// Sends a message and waits for what becomes of it.
    ///
    /// # Errors
    /// Why it was not sent, when it is to be tried again.
    async fn outcome<'a>(
        &'a self,
        slot: &Slot,
        publish: &mut Publish<'a>,
        attempt: &mut Attempt,
    ) -> Result<Result<(), Failed>, LinkError> {
        let channel = match self.channel(slot, attempt).await {
            Ok(channel) => channel,
            Err(err) => return Ok(Err(Failed::For(err))),
        };
        self.prepare(&channel, publish, attempt).await?;
        let confirm = match channel.try_submit(publish) {
            Err(err) if err.kind == LinkErrorKind::Full => {
                let submitting = timeout_at(attempt.patience, channel.submit(publish)).await;
                let Ok(submitted) = submitting else {
                    return Ok(Err(Failed::For(attempt.no_room(&channel))));
                };
                attempt.deadline = Instant::now() + self.options.publish_deadline;
                submitted?
            }
            tried => tried?,
        };
        drop(channel);
        Ok(match timeout_at(attempt.deadline, confirm.outcome()).await {
            Ok(outcome) => attempt.said(outcome, publish),
            Err(_) => Err(Failed::For(no_answer())),
        })
    }

    /// Sees to the exchange, once per link.
    async fn prepare<'a>(
        &'a self,
        channel: &PublishChannel,
        publish: &mut Publish<'a>,
        attempt: &Attempt,
    ) -> Result<(), LinkError> {
        let link = channel.link();
        if publish.exchange.is_default() {
            let allowed = timeout_at(attempt.deadline, link.is_direct_allowed()).await;
            if allowed.unwrap_or_else(|_| Err(LinkError::lost("no answer came in time")))? {
                return Ok(());
            }
            self.through_exchange(publish);
        }
        if !publish.declare_exchange || link.has_declared(&publish.exchange) {
            return Ok(());
        }
        timeout_at(attempt.deadline, link.ensure_exchange(&publish.exchange))
            .await
            .unwrap_or_else(|_| Err(LinkError::lost("the exchange could not be declared in time")))
    }

    /// Has a reply take the way that is permitted to all who call.
    fn through_exchange<'a>(&'a self, publish: &mut Publish<'a>) {
        publish.exchange = topology::rpc_exchange(&self.options);
        publish.declare_exchange = true;
    }

    /// An open channel on a connection that takes messages.
    async fn channel(
        &self,
        slot: &Slot,
        attempt: &Attempt,
    ) -> Result<Arc<PublishChannel>, PublishError> {
        if let Some(channel) = slot.open()
            && !channel.link().is_blocked()
        {
            return Ok(channel);
        }
        let opening = async {
            // One opens it, the others find it open.
            let _one = slot.opening.lock().await;
            let mut link = self.link.clone();
            loop {
                if let Some(channel) = slot.open() {
                    self.unblocked(channel.link(), attempt.deadline).await?;
                    return Ok(channel);
                }
                let Some(current) = wait_for_link(&mut link).await else {
                    return Err(PublishError::Closed);
                };
                // A channel cannot be opened either while the broker does not listen.
                self.unblocked(&current, attempt.deadline).await?;
                // If the last channel failed, it did so because something it named is gone; or else is not allowed.
                if !std::ptr::eq(slot, &self.first) {
                    current.forget_exchanges();
                }
                match current.publish_channel().await {
                    Ok(channel) => {
                        let channel = Arc::new(channel);
                        tokio::spawn(hand_back(channel.returned(), Arc::clone(&self.returns)));
                        slot.set(Arc::clone(&channel));
                        return Ok(channel);
                    }
                    Err(err) => {
                        tracing::debug!(%err, "cannot open a channel");
                        sleep(RETRY).await;
                    }
                }
            }
        };
        tokio::select! {
            opened = timeout_at(attempt.deadline, opening) => {
                opened.unwrap_or_else(|_| Err(attempt.gave_up("there is no connection to it")))
            }
            () = self.closing.cancelled() => Err(PublishError::Closed),
        }
    }

    /// Waits a while for a broker that takes no messages.
    async fn unblocked(&self, link: &Link, deadline: Instant) -> Result<(), PublishError> {
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

fn no_answer() -> PublishError {
    PublishError::Unknown("no answer came in time".to_owned())
}

/// Gives requests that come back to whoever waits for the reply to them, as long as the channel lives.
async fn hand_back(mut returned: crate::link::Returned, returns: Returns) {
    while let Some(message) = returned.next(|key| topology::returned_address(key)).await {
        let key = message.reply_to.as_deref().unwrap_or_default();
        let waiting = returns.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiting) = waiting.get(key) {
            // Gone is fine: nobody waits any more.
            let _ = waiting.send(message);
        }
    }
    // Of a message that nobody waits for the outcome of this is all that will ever be heard.
    if let Some(err) = returned.refused() {
        tracing::error!(%err, "a message was refused: grant the permission (`kinoko permissions`)");
    }
}
