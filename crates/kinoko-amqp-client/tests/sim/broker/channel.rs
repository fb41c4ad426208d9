//! [`Channel`]: a channel, as the broker sees it, and the contents that come in on it.

use std::collections::BTreeMap;

use kinoko_amqp_client::codec::{
    BasicPublish, ChannelClose, ChannelCloseOk, ContentHeader, Frame, FrameType, Method,
};

use super::{Broker, confirms::Confirms, queue::Stored};
use crate::holding::Mark;

/// A channel.
#[derive(Default)]
pub(super) struct Channel {
    /// Tells it from others that have its number before or later.
    pub(super) serial: u64,
    /// The broker asked for its end; only the answer is of interest.
    pub(super) closing: bool,
    pub(super) confirms: Option<Confirms>,
    pub(super) unacked: BTreeMap<u64, Unacked>,
    pub(super) last_tag: u64,
    /// For consumers to come.
    pub(super) prefetch: u16,
    /// By tag.
    pub(super) consumers: BTreeMap<String, Consumer>,
    incoming: Option<Incoming>,
}

/// A delivery that was not settled.
pub(super) struct Unacked {
    pub(super) queue: String,
    pub(super) consumer: Option<String>,
    pub(super) stored: Stored,
}

pub(super) struct Consumer {
    pub(super) queue: String,
    pub(super) prefetch: u16,
    pub(super) no_ack: bool,
    pub(super) unacked: u16,
}

/// A content of which not every frame has come.
struct Incoming {
    method: Vec<u8>,
    header: Option<Vec<u8>>,
    body: Vec<u8>,
    size: u64,
}

impl Broker {
    pub(super) fn channel_frame(&mut self, id: u32, frame: Frame<'_>) {
        let number = frame.channel;
        let Some(channel) = self.channel(id, number) else { return self.open_channel(id, frame) };
        if frame.kind != FrameType::Method {
            return self.content_frame(id, frame);
        }
        if channel.incoming.is_some() && !channel.closing {
            return self.violated(id, format!("a method inside of a content on channel {number}"));
        }
        let closing = channel.closing;
        match Method::read(frame.payload) {
            Ok(Method::ChannelCloseOk(_)) if closing => {
                self.sessions.get_mut(&id).map(|it| it.channels.remove(&number));
            }
            Ok(Method::ChannelClose(_)) => {
                let mut ended = Vec::new();
                if !closing {
                    ended = self.end_channel(id, number);
                    self.sessions.get_mut(&id).map(|it| it.channels.remove(&number));
                }
                self.send(id, number, ChannelCloseOk::default());
                ended.into_iter().for_each(|tag| self.mark(id, Mark::End(tag)));
            }
            Ok(_) if closing => {}
            Ok(Method::BasicPublish(_)) => {
                let method = frame.payload.to_vec();
                let incoming = Incoming { method, header: None, body: Vec::new(), size: 0 };
                channel.incoming = Some(incoming);
            }
            Ok(method) => self.channel_method(id, number, &method),
            Err(err) => self.violated(id, err),
        }
        self.pump();
    }

    fn open_channel(&mut self, id: u32, frame: Frame<'_>) {
        let number = frame.channel;
        let open = frame.kind == FrameType::Method
            && matches!(Method::read(frame.payload), Ok(Method::ChannelOpen(_)));
        if !open {
            return self.violated(id, format!("channel {number} is used and not open: {frame}"));
        }
        let serial = self.number();
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if session.terms.channel_max != 0 && number > session.terms.channel_max {
            return self.violated(id, format!("channel {number} is more than was agreed"));
        }
        session.channels.insert(number, Channel { serial, ..Channel::default() });
        self.send(id, number, kinoko_amqp_client::codec::ChannelOpenOk::default());
    }

    fn content_frame(&mut self, id: u32, frame: Frame<'_>) {
        let Some(channel) = self.channel(id, frame.channel) else { return };
        if channel.closing {
            return;
        }
        let Some(incoming) = &mut channel.incoming else {
            return self.violated(id, "a content without a method");
        };
        match (frame.kind, &incoming.header) {
            (FrameType::Header, None) => match ContentHeader::read(frame.payload) {
                Ok(ContentHeader { body_size, problem: None, .. }) => {
                    incoming.size = body_size;
                    incoming.header = Some(frame.payload.to_vec());
                }
                _ => return self.violated(id, "a malformed header"),
            },
            (FrameType::Body, Some(_)) => incoming.body.extend_from_slice(frame.payload),
            _ => return self.violated(id, format!("out of place: {frame}")),
        }
        let so_far = incoming.body.len() as u64;
        if so_far > incoming.size {
            return self.violated(id, "more body than was announced");
        }
        if so_far == incoming.size && incoming.header.is_some() {
            self.published(id, frame.channel);
            self.pump();
        }
    }

    /// Takes a content that is whole.
    fn published(&mut self, id: u32, number: u16) {
        let Some(incoming) = self.channel(id, number).and_then(|it| it.incoming.take()) else {
            return;
        };
        let header = incoming.header.unwrap_or_default();
        match Method::read(&incoming.method) {
            Ok(Method::BasicPublish(publish @ BasicPublish { immediate: false, .. })) => {
                self.publish(id, number, publish, header, incoming.body);
            }
            _ => self.violated(id, "an immediate message"),
        }
    }

    /// Refuses something, which ends the channel.
    pub(super) fn refuse(&mut self, id: u32, number: u16, code: u16, text: &str) {
        let ended = self.end_channel(id, number);
        let Some(channel) = self.channel(id, number) else { return };
        channel.closing = true;
        self.world.ledger.borrow_mut().kill(id, number);
        let close =
            ChannelClose { reply_code: code, reply_text: text.into(), ..ChannelClose::default() };
        self.send(id, number, close);
        ended.into_iter().for_each(|tag| self.mark(id, Mark::End(tag)));
    }

    /// Stops a channel's consumers, whose tags it returns, and gives back what was not settled.
    fn end_channel(&mut self, id: u32, number: u16) -> Vec<String> {
        for queue in self.queues.values_mut() {
            queue.consumers.retain(|(session, channel, _)| (*session, *channel) != (id, number));
        }
        let Some(channel) = self.channel(id, number) else { return Vec::new() };
        let consumers = std::mem::take(&mut channel.consumers);
        channel.confirms = None;
        channel.incoming = None;
        let unacked = std::mem::take(&mut channel.unacked);
        self.give_back(unacked);
        consumers.into_keys().collect()
    }
}
