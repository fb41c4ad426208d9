//! [`FastChannel`]: publishing without confirms, and what comes back of it.
//!
//! Any number of tasks may publish: there are no tags to keep in order. The library collects what
//! comes back and tells nobody. So a while after a mandatory message the broker is asked something
//! on the same channel; it answers in order, so once it has, whatever comes back is there.

use std::{sync::Arc, time::Duration};

use lapin::{
    Channel,
    options::{BasicPublishOptions, BasicQosOptions},
};
use tokio::{sync::Notify, task::AbortHandle};

use super::{Link, LinkError, Publish, Received, wire};

/// How long returns are waited for together. A question for each message would cost more than it
/// tells.
const COLLECT: Duration = Duration::from_millis(5);

/// A channel without confirms.
pub(crate) struct FastChannel {
    shared: Arc<Shared>,
    collector: AbortHandle,
}

struct Shared {
    link: Arc<Link>,
    channel: Channel,
    mandatory_sent: Notify,
}

impl Link {
    /// A channel without confirms. What comes back is given to `on_return`.
    ///
    /// # Errors
    /// When the link is lost.
    pub(crate) async fn fast_channel(
        self: &Arc<Self>,
        on_return: impl Fn(Received) + Send + Sync + 'static,
    ) -> Result<FastChannel, LinkError> {
        let channel = self.ask(self.connection.create_channel()).await?;
        let link = Arc::clone(self);
        let shared = Arc::new(Shared { link, channel, mandatory_sent: Notify::new() });
        let collector = tokio::spawn(collect(Arc::clone(&shared), on_return)).abort_handle();
        Ok(FastChannel { shared, collector })
    }
}

impl FastChannel {
    /// The connection it is on.
    pub(crate) fn link(&self) -> &Link {
        &self.shared.link
    }

    /// Whether it can be published on.
    pub(crate) fn is_open(&self) -> bool {
        self.shared.channel.status().connected()
    }

    /// Resolves when the message is written to the socket.
    ///
    /// # Errors
    /// When it was not, and will not be.
    pub(crate) async fn publish(&self, publish: &Publish) -> Result<(), LinkError> {
        let options = BasicPublishOptions { mandatory: publish.mandatory, immediate: false };
        self.shared
            .channel
            .basic_publish(
                wire::short(&publish.exchange.name)?,
                wire::short(&publish.routing_key)?,
                options,
                &publish.body,
                wire::to_properties(publish.id, &publish.properties)?,
            )
            .await
            .map_err(|err| wire::error(&err))?;
        if publish.mandatory {
            self.shared.mandatory_sent.notify_one();
        }
        Ok(())
    }
}

impl Drop for FastChannel {
    fn drop(&mut self) {
        self.collector.abort();
    }
}

async fn collect(shared: Arc<Shared>, on_return: impl Fn(Received)) {
    loop {
        shared.mandatory_sent.notified().await;
        tokio::time::sleep(COLLECT).await;
        // Setting a prefetch where nothing is consumed is a question that needs no permission.
        let asked = shared.channel.basic_qos(1, BasicQosOptions::default());
        let alive = shared.link.ask(asked).await.is_ok();
        for returned in shared.channel.wait_for_confirms().await.unwrap_or_default() {
            on_return(wire::received(returned.delivery));
        }
        if !alive {
            if !shared.channel.status().connected() {
                return;
            }
            // A broker that takes no messages does not answer either, until it does again.
            shared.mandatory_sent.notify_one();
        }
    }
}
