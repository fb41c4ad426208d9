//! What must be at the broker before messages can flow.
//!
//! Each thing is declared on a channel of its own, because the broker answers a declaration that
//! does not fit by closing the channel.

use std::sync::PoisonError;

use kinoko_amqp_client::{
    Channel, ErrorKind, ExchangeDeclaration, Fields, Outcome, Publish, QueueDeclaration,
};
use kinoko_core::REPLY_KEY_PREFIX;

use super::{Exchange, Link, LinkError, LinkErrorKind, Queue};

impl Link {
    /// Declares an exchange.
    ///
    /// # Errors
    /// [`LinkErrorKind::Different`] when there is one of that name that is not the same.
    pub(crate) async fn declare_exchange(&self, exchange: &Exchange<'_>) -> Result<(), LinkError> {
        let declaration = ExchangeDeclaration {
            name: &exchange.name,
            durable: true,
            auto_delete: exchange.auto_delete,
            ..ExchangeDeclaration::default()
        };
        let what = format!("exchange `{}`", exchange.name);
        self.on_own_channel(&what, async |it| it.declare_exchange(&declaration).await).await
    }

    /// Declares an exchange, or finds that it is there: who may not declare it can still use one that somebody else
    /// has.
    ///
    /// # Errors
    /// [`LinkErrorKind::Refused`] when it is not there and may not be declared; those of
    /// [`declare_exchange`](Link::declare_exchange).
    pub(crate) async fn see_to_exchange(&self, exchange: &Exchange<'_>) -> Result<(), LinkError> {
        let known =
            self.foreign.read().unwrap_or_else(PoisonError::into_inner).contains(&*exchange.name);
        let refused = if known {
            // To ask again would only be refused again.
            "it may not be declared".to_owned()
        } else {
            match self.declare_exchange(exchange).await {
                Err(err) if err.kind == LinkErrorKind::Refused => err.text,
                other => return other,
            }
        };
        let passive = ExchangeDeclaration {
            name: &exchange.name,
            passive: true,
            ..ExchangeDeclaration::default()
        };
        let what = format!("exchange `{}`", exchange.name);
        match self.on_own_channel(&what, async |it| it.declare_exchange(&passive).await).await {
            Ok(()) => {
                tracing::debug!(exchange = &*exchange.name, "it is there, and not ours to declare");
                let mut foreign = self.foreign.write().unwrap_or_else(PoisonError::into_inner);
                foreign.insert(exchange.name.clone().into_owned());
                Ok(())
            }
            Err(err) if err.kind == LinkErrorKind::NotFound => Err(LinkError {
                kind: LinkErrorKind::Refused,
                text: format!("{refused}, or have an administrator declare it"),
            }),
            Err(err) => Err(err),
        }
    }

    /// Sees to an exchange once per link, before the first message to it.
    ///
    /// That it is another than it should be is no error here: it takes messages all the same.
    ///
    /// # Errors
    /// When the link is lost.
    pub(crate) async fn ensure_exchange(&self, exchange: &Exchange<'_>) -> Result<(), LinkError> {
        if self.has_declared(exchange) {
            return Ok(());
        }
        // One declares it, however many have a message for it.
        let _one = self.declaring.lock().await;
        if self.has_declared(exchange) {
            return Ok(());
        }
        match self.see_to_exchange(exchange).await {
            Ok(()) => {}
            Err(err) if err.kind == LinkErrorKind::Different => {
                tracing::warn!(%err, "publishing all the same");
            }
            Err(err) => return Err(err),
        }
        let mut declared = self.declared.write().unwrap_or_else(PoisonError::into_inner);
        declared.insert(exchange.name.clone().into_owned());
        Ok(())
    }

    /// Whether that exchange was declared on this link.
    pub(crate) fn has_declared(&self, exchange: &Exchange<'_>) -> bool {
        let declared = self.declared.read().unwrap_or_else(PoisonError::into_inner);
        declared.contains(&*exchange.name)
    }

