//! Settling: what becomes of a delivery.

use super::{ChannelId, Connection, Settle, channel::ChannelState, connection::State};
use crate::{
    Error, ErrorKind,
    codec::{BasicAck, BasicNack, BasicReject},
    reply_code::Scope,
};

impl<P, C> Connection<P, C> {
    /// Settles a delivery; with `multiple`, all of the channel up to it.
    ///
    /// # Errors
    /// [`Stale`](ErrorKind::Stale) when there is none such any more: the channel is gone, or it was
    /// settled. Nothing was sent.
    pub fn settle(
        &mut self,
        id: ChannelId,
        tag: u64,
        multiple: bool,
        how: Settle,
    ) -> Result<(), Error> {
        // An acknowledgement stands for what is settled before it; so what else is settled comes behind it.
        if multiple || how != Settle::Ack {
            self.write_acks();
        }
        let ended = matches!(self.state, State::Closing(_) | State::Closed(_));
        let found = match self.channel(id) {
            Some(it) if it.state != ChannelState::Closing => it.unacked.settle(tag, multiple),
            _ => None,
        };
        let Some(tag) = found.filter(|_| !ended) else {
            let text = "the delivery was settled before, or its channel is gone";
            return Err(Error::new(ErrorKind::Stale, Scope::Request, text));
        };
        let method = match how {
            Settle::Ack if !multiple => {
                self.acknowledge(id, tag);
                return Ok(());
            }
            Settle::Ack => BasicAck { delivery_tag: tag, multiple }.into(),
            _ if multiple => {
                let requeue = how == Settle::Requeue;
                BasicNack { delivery_tag: tag, multiple, requeue }.into()
            }
            _ => BasicReject { delivery_tag: tag, requeue: how == Settle::Requeue }.into(),
        };
        self.write(id.number, &method)
    }
}
