//! Fast messages that have to wait for something first: room, a channel, or what the broker says of the first request
//! to a method.

use kinoko_core::PublishError;
use tokio::time::timeout_at;

use super::{Attempt, Failed, Publisher};
use crate::link::{Link, LinkError, LinkErrorKind, Publish};

impl Publisher {
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
}