    /// Forgets what was declared: the broker has just refused a message, so something is gone.
    pub(crate) fn forget_exchanges(&self) {
        self.declared.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.allowed.write().unwrap_or_else(PoisonError::into_inner).clear();
        *self.direct.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether a request with that key was taken on this link, so that it is known to be allowed.
    pub(crate) fn is_allowed(&self, routing_key: &str) -> bool {
        let allowed = self.allowed.read().unwrap_or_else(PoisonError::into_inner);
        allowed.contains(routing_key)
    }

    pub(crate) fn set_allowed(&self, routing_key: &str) {
        /// More methods than a service calls; who calls more waits for the outcome of each.
        const MOST: usize = 4096;
        let mut allowed = self.allowed.write().unwrap_or_else(PoisonError::into_inner);
        if allowed.len() < MOST {
            allowed.insert(routing_key.to_owned());
        }
    }

    /// Whether we may publish to the default exchange. The broker is asked once per link, by a message
    /// to a queue there is not: it closes the channel over a message it does not allow, and with it the
    /// others that are on their way there.
    ///
    /// # Errors
    /// When the link is lost.
    pub(crate) async fn is_direct_allowed(&self) -> Result<bool, LinkError> {
        if let Some(known) = self.direct() {
            return Ok(known);
        }
        let _one = self.declaring.lock().await;
        if let Some(known) = self.direct() {
            return Ok(known);
        }
        let channel = self.connection.open_channel().await?;
        let nobody = Publish { routing_key: REPLY_KEY_PREFIX.into(), ..Publish::default() };
        let allowed = match channel.publish(&nobody).await? {
            Outcome::Unknown(err) if err.kind() == ErrorKind::Refused => {
                tracing::info!(
                    %err,
                    "replies go through the exchange of requests: permit writing to \
                     `amq.default` for a shorter way, or set `direct_replies: false` not to ask"
                );
                false
            }
            Outcome::Unknown(err) => return Err(err.into()),
            _ => true,
        };
        *self.direct.write().unwrap_or_else(PoisonError::into_inner) = Some(allowed);
        Ok(allowed)
    }

    /// The same, if it is known already.
    pub(crate) fn direct(&self) -> Option<bool> {
        *self.direct.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Declares a queue.
    ///
    /// # Errors
    /// [`LinkErrorKind::Different`] when there is one of that name that is not the same,
    /// [`LinkErrorKind::Locked`] when it is another connection's.
    pub(crate) async fn declare_queue(&self, queue: &Queue) -> Result<(), LinkError> {
        let mut declaration = QueueDeclaration {
            name: &queue.name,
            durable: queue.durable,
            exclusive: queue.exclusive,
            auto_delete: queue.auto_delete,
            ..QueueDeclaration::default()
        };
        if let Some(expires) = queue.expires {
            declaration.arguments.insert("x-expires", expires);
        }
        let what = format!("queue `{}`", queue.name);
        self.on_own_channel(&what, async |it| it.declare_queue(&declaration).await.map(drop)).await
    }

    /// Has an exchange send what has that routing key to a queue.
    ///
    /// # Errors
    /// When either is not there, or it is not allowed.
    pub(crate) async fn bind(
        &self,
        queue: &Queue,
        exchange: &Exchange<'_>,
        routing_key: &str,
    ) -> Result<(), LinkError> {
        let what = format!("binding of queue `{}` to exchange `{}`", queue.name, exchange.name);
        self.on_own_channel(&what, async |it| {
            it.bind_queue(&queue.name, &exchange.name, routing_key, &Fields::new()).await
        })
        .await
    }

    /// How many consumers a queue has; `None` when there is no such queue.
    ///
    /// # Errors
    /// When the broker does not answer.
    pub(crate) async fn consumers(&self, queue: &str) -> Result<Option<u32>, LinkError> {
        let passive = QueueDeclaration { name: queue, passive: true, ..Default::default() };
        let found = self
            .on_own_channel(&format!("queue `{queue}`"), async |it| {
                it.declare_queue(&passive).await
            })
            .await;
        match found {
            Ok(found) => Ok(Some(found.consumers)),
            Err(err) if err.kind == LinkErrorKind::NotFound => Ok(None),
            Err(err) => Err(err),
        }
    }

    async fn on_own_channel<T>(
        &self,
        what: &str,
        question: impl AsyncFnOnce(&Channel) -> Result<T, kinoko_amqp_client::Error>,
    ) -> Result<T, LinkError> {
        let channel = self.connection.open_channel().await?;
        // Dropped, it is closed; nobody has to wait for that.
        question(&channel).await.map_err(|err| explain(what, err.into()))
    }
}

/// Says what was declared, how the broker's differs, and what can be done.
pub(super) fn explain(what: &str, error: LinkError) -> LinkError {
    let text = match error.kind {
        LinkErrorKind::Different => {
            let difference = difference(&error.text).unwrap_or_else(|| error.text.clone());
            format!(
                "{what} exists and is not the same: {difference}; delete it, or declare it as it is"
            )
        }
        LinkErrorKind::Refused => format!(
            "{what}: {}; grant the permission (`kinoko permissions` prints them all)",
            error.text
        ),
        _ => format!("{what}: {}", error.text),
    };
    LinkError { kind: error.kind, text }
}

/// `durable is 'false' at the broker, declared 'true'`, out of RabbitMQ's longer words.
fn difference(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("inequivalent arg '")?;
    let (argument, rest) = rest.split_once('\'')?;
    let (_, rest) = rest.split_once("received ")?;
    let (declared, current) = rest.split_once(" but current is ")?;
    Some(format!("{argument} is {current} at the broker, declared {declared}"))
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn a_difference_is_told_in_few_words() {
        let text = "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'q' in vhost '/': \
                    received 'true' but current is 'false'";
        let found = difference(text).unwrap();
        assert_eq!(found, "durable is 'false' at the broker, declared 'true'");
        assert_eq!(difference("PRECONDITION_FAILED - something else"), None);
    }
}
