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
    /// settled. Then nothing is done.
    pub fn settle(
        &mut self,
        id: ChannelId,
        tag: u64,
        multiple: bool,
        how: Settle,
    ) -> Result<(), Error> {
        let ended = matches!(self.state, State::Closing(_) | State::Closed(_));
        let open = self.channel(id).filter(|it| !ended && it.state != ChannelState::Closing);
        let unacked = &mut open.ok_or_else(stale)?.unacked;
        if how == Settle::Ack && !multiple {
            let tag = unacked.settle(tag, multiple).ok_or_else(stale)?;
            self.acknowledge(id, tag);
            return Ok(());
        }
        if !unacked.has(tag, multiple) {
            return Err(stale());
        }
        // An acknowledgement stands for what is settled before it; so what else is settled comes behind it.
        self.write_acks();
        let settled = self.channel(id).and_then(|it| it.unacked.settle(tag, multiple));
        let tag = settled.ok_or_else(stale)?;
        let requeue = how == Settle::Requeue;
        let method = match how {
            Settle::Ack => BasicAck { delivery_tag: tag, multiple }.into(),
            _ if multiple => BasicNack { delivery_tag: tag, multiple, requeue }.into(),
            _ => BasicReject { delivery_tag: tag, requeue }.into(),
        };
        self.write(id.number, &method)
    }
}

fn stale() -> Error {
    let text = "the delivery was settled before, or its channel is gone";
    Error::new(ErrorKind::Stale, Scope::Request, text)
}
