//! Fast messages: nearly every request and reply is sent at once, without a future; the others wait for what they
//! have to.

use kinoko_core::{Guarantee, Message, PublishError};
use tokio::time::timeout_at;

use super::{Attempt, Failed, Publisher};
use crate::{
    convert,
    link::{Link, LinkError, LinkErrorKind, Publish},
};

impl Publisher {
    /// Sends a fast message, if there is nothing to wait for and nothing to ask. `None` says that it is to be
    /// [published](Publisher::publish).
    pub(crate) fn publish_at_once(&self, message: &Message) -> Option<Result<(), PublishError>> {
        if message.guarantee != Guarantee::Fast || self.closing.is_cancelled() {
            return None;
        }
        let channel = self.fast.open()?;
        let link = channel.link();
        if link.is_blocked() {
            return None;
        }
        let mut publish = match convert::to_publish(message, &self.options) {
            Ok(publish) => publish,
            Err(err) => return Some(Err(err)),
        };
        let sent = self.is_known(&mut publish, link) && channel.try_send(&publish).is_ok();
        sent.then_some(Ok(()))
    }

    /// One attempt: what is said of it, without waiting for an outcome but for the first request to a method; or why it
    /// is to be tried again.
    pub(super) async fn publish_fast<'a>(
        &'a self,
        publish: &mut Publish<'a>,
        attempt: &mut Attempt,
    ) -> Result<Result<(), PublishError>, LinkError> {
        let channel = match self.channel(&self.fast, attempt).await {
            Ok(channel) => channel,
            Err(err) => return Ok(Err(err)),
        };
        if !publish.mandatory {
            self.prepare(&channel, publish, attempt).await?;
        } else if !channel.link().is_allowed(&publish.routing_key)
            && let Some(outcome) = self.publish_first(channel.link(), publish, attempt).await?
        {
            return Ok(outcome);
        }
        match channel.try_send(publish) {
            Err(err) if err.kind == LinkErrorKind::Full => {
                match timeout_at(attempt.patience, channel.send(publish)).await {
                    Ok(sent) => sent?,
                    Err(_) => return Ok(Err(attempt.no_room(&channel))),
                }
            }
            tried => tried?,
        }
        Ok(Ok(()))
    }

    /// The first request to a method, unless another was meanwhile: then it is for everybody to send. The broker closes
    /// the channel over one that it does not allow, whatever else is on its way there. So each has a channel to itself.
    async fn publish_first<'a>(
        &'a self,
        link: &Link,
        publish: &mut Publish<'a>,
        attempt: &mut Attempt,
    ) -> Result<Option<Result<(), PublishError>>, LinkError> {
        let asking = timeout_at(attempt.deadline, self.asking.lock()).await;
        let Ok(_one) = asking else {
            let why = "no answer came in time to those before it";
            return Ok(Some(Err(attempt.gave_up(why))));
        };
        if link.is_allowed(&publish.routing_key) {
            return Ok(None);
        }
        Ok(match self.outcome(&self.first, publish, attempt).await? {
            Ok(()) => {
                link.set_allowed(&publish.routing_key);
                Some(Ok(()))
            }
            // It is allowed, and comes back once more as those do that are sent like this.
            Err(Failed::For(PublishError::Unroutable)) => {
                link.set_allowed(&publish.routing_key);
                None
            }
            // It is not sent twice: whoever waits for the reply hears in time that there is none.
            Err(Failed::Lost(_) | Failed::For(PublishError::Unknown(_))) => Some(Ok(())),
            Err(Failed::For(error)) => Some(Err(error)),
        })
    }

    /// Whether the broker is known to take it where it goes: that was asked, or has been seen.
    fn is_known<'a>(&'a self, publish: &mut Publish<'a>, link: &Link) -> bool {
        if publish.mandatory {
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
