//! What arrives: from bytes to frames to what they change.

use std::time::Instant;

use bytes::{Bytes, BytesMut};

use super::{
    Answer, ChannelId, Connection, ConsumerId, Event,
    channel::ChannelState,
    connection::State,
    message::{Assembly, Content},
};
use crate::{
    Error, ErrorKind,
    codec::{
        BasicCancelOk, ChannelCloseOk, ChannelFlowOk, ConnectionCloseOk, Frame, FrameType, Method,
    },
    reply_code::{CHANNEL_ERROR, COMMAND_INVALID, FRAME_ERROR, Scope, UNEXPECTED_FRAME},
};

/// How much room is made at once on the word of a frame's first bytes.
const MOST_ROOM: usize = 1 << 20;
/// No consumer has this number.
const NOBODY: ConsumerId = ConsumerId(u64::MAX);

impl<P, C> Connection<P, C> {
    /// Takes the whole frames off the front of what has arrived, and leaves the rest.
    ///
    /// Messages are slices of the buffer that is taken; how large it may become is up to the caller, and
    /// [`room_wanted`](Connection::room_wanted) tells how much the next frame needs.
    pub fn receive(&mut self, inbox: &mut BytesMut, now: Instant) {
        self.heartbeat.read(now);
        let limit = self.frame_max as usize;
        let mut whole = 0;
        while let Some(size) = Frame::announced(&inbox[whole..])
            && size <= limit.min(inbox.len() - whole)
        {
            whole += size;
        }
        let bytes = inbox.split_to(whole).freeze();
        let mut at = 0;
        while at < whole && !matches!(self.state, State::Closed(_)) {
            // All there is is whole, but `frame_max` may have changed since.
            match Frame::first(&bytes[at..], self.frame_max) {
                Ok(Some(frame)) => {
                    at += frame.size();
                    if let Err(err) = self.frame(&bytes, frame, now) {
                        self.fail(err);
                    }
                }
                Ok(None) => break,
                Err(bad) => self.fail_frame(bad),
            }
        }
        if !inbox.is_empty()
            && !matches!(self.state, State::Closed(_))
            && let Err(bad) = Frame::first(inbox, self.frame_max)
        {
            self.fail_frame(bad);
        }
        self.close_if_drained(now);
    }

    /// For how many bytes more to make room, where the size of the frame that has begun is known. Not for
    /// all of a large one: what is announced may never come.
    pub fn room_wanted(&self, inbox: &[u8]) -> usize {
        let limit = self.frame_max as usize;
        let missing =
            Frame::announced(inbox).map_or(0, |it| it.min(limit)).saturating_sub(inbox.len());
        missing.min(MOST_ROOM)
    }

    fn frame(&mut self, bytes: &Bytes, frame: Frame<'_>, now: Instant) -> Result<(), Error> {
        if frame.kind == FrameType::Heartbeat {
            return heartbeat(frame);
        }
        if frame.channel == 0 {
            if frame.kind != FrameType::Method {
                return Err(Error::breach(CHANNEL_ERROR, "the broker sent content on channel 0"));
            }
            let method = Method::read(frame.payload)?;
            return self.connection_method(&method, now);
        }
        // After `connection.close` only its answer is of interest.
        if matches!(self.state, State::Closing(_)) {
            return Ok(());
        }
        let limits = &self.config.limits;
        let (receive, send) = (limits.receive, limits.send as u64);
        let found = self.channels.get_mut(usize::from(frame.channel) - 1);
        let Some(channel) = found.and_then(Option::as_deref_mut) else {
            return Err(Error::breach(
                CHANNEL_ERROR,
                format!(
                    "the broker sent something on channel {}, which is not open",
                    frame.channel
                ),
            ));
        };
        let id = channel.id;
        match frame.kind {
            FrameType::Method => {
                if channel.incoming.is_some() {
                    return Err(Error::breach(
                        UNEXPECTED_FRAME,
                        "the broker sent a method inside of a message",
                    ));
                }
                let method = Method::read(frame.payload)?;
                return self.channel_method(id, &method, bytes.slice_ref(frame.payload), now);
            }
            FrameType::Header => {
                let assembly = incoming(&mut channel.incoming)?;
                // What comes back was sent, however large it is.
                let limit = if assembly.is_return() { receive.max(send) } else { receive };
                assembly.header(bytes.slice_ref(frame.payload), limit)?;
            }
            _ => incoming(&mut channel.incoming)?.body(bytes.slice_ref(frame.payload))?,
        }
        if channel.incoming.as_ref().is_some_and(Assembly::is_complete)
            && let Some(assembly) = channel.incoming.take()
        {
            let (content, message) = assembly.finish();
            return self.content(id, content, message, now);
        }
        Ok(())
    }

