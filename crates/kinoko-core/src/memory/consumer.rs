//! [`Consumer`]: the stream that a subscription is.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures_util::Stream;
use tokio::task::coop;

use super::{Broker, queue::Queue};
use crate::Delivery;

/// One subscription's deliveries. It ends when the connection is closed; dropping it unsubscribes.
pub(super) struct Consumer {
    broker: Arc<Broker>,
    queue: Arc<Queue>,
    id: u64,
}

impl Consumer {
    pub(super) fn new(broker: Arc<Broker>, queue: Arc<Queue>, id: u64) -> Consumer {
        Consumer { broker, queue, id }
    }
}

impl Stream for Consumer {
    type Item = Delivery;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Delivery>> {
        // A handler that gives a message back at once would find it here at once, for ever, and no
        // timer of its runtime would fire again.
        let turn = ready!(coop::poll_proceed(cx));
        let next = ready!(self.queue.poll_next(self.id, cx));
        turn.made_progress();
        Poll::Ready(next)
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.broker.unsubscribe(&self.queue, self.id);
    }
}
