//! [`Slot`]: the place of a channel.

use std::sync::{Arc, PoisonError, RwLock};

use crate::link::PublishChannel;

/// A channel that is opened when it is needed, and again when it failed.
#[derive(Default)]
pub(super) struct Slot {
    channel: RwLock<Option<Arc<PublishChannel>>>,
    /// Held by whoever opens one.
    pub(super) opening: tokio::sync::Mutex<()>,
}

impl Slot {
    pub(super) fn open(&self) -> Option<Arc<PublishChannel>> {
        let channel = self.channel.read().unwrap_or_else(PoisonError::into_inner);
        channel.as_ref().filter(|it| it.is_open()).cloned()
    }

    pub(super) fn set(&self, channel: Arc<PublishChannel>) {
        *self.channel.write().unwrap_or_else(PoisonError::into_inner) = Some(channel);
    }

    pub(super) fn clear(&self) {
        *self.channel.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