    fn connection_method(&mut self, method: &Method<'_>, now: Instant) -> Result<(), Error> {
        match method {
            Method::ConnectionClose(close) => {
                // Whatever happens to it: the broker closes the socket next.
                let _ = self.write(0, &ConnectionCloseOk {}.into());
                let text = close.reply_text.to_str_lossy().into_owned();
                self.end(Error::replied(close.reply_code, text, Scope::Connection));
                Ok(())
            }
            Method::ConnectionCloseOk(_) if matches!(self.state, State::Closing(_)) => {
                self.end(Error::closed());
                Ok(())
            }
            _ if matches!(self.state, State::Closing(_)) => Ok(()),
            method if matches!(self.state, State::Handshake(..)) => self.shake_hands(method, now),
            Method::ConnectionBlocked(it) => {
                let reason = it.reason.to_str_lossy().into_owned();
                self.blocked = Some(reason.clone());
                self.events.push_back(Event::Blocked(reason));
                Ok(())
            }
            Method::ConnectionUnblocked(_) => {
                self.blocked = None;
                self.events.push_back(Event::Unblocked);
                Ok(())
            }
            Method::ConnectionUpdateSecretOk(_) => match self.requests.pop_front() {
                Some(request) => {
                    let answered = request.waiter.map(|it| Event::Answered(it, Ok(Answer::Done)));
                    self.events.extend(answered);
                    Ok(())
                }
                None => Err(unexpected(method)),
            },
            method => Err(unexpected(method)),
        }
    }

    fn channel_method(
        &mut self,
        id: ChannelId,
        method: &Method<'_>,
        payload: Bytes,
        now: Instant,
    ) -> Result<(), Error> {
        let Some(channel) = self.channel(id) else { return Ok(()) };
        match method {
            Method::BasicDeliver(it) => {
                let tag = it.consumer_tag.as_bytes();
                let consumer = channel.consumers.iter().find(|it| *it.tag == *tag);
                let consumer = match consumer {
                    Some(consumer) => consumer.id,
                    // Behind `channel.close` everything is thrown away, so it need not be anybody's.
                    None if channel.state == ChannelState::Closing => NOBODY,
                    None => {
                        return Err(Error::breach(
                            COMMAND_INVALID,
                            format!(
                                "the broker delivers to consumer {}, which there is not",
                                it.consumer_tag
                            ),
                        ));
                    }
                };
                let content = Content::Deliver {
                    consumer: consumer.0,
                    tag: it.delivery_tag,
                    redelivered: it.redelivered,
                };
                channel.incoming = Some(Assembly::new(content, payload));
            }
            Method::BasicReturn(it) => {
                let content = Content::Return { code: it.reply_code };
                channel.incoming = Some(Assembly::new(content, payload));
            }
            Method::BasicGetOk(it) => {
                let content = Content::GetOk {
                    tag: it.delivery_tag,
                    redelivered: it.redelivered,
                    left: it.message_count,
                };
                channel.incoming = Some(Assembly::new(content, payload));
            }
            Method::BasicAck(it) => return self.confirmed(id, it.delivery_tag, it.multiple, true),
            Method::BasicNack(it) => {
                return self.confirmed(id, it.delivery_tag, it.multiple, false);
            }
            Method::BasicCancel(it) => {
                // Behind `channel.close` nothing is answered: the broker may have closed it already.
                if !it.no_wait && channel.state != ChannelState::Closing {
                    let answer = BasicCancelOk { consumer_tag: it.consumer_tag };
                    self.write(id.number, &answer.into())?;
                }
                return self.cancelled_by_broker(id, it.consumer_tag.as_bytes());
            }
            Method::ChannelFlow(it) => {
                channel.flows = it.active;
                if channel.state == ChannelState::Closing {
                    return Ok(());
                }
                self.events.push_back(Event::Flow(id, it.active));
                return self.write(id.number, &ChannelFlowOk { active: it.active }.into());
            }
            Method::ChannelClose(close) => {
                let text = close.reply_text.to_str_lossy().into_owned();
                let error = Error::replied(close.reply_code, text, Scope::Channel);
                // Where both sides close at once, the number is free when both have answered. It is the
                // broker's reason that those are told whose requests and messages it refused.
                let closing = channel.state == ChannelState::Closing;
                if closing {
                    channel.refused.get_or_insert(error.clone());
                }
                self.write(id.number, &ChannelCloseOk {}.into())?;
                if !closing {
                    self.remove_channel(id.number.into(), &error);
                    self.close_if_drained(now);
                }
            }
            // What was asked before need not have been answered: a broker may drop it.
            Method::ChannelCloseOk(_) if channel.state == ChannelState::Closing => {
                let error = channel.refused.take().unwrap_or_else(|| {
                    Error::new(ErrorKind::Closed, Scope::Channel, "the channel was closed")
                });
                self.remove_channel(id.number.into(), &error);
            }
            Method::ChannelCloseOk(_) => return Err(unexpected(method)),
            method => return self.answered(id, method, now),
        }
        Ok(())
    }
}

/// A heartbeat is on channel 0 (4.2.3) and has nothing in it (4.2.7).
fn heartbeat(frame: Frame<'_>) -> Result<(), Error> {
    match (frame.channel, frame.payload) {
        (0, []) => Ok(()),
        (0, _) => Err(Error::breach(FRAME_ERROR, "the broker sent a heartbeat with a payload")),
        (channel, _) => {
            let text = format!("the broker sent a heartbeat on channel {channel}");
            Err(Error::breach(COMMAND_INVALID, text))
        }
    }
}

fn incoming(assembly: &mut Option<Assembly>) -> Result<&mut Assembly, Error> {
    assembly
        .as_mut()
        .ok_or_else(|| Error::breach(UNEXPECTED_FRAME, "the broker sent content without a method"))
}

pub(super) fn unexpected(method: &Method<'_>) -> Error {
    Error::breach(
        COMMAND_INVALID,
        format!("the broker sent {}, which nothing here asked for", method.name()),
    )
}
