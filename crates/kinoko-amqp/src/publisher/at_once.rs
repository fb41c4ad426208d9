//! Messages that are sent at once: nearly all of them find a channel that is open and has room, and nothing that
//! would have to be asked first. The others wait for what they have to.

use kinoko_core::{Guarantee, Message, PublishError};
use tokio::time::timeout_at;
use uuid::Uuid;

use super::{Attempt, Publisher, no_answer};
use crate::{
    convert,
    link::{Confirm, Link, Outcome, Publish},
};

/// What came of sending a message at once.
pub(crate) enum AtOnce {
    /// It is sent, and nothing more will be heard of it.
    Sent,
    /// It is sent, and [something will be heard of it](Publisher::confirmed).
    Unconfirmed(Unconfirmed),
    /// It cannot be sent.
    Failed(PublishError),
    /// There is something to wait for first: it is to be [published](Publisher::publish).
    No,
}

/// A message that was sent for the first time.
pub(crate) struct Unconfirmed {
    id: Uuid,
    confirm: Confirm,
    attempt: Attempt,
    /// Whether it took the way of a reply that may not go to its queue directly.
    by_exchange: bool,
}

impl Publisher {
    /// Sends a message, if there is nothing to wait for and nothing to ask.
    pub(crate) fn publish_at_once(&self, message: &Message) -> AtOnce {
        if self.closing.is_cancelled() {
            return AtOnce::No;
        }
        let slot = match message.guarantee {
            Guarantee::Fast => &self.fast,
            Guarantee::Durable => &self.durable,
        };
        let Some(channel) = slot.open() else { return AtOnce::No };
        let link = channel.link();
        if link.is_blocked() {
            return AtOnce::No;
        }
        let mut publish = match convert::to_publish(message, &self.options) {
            Ok(publish) => publish,
            Err(err) => return AtOnce::Failed(err),
        };
        let direct = publish.exchange.is_default();
        if !self.is_known(&mut publish, link) {
            return AtOnce::No;
        }
        if message.guarantee == Guarantee::Fast {
            return channel.try_send(&publish).map_or(AtOnce::No, |()| AtOnce::Sent);
        }
        let attempt = Attempt::new(message, &self.options);
        let by_exchange = direct && !publish.exchange.is_default();
        channel.try_submit(&publish).map_or(AtOnce::No, |confirm| {
            AtOnce::Unconfirmed(Unconfirmed { id: publish.id, confirm, attempt, by_exchange })
        })
    }

    /// Waits for what becomes of a message that was sent, and goes on as with every other if it was lost.
    #[expect(
        clippy::manual_async_fn,
        reason = "an `async fn` has room for what it was given twice, and each message sent has one of these"
    )]
    pub(crate) fn confirmed(
        &self,
        message: Message,
        sent: Unconfirmed,
    ) -> impl Future<Output = Result<(), PublishError>> + Send {
        async move {
            match timeout_at(sent.attempt.deadline, sent.confirm.outcome()).await {
                Ok(Outcome::Confirmed) => Ok(()),
                Ok(outcome) => {
                    let Unconfirmed { id, attempt, by_exchange, .. } = sent;
                    // Boxed, for nearly none comes here.
                    Box::pin(self.go_on(message, id, attempt, by_exchange, outcome)).await
                }
                Err(_) => Err(no_answer()),
            }
        }
    }

    /// Says what became of the first attempt, or makes the next.
    async fn go_on(
        &self,
        message: Message,
        id: Uuid,
        mut attempt: Attempt,
        by_exchange: bool,
        outcome: Outcome,
    ) -> Result<(), PublishError> {
        let mut publish = convert::to_publish(&message, &self.options)?;
        publish.id = id;
        if by_exchange {
            self.through_exchange(&mut publish);
        }
        let said = attempt.said(outcome, &publish);
        match attempt.of_durable(said) {
            Ok(outcome) => return outcome,
            Err(err) => attempt.failed(err)?,
        }
        tokio::task::yield_now().await;
        self.publish_until(publish, attempt).await
    }

    /// Whether nothing is to be asked first: the exchange is known to be there, and a fast request's method to be allowed.
    /// A reply that may not go to its queue directly takes the way through the exchange from here on.
    fn is_known<'a>(&'a self, publish: &mut Publish<'a>, link: &Link) -> bool {
        if publish.mandatory && publish.message.guarantee == Guarantee::Fast {
            return link.is_allowed(&publish.routing_key);
        }
        if publish.exchange.is_default() {
            match link.direct() {
                Some(false) => self.through_exchange(publish),
                known => return known == Some(true),
            }
        }
        !publish.declare_exchange || link.has_declared(&publish.exchange)
    }
}
