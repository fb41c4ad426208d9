//! Publishing at once: what nearly every request and reply needs, without a future.

use kinoko_core::{Guarantee, Message, PublishError};

use super::Publisher;
use crate::{
    convert,
    link::{Link, Publish},
};

impl Publisher {
    /// Sends a fast message, if there is nothing to wait for and nothing to ask. `None` says that it is to be
    /// [published](Publisher::publish), and then it is as it was.
    pub(crate) fn publish_at_once(
        &self,
        message: &mut Message,
    ) -> Option<Result<(), PublishError>> {
        if message.guarantee != Guarantee::Fast || self.closing.is_cancelled() {
            return None;
        }
        let channel = self.fast.open()?;
        let link = channel.link();
        let mut publish = match convert::to_publish(message, &self.options) {
            Ok(publish) => publish,
            Err(err) => return Some(Err(err)),
        };
        if !link.is_blocked()
            && self.is_known(&mut publish, link)
            && channel.try_send(&publish).is_ok()
        {
            return Some(Ok(()));
        }
        let Publish { properties, body, .. } = publish;
        convert::put_back(message, properties, body);
        None
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
