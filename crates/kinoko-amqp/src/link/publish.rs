//! [`PublishChannel`]: a channel that messages are published on.

use std::sync::Arc;

use kinoko_amqp_client::{Channel, Outcome, Returns};
use kinoko_core::{Address, Message};

use super::{
    Link, LinkError, LinkErrorKind, Publish,
    wire::{self, Last, Parts},
};

/// A channel to publish on, from any number of tasks.
pub(crate) struct PublishChannel {
    link: Arc<Link>,
    channel: Channel,
}

impl Link {
    /// Opens a channel to publish on.
    ///
    /// # Errors
    /// When the link is lost.
    pub(crate) async fn publish_channel(self: &Arc<Self>) -> Result<PublishChannel, LinkError> {
        let channel = self.connection.open_channel().await?;
        Ok(PublishChannel { link: Arc::clone(self), channel })
    }
}

impl PublishChannel {
    /// The connection it is on.
    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    /// Whether it can be published on.
    pub(crate) fn is_open(&self) -> bool {
        self.channel.is_open()
    }

    /// Sends a message if there is room for it, and asks nothing.
    ///
    /// # Errors
    /// When it was not sent.
    pub(crate) fn try_send(&self, publish: &Publish<'_>) -> Result<(), LinkError> {
        with(publish, |it| self.channel.try_send(it))
    }

    /// Sends a message as soon as there is room for it, and asks nothing.
    ///
    /// # Errors
    /// When it was not sent, and will not be.
    pub(crate) async fn send(&self, publish: &Publish<'_>) -> Result<(), LinkError> {
        let parts = Parts::of(publish)?;
        Ok(self.channel.send(&wire::to_client(publish, &parts)).await?)
    }

    /// Sends a message if there is room for it.
    ///
    /// # Errors
    /// When it was not sent.
    pub(crate) fn try_submit(&self, publish: &Publish<'_>) -> Result<Confirm, LinkError> {
        with(publish, |it| self.channel.try_submit(it)).map(Confirm)
    }

    /// Sends a message as soon as there is room for it.
    ///
    /// # Errors
    /// When it was not sent, and will not be.
    pub(crate) async fn submit(&self, publish: &Publish<'_>) -> Result<Confirm, LinkError> {
        let parts = Parts::of(publish)?;
        Ok(Confirm(self.channel.submit(&wire::to_client(publish, &parts)).await?))
    }

    /// What comes back of what was only sent.
    pub(crate) fn returned(&self) -> Returned {
        Returned { returns: self.channel.returns(), last: Last::default() }
    }
}

/// A message that is on its way.
pub(crate) struct Confirm(kinoko_amqp_client::Confirm);

impl Confirm {
    /// What became of it.
    pub(crate) async fn outcome(self) -> Outcome {
        self.0.await
    }
}

/// Messages that come back.
pub(crate) struct Returned {
    returns: Returns,
    last: Last,
}

impl Returned {
    /// The next, addressed to whom its routing key says; none when the channel is gone.
    pub(crate) async fn next(
        &mut self,
        address: impl FnOnce(&Arc<str>) -> Address,
    ) -> Option<Arc<Message>> {
        let returned = self.returns.next().await?;
        Some(wire::received(&returned.message, &mut self.last, address).message)
    }

    /// What the broker said it does not allow, if the channel is gone over that.
    pub(crate) fn refused(&self) -> Option<LinkError> {
        let error = LinkError::from(self.returns.error()?.clone());
        (error.kind == LinkErrorKind::Refused).then_some(error)
    }
}

fn with<T>(
    publish: &Publish<'_>,
    send: impl FnOnce(&kinoko_amqp_client::Publish<'_>) -> Result<T, kinoko_amqp_client::Error>,
) -> Result<T, LinkError> {
    let parts = Parts::of(publish)?;
    Ok(send(&wire::to_client(publish, &parts))?)
}
