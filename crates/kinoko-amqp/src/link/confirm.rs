//! [`ConfirmChannel`]: publishing with confirms, where each message gets its own outcome.
//!
//! The library hands a message that came back to whichever confirm it resolves next, not to the
//! one it belongs to. What is certain is that the broker sends a return before the confirm of the
//! same message, and that each confirm takes one waiting return along. So once nothing is
//! outstanding every return has been handed out. A channel for mandatory messages therefore keeps
//! its outcomes until then and finds the returned ones by their own message id. It works in batches:
//! what is submitted while confirms are outstanding makes the wait longer.
//!
//! Tags are right as long as one task publishes: the library takes the tag and queues the frames in
//! two steps.

use std::{
    collections::{HashSet, VecDeque},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use lapin::{
    Channel, Confirmation,
    message::BasicReturnMessage,
    options::{BasicPublishOptions, ConfirmSelectOptions},
};
use tokio::time::timeout;
use uuid::Uuid;

use super::{Link, LinkError, Publish, wire};

/// What became of a message.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The broker has it, or, unless it was mandatory, nobody wanted it.
    Confirmed,
    /// No queue wanted it.
    Returned,
    /// A queue refused it.
    Nacked,
    /// It never left.
    NotSent(LinkError),
    /// It left, and then nothing was heard.
    Unknown(LinkError),
}

/// A channel in confirm mode. Only one task may own it.
pub(crate) struct ConfirmChannel {
    channel: Arc<Channel>,
    batches: bool,
    outstanding: FuturesUnordered<Pin<Box<dyn Future<Output = Answer> + Send>>>,
    kept: Vec<(Uuid, bool)>,
    returned: HashSet<Uuid>,
    resolved: VecDeque<(Uuid, Outcome)>,
}

/// The library's answer to one publish, with somebody's returned message perhaps.
struct Answer {
    id: Uuid,
    outcome: Result<bool, Outcome>,
    returned: Option<Uuid>,
}

impl Link {
    /// A channel in confirm mode; for mandatory messages it must work in batches.
    ///
    /// # Errors
    /// When the link is lost.
    pub(crate) async fn confirm_channel(&self, batches: bool) -> Result<ConfirmChannel, LinkError> {
        let channel = self.ask(self.connection.create_channel()).await?;
        self.ask(channel.confirm_select(ConfirmSelectOptions::default())).await?;
        Ok(ConfirmChannel {
            channel: Arc::new(channel),
            batches,
            outstanding: FuturesUnordered::new(),
            kept: Vec::new(),
            returned: HashSet::new(),
            resolved: VecDeque::new(),
        })
    }
}

impl ConfirmChannel {
    /// Whether a message submitted now is sent without making others wait.
    pub(crate) fn is_ready(&self) -> bool {
        !self.batches || self.is_idle()
    }

    /// Whether no outcome is to be waited for.
    pub(crate) fn is_idle(&self) -> bool {
        self.outstanding.is_empty() && self.resolved.is_empty()
    }

    /// Whether it can be published on at all.
    pub(crate) fn is_open(&self) -> bool {
        self.channel.status().connected()
    }

    /// Takes a message. It is sent, and its outcome told, by [`next`](ConfirmChannel::next).
    pub(crate) fn submit(&mut self, publish: Arc<Publish>) {
        let channel = Arc::clone(&self.channel);
        self.outstanding.push(Box::pin(async move {
            let id = publish.id;
            match send(&channel, &publish).await {
                Ok((outcome, returned)) => Answer { id, outcome, returned },
                Err(error) => Answer { id, outcome: Err(Outcome::NotSent(error)), returned: None },
            }
        }));
    }

    /// Keeps the channel until nothing is outstanding. The library sends the end of a channel before
    /// the messages that wait to be sent on it, and the broker closes the connection over those.
    pub(crate) async fn finish(mut self, longest: Duration) {
        let _ = timeout(longest, async { while self.next().await.is_some() {} }).await;
    }

    /// The next outcome; `None` when nothing is outstanding.
    pub(crate) async fn next(&mut self) -> Option<(Uuid, Outcome)> {
        loop {
            if let Some(resolved) = self.resolved.pop_front() {
                return Some(resolved);
            }
            let Answer { id, outcome, returned } = self.outstanding.next().await?;
            self.returned.extend(returned);
            match outcome {
                Ok(acked) if self.batches => self.kept.push((id, acked)),
                Ok(acked) => self.resolved.push_back((id, confirmed(acked))),
                Err(outcome) => self.resolved.push_back((id, outcome)),
            }
            if self.outstanding.is_empty() {
                // A return may have gone down with the channel.
                let told = self.is_open();
                for (id, acked) in self.kept.drain(..) {
                    let outcome = if self.returned.contains(&id) {
                        Outcome::Returned
                    } else if told || !acked {
                        confirmed(acked)
                    } else {
                        Outcome::Unknown(LinkError::lost("the channel was closed"))
                    };
                    self.resolved.push_back((id, outcome));
                }
                self.returned.clear();
            }
        }
    }
}

fn confirmed(acked: bool) -> Outcome {
    if acked { Outcome::Confirmed } else { Outcome::Nacked }
}

/// Whether it was acked, and the id of the message that came back with it, its own or another's.
type Answered = (Result<bool, Outcome>, Option<Uuid>);

async fn send(channel: &Channel, publish: &Publish) -> Result<Answered, LinkError> {
    let options = BasicPublishOptions { mandatory: publish.mandatory, immediate: false };
    let confirm = channel
        .basic_publish(
            wire::short(&publish.exchange.name)?,
            wire::short(&publish.routing_key)?,
            options,
            &publish.body,
            wire::to_properties(publish.id, &publish.properties)?,
        )
        .await
        .map_err(|err| wire::error(&err))?;
    Ok(match confirm.await {
        Ok(Confirmation::Ack(returned)) => (Ok(true), id_of(returned)),
        Ok(Confirmation::Nack(returned)) => (Ok(false), id_of(returned)),
        Ok(Confirmation::NotRequested) => {
            let error = LinkError::lost("the channel is not in confirm mode");
            (Err(Outcome::Unknown(error)), None)
        }
        Err(err) => (Err(Outcome::Unknown(wire::error(&err))), None),
    })
}

fn id_of(returned: Option<BasicReturnMessage>) -> Option<Uuid> {
    returned?.properties.message_id().as_ref()?.as_str().parse().ok()
}
