//! Handing out: what happened on a connection, to those it is for.

use std::sync::atomic::Ordering;

use super::{
    channel::ChannelHandle,
    consumer::Consumer,
    delivery::Delivery,
    events::ConnectionEvent,
    shared::{Call, Closes, Shared, Status},
    task::Driver,
};
use crate::{
    Error,
    protocol::{Answer, Delivered, Event, Settle},
    reply_code::Scope,
};

impl<S> Driver<S> {
    /// Tells everybody what happened.
    pub(super) fn hand_out(&mut self) {
        while let Some(event) = self.events.pop_front() {
            match event {
                Event::Delivered(delivered) => self.deliver(delivered),
                Event::Resolved(waiter, outcome) => {
                    // Who published may have gone.
                    let _ = waiter.send(outcome);
                }
                Event::Answered(call, answer) => self.answer(call, answer),
                Event::Returned(channel, returned) => {
                    self.shared.subscribers.returned(channel, returned);
                }
                Event::ConsumerEnded(consumer, error) => {
                    if let Some((_, queue)) = self.consumers.remove(&consumer) {
                        // Otherwise it went with its channel, which is told of.
                        if let Some(error) = &error
                            && error.scope() == Scope::Request
                        {
                            let event = ConnectionEvent::ConsumerCancelled(error.clone());
                            self.shared.subscribers.tell(event);
                        }
                        queue.end(error);
                        // What it still has may be taken out whenever that is.
                        self.shared.release(&queue);
                    }
                }
                Event::Flow(..) => self.shared.flow.notify_waiters(),
                Event::ChannelClosed(channel, error) => {
                    self.shared.flow.notify_waiters();
                    self.shared.subscribers.channel_closed(channel, &error);
                }
                Event::Opened => {
                    if let Some(opened) = self.opened.take() {
                        let _ = opened.send(Ok(()));
                    }
                }
                Event::Blocked(reason) => {
                    let since = tokio::time::Instant::now();
                    let blocked = Status::Blocked { reason: reason.clone(), since };
                    self.shared.status.send_replace(blocked);
                    self.shared.subscribers.tell(ConnectionEvent::Blocked(reason));
                }
                Event::Unblocked => {
                    self.shared.status.send_replace(Status::Open);
                    self.shared.subscribers.tell(ConnectionEvent::Unblocked);
                }
                Event::Closed(error) => {
                    // Each has ended before; whatever happens, none waits for ever.
                    for (_, queue) in std::mem::take(&mut self.consumers).into_values() {
                        queue.end(Some(error.clone()));
                    }
                    if let Some(opened) = self.opened.take() {
                        let _ = opened.send(Err(error.clone()));
                    }
                    self.shared.status.send_replace(Status::Closed(error.clone()));
                    self.shared.subscribers.end(error);
                }
            }
        }
    }

    /// What waits on what is being closed does not keep the answer from being read.
    pub(super) fn release(&self, closes: &[Closes]) {
        for (channel, queue) in self.consumers.values() {
            if closes
                .iter()
                .any(|it| matches!(it, Closes::Connection) || *it == Closes::Channel(*channel))
            {
                self.shared.release(queue);
            }
        }
    }

    fn deliver(&mut self, delivered: Delivered) {
        let queue = self.consumers.get(&delivered.consumer);
        let size = if delivered.settles { 0 } else { delivered.size() };
        if size > 0 {
            // First, for it may be taken out at once.
            self.shared.undelivered.fetch_add(size, Ordering::AcqRel);
        }
        let pushed = match queue {
            Some((_, queue)) => queue.push(delivered),
            None => Err(delivered),
        };
        if size > 0 && !matches!(pushed, Ok(true)) {
            self.shared.taken(size);
        }
        // The consumer was dropped this moment.
        if let Err(refused) = pushed {
            give_back(&self.shared, [refused]);
        }
    }

    fn answer(&mut self, call: Call, answer: Result<Answer, Error>) {
        // Where nobody waits any more, what is sent is dropped, and its drop takes it back.
        match call {
            Call::Plain(reply) => drop(reply.send(answer)),
            Call::Channel(reply, connection) => {
                let opened = answer.map(|it| match it {
                    Answer::Channel(id) => ChannelHandle::new(id, connection),
                    _ => unreachable!("a channel's opening is answered by a channel"),
                });
                drop(reply.send(opened));
            }
            Call::Consumer { reply, channel, queue } => {
                if answer.is_err() {
                    // It may be there all the same, and is taken back when that is known.
                    self.shared.release(&queue);
                    give_back(&self.shared, queue.abandon());
                }
                let consumer = answer.map(|it| match it {
                    Answer::Consumer(id) => Consumer::new(id, channel, queue),
                    _ => unreachable!("a consumer's start is answered by a consumer"),
                });
                drop(reply.send(consumer));
            }
            Call::Get(reply, channel) => {
                let got = answer.map(|it| match it {
                    Answer::Got(Some(got)) => {
                        let left = got.left;
                        Some((left, Delivery::got(*got, channel)))
                    }
                    _ => None,
                });
                drop(reply.send(got));
            }
        }
    }
}

/// Gives deliveries back that nobody takes.
pub(super) fn give_back(shared: &Shared, deliveries: impl IntoIterator<Item = Delivered>) {
    for delivered in deliveries {
        if delivered.settles {
            let Delivered { channel, tag, .. } = delivered;
            // Should it be stale, it is back already.
            let _ = shared.with(|it| it.machine.settle(channel, tag, false, Settle::Requeue));
        }
    }
}
