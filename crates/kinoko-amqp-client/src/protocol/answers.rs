//! What an arrival changes: answers to requests, messages, confirms, consumers that end.

use std::time::Instant;

use super::{
    Answer, ChannelId, Connection, Delivered, Event, Got, QueueState, Returned, Settle,
    channel::ChannelState,
    message::{Content, Message},
    receive::unexpected,
    requests::{Request, RequestKind},
};
use crate::{
    Error, ErrorKind,
    codec::Method,
    reply_code::{COMMAND_INVALID, Scope},
};

impl<P, C> Connection<P, C> {
    /// A method that can only be the answer to a request.
    pub(super) fn answered(
        &mut self,
        id: ChannelId,
        method: &Method<'_>,
        now: Instant,
    ) -> Result<(), Error> {
        let Some(channel) = self.channel(id) else { return Ok(()) };
        let Some(request) = channel.take_answered(method) else { return Err(unexpected(method)) };
        let answer = match (request.kind, method) {
            (RequestKind::OpenChannel, _) => {
                if channel.state == ChannelState::Opening {
                    channel.state = ChannelState::Open;
                }
                Answer::Channel(id)
            }
            (RequestKind::Consume(consumer), _) => {
                // The broker may have cancelled it before it said that it is there.
                if !channel.consumers.iter().any(|it| it.id == consumer) {
                    let answer = request.waiter.map(|it| Event::Answered(it, Err(cancelled())));
                    self.events.extend(answer);
                    return Ok(());
                }
                Answer::Consumer(consumer)
            }
            (RequestKind::Cancel(consumer), _) => {
                let before = channel.consumers.len();
                channel.consumers.retain(|it| it.id != consumer);
                if channel.consumers.len() < before {
                    self.events.push_back(Event::ConsumerEnded(consumer, None));
                }
                Answer::Done
            }
            (RequestKind::Get { .. }, _) => Answer::Got(None),
            (_, Method::QueueDeclareOk(it)) => Answer::Queue(QueueState {
                name: it.queue.to_str_lossy().into_owned(),
                messages: it.message_count,
                consumers: it.consumer_count,
            }),
            (_, Method::QueuePurgeOk(it)) => Answer::Messages(it.message_count),
            (_, Method::QueueDeleteOk(it)) => Answer::Messages(it.message_count),
            _ => Answer::Done,
        };
        match request.waiter {
            Some(waiter) => self.events.push_back(Event::Answered(waiter, Ok(answer))),
            None => self.undo(id, answer, now),
        }
        Ok(())
    }

    pub(super) fn content(
        &mut self,
        id: ChannelId,
        content: Content,
        message: Message,
        now: Instant,
    ) -> Result<(), Error> {
        let Some(channel) = self.channel(id) else { return Ok(()) };
        match content {
            Content::Deliver { consumer, tag, redelivered } => {
                let Some(consumer) = channel.consumers.iter().find(|it| it.id.0 == consumer) else {
                    return Ok(());
                };
                let (settles, cancelled, consumer) =
                    (!consumer.no_ack, consumer.cancelled, consumer.id);
                // What arrives before `recover-ok` was sent before, and is given back by it.
                let recovers = channel.awaits(RequestKind::Recover);
                channel.unacked.delivered(tag, settles && !recovers)?;
                // A channel that is being closed gives back by itself what was not settled.
                if settles && (channel.state != ChannelState::Open || recovers) {
                    return Ok(());
                }
                // One that need not be acknowledged would be nowhere if it were not given out.
                if cancelled && settles {
                    // Stale it is not: it came this moment.
                    let _ = self.settle(id, tag, false, Settle::Requeue);
                    return Ok(());
                }
                if settles {
                    self.expect_ack(id, now);
                }
                self.events.push_back(Event::Delivered(Delivered {
                    consumer,
                    channel: id,
                    tag,
                    redelivered,
                    settles,
                    message,
                }));
            }
            Content::Return { code } => {
                let text = match code {
                    312 => "no queue wants it (NO_ROUTE)".to_owned(),
                    _ => message.reply_text(),
                };
                let error = Error::replied(code, text, Scope::Request);
                // What comes back before `select-ok` was sent before there were numbers.
                let counts = !channel.awaits(RequestKind::Select);
                let confirms = channel.confirms.as_mut().filter(|_| counts);
                let claimed =
                    confirms.is_some_and(|it| it.returned(&message, error.clone()).is_ok());
                if !claimed {
                    self.events.push_back(Event::Returned(id, Returned { error, message }));
                }
            }
            Content::GetOk { tag, redelivered, left } => {
                let kind = |it: &Request<C>| matches!(it.kind, RequestKind::Get { .. });
                let Some(index) = channel.requests.iter().position(kind) else {
                    return Err(Error::breach(
                        COMMAND_INVALID,
                        "the broker sent basic.get-ok without a basic.get",
                    ));
                };
                let settles = channel.requests[index].kind == RequestKind::Get { no_ack: false };
                // Like a delivery, it is given back by a `basic.recover` that was asked for meanwhile.
                let recovers = channel.awaits(RequestKind::Recover);
                channel.unacked.delivered(tag, settles && !recovers)?;
                let waiter = channel.requests.remove(index).and_then(|it| it.waiter);
                let got = Box::new(Got { tag, redelivered, settles, left, message });
                match waiter {
                    Some(waiter) => {
                        let answer = Ok(Answer::Got(Some(got)));
                        self.events.push_back(Event::Answered(waiter, answer));
                    }
                    None => self.undo(id, Answer::Got(Some(got)), now),
                }
            }
        }
        Ok(())
    }

    pub(super) fn confirmed(
        &mut self,
        id: ChannelId,
        number: u64,
        multiple: bool,
        acked: bool,
    ) -> Result<(), Error> {
        let Connection { channels, events, unresolved, .. } = self;
        let channel = channels.get_mut(usize::from(id.number) - 1).and_then(Option::as_deref_mut);
        let Some((id, channel)) = channel.map(|it| (it.id, it)) else { return Ok(()) };
        let Some(confirms) = &mut channel.confirms else {
            return Err(Error::breach(
                COMMAND_INVALID,
                "the broker confirms on a channel that did not ask for it",
            ));
        };
        let before = confirms.unresolved();
        confirms.resolve(number, multiple, acked, |waiter, outcome| {
            events.push_back(Event::Resolved(waiter, outcome));
        })?;
        *unresolved -= before - confirms.unresolved();
        if confirms.unresolved() == 0 && matches!(channel.state, ChannelState::Draining(_)) {
            self.send_channel_close(id);
        }
        Ok(())
    }

    pub(super) fn cancelled_by_broker(&mut self, id: ChannelId, tag: &[u8]) -> Result<(), Error> {
        let Some(channel) = self.channel(id) else { return Ok(()) };
        if let Some(index) = channel.consumers.iter().position(|it| *it.tag == *tag) {
            let consumer = channel.consumers.remove(index);
            let error = (!consumer.cancelled).then(cancelled);
            self.events.push_back(Event::ConsumerEnded(consumer.id, error));
        }
        Ok(())
    }
}

/// Why a consumer got no further without anybody here having wanted that.
fn cancelled() -> Error {
    let text = "the broker cancelled the consumer: its queue was deleted, or has moved";
    Error::new(ErrorKind::NotFound, Scope::Request, text)
}
