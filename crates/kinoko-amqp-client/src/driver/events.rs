//! [`Events`] and [`Returns`]: what happens to a connection, and what comes back on a channel, as
//! streams.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError, Weak},
    task::{Context, Poll, ready},
};

use futures_core::Stream;

use super::queue::Queue;
use crate::{Error, Returned, protocol::ChannelId};

/// How many events are kept for a reader who does not read; then the oldest go.
const MOST_EVENTS: usize = 256;
/// How many returned messages are.
const MOST_RETURNS: usize = 16 * 1024;

/// Something that happened to a connection.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ConnectionEvent {
    /// The broker takes no messages for now, and says why.
    Blocked(String),
    /// It takes messages again.
    Unblocked,
    /// The broker cancelled a consumer, most likely because its queue is gone.
    ConsumerCancelled(Error),
    /// A channel was closed, by this side or, with its error, by the broker.
    ChannelClosed(Error),
    /// The connection is over. Nothing follows.
    Closed(Error),
}

/// The events of a connection, from the moment they are asked for. At most 256 wait to be read; then
/// the oldest go.
pub struct Events(Arc<Queue<ConnectionEvent>>);

/// The messages that came back on a channel and were not asked about. At most 16,384 wait to be read;
/// then the oldest go.
pub struct Returns {
    queue: Arc<Queue<Returned>>,
    error: Option<Error>,
}

impl Events {
    /// The next event; none once the connection is over.
    pub async fn next(&mut self) -> Option<ConnectionEvent> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl Stream for Events {
    type Item = ConnectionEvent;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<ConnectionEvent>> {
        self.0.poll_next(cx).map(|it| it.and_then(Result::ok))
    }
}

impl Returns {
    /// The next message that came back; none once the channel is closed.
    pub async fn next(&mut self) -> Option<Returned> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Why the channel was closed, once it was said that nothing follows.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }
}

impl Stream for Returns {
    type Item = Returned;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Returned>> {
        match ready!(self.queue.poll_next(cx)) {
            Some(Ok(returned)) => Poll::Ready(Some(returned)),
            Some(Err(error)) => {
                self.error = Some(error);
                Poll::Ready(None)
            }
            None => Poll::Ready(None),
        }
    }
}

/// Who wants to hear of what.
#[derive(Default)]
pub(super) struct Subscribers(Mutex<Lists>);

#[derive(Default)]
struct Lists {
    events: Vec<Weak<Queue<ConnectionEvent>>>,
    returns: Vec<(ChannelId, Weak<Queue<Returned>>)>,
    ended: bool,
}

impl Subscribers {
    pub(super) fn events(&self) -> Events {
        let queue = Queue::new();
        let mut lists = self.lock();
        if lists.ended {
            queue.end(None);
        }
        lists.events.retain(|it| it.strong_count() > 0);
        lists.events.push(Arc::downgrade(&queue));
        Events(queue)
    }

    pub(super) fn returns(&self, channel: ChannelId) -> Returns {
        let queue = Queue::new();
        let mut lists = self.lock();
        if lists.ended {
            queue.end(None);
        }
        lists.returns.retain(|(_, it)| it.strong_count() > 0);
        lists.returns.push((channel, Arc::downgrade(&queue)));
        Returns { queue, error: None }
    }

    pub(super) fn tell(&self, event: ConnectionEvent) {
        for queue in self.lock().events.iter().filter_map(Weak::upgrade) {
            queue.push_within(event.clone(), MOST_EVENTS);
        }
    }

    pub(super) fn returned(&self, channel: ChannelId, returned: Returned) {
        let lists = self.lock();
        let readers = lists.returns.iter().filter(|(it, _)| *it == channel);
        for queue in readers.filter_map(|(_, it)| it.upgrade()) {
            queue.push_within(returned.clone(), MOST_RETURNS);
        }
    }

    pub(super) fn channel_closed(&self, channel: ChannelId, error: &Error) {
        self.tell(ConnectionEvent::ChannelClosed(error.clone()));
        self.lock().returns.retain(|(it, queue)| {
            if *it != channel {
                return true;
            }
            if let Some(queue) = queue.upgrade() {
                queue.end(Some(error.clone()));
            }
            false
        });
    }

    pub(super) fn end(&self, error: Error) {
        self.tell(ConnectionEvent::Closed(error));
        let mut lists = self.lock();
        lists.ended = true;
        lists.events.drain(..).filter_map(|it| it.upgrade()).for_each(|it| it.end(None));
        lists.returns.drain(..).filter_map(|(_, it)| it.upgrade()).for_each(|it| it.end(None));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Lists> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
