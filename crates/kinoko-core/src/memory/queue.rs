//! [`Queue`]: messages in order, and the consumers that compete for them.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use tokio::time::Instant;

use super::{Leaving, QueueInfo, state::State, wakers::Wakers};
use crate::{Delivery, Guarantee, Message, PublishError, Settlement, Subscription};

/// One queue. Its lock is the innermost: nothing else is locked and nobody is woken under it.
pub(super) struct Queue {
    name: String,
    /// What asked for it first.
    made_for: Subscription,
    state: Mutex<State>,
}

/// Puts an event or a cancel into all of the queues, or into none.
///
/// They are in the order they were made, which every caller keeps to, so two publishers cannot each
/// wait for the other's.
pub(super) fn push_to_all(
    queues: &[impl AsRef<Queue>],
    message: Arc<Message>,
    limit: usize,
    wakers: &mut Wakers,
) -> Result<(), PublishError> {
    let mut states: Vec<MutexGuard<'_, State>> =
        queues.iter().map(|queue| queue.as_ref().lock()).collect();
    if states.iter_mut().any(|state| state.is_full(limit)) {
        return Err(PublishError::Rejected);
    }
    let deadline = deadline(&message);
    for state in &mut states {
        state.push(Arc::clone(&message), deadline, wakers);
    }
    Ok(())
}

impl Queue {
    pub(super) fn new(name: String, made_for: Subscription) -> Queue {
        Queue { name, made_for, state: Mutex::default() }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn made_for(&self) -> &Subscription {
        &self.made_for
    }

    /// Whether messages wait here while nobody takes them.
    pub(super) fn outlives_its_consumers(&self) -> bool {
        match self.made_for {
            Subscription::Rpc { .. } => true,
            Subscription::Event { reliable, .. } => reliable,
            Subscription::Replies { .. } | Subscription::Cancels { .. } => false,
        }
    }

    pub(super) fn push(
        &self,
        message: Arc<Message>,
        limit: usize,
        wakers: &mut Wakers,
    ) -> Result<(), PublishError> {
        let deadline = deadline(&message);
        let mut state = self.lock();
        if state.is_full(limit) {
            return Err(PublishError::Rejected);
        }
        state.push(message, deadline, wakers);
        Ok(())
    }

    pub(super) fn join(&self, id: u64, connection: u64, prefetch: usize) {
        self.lock().join(id, connection, prefetch);
    }

    /// Takes consumers away, and says how many stay.
    pub(super) fn leave(&self, who: Leaving, wakers: &mut Wakers) -> usize {
        let mut state = self.lock();
        state.leave(who, wakers);
        state.consumers()
    }

    /// The next delivery for that consumer, or the end once it has left.
    pub(super) fn poll_next(
        self: &Arc<Queue>,
        consumer: u64,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Delivery>> {
        let taken = self.lock().poll_take(consumer, self.is_settled_by_hand(), cx);
        let Some(taken) = ready!(taken) else { return Poll::Ready(None) };
        let mut delivery = match taken.tag {
            None => Delivery::settled(taken.message),
            Some(tag) => {
                let queue = Arc::clone(self);
                Delivery::new(taken.message, move |how| queue.settle(tag, how))
            }
        };
        delivery.redelivered = taken.redelivered;
        Poll::Ready(Some(delivery))
    }

    /// What the queue holds now.
    pub(super) fn info(&self) -> QueueInfo {
        let state = self.lock();
        QueueInfo {
            name: self.name.clone(),
            waiting: state.waiting(),
            unsettled: state.unsettled(),
            consumers: state.consumers(),
            rejected: state.rejected,
            expired: state.expired,
        }
    }

    fn settle(&self, tag: u64, how: Settlement) {
        let mut wakers = Wakers::default();
        let done_with = self.lock().settle(tag, how, &mut wakers);
        wakers.wake();
        drop(done_with);
    }

    /// Whether the receiver says what becomes of a message. Else it is done with once handed out.
    fn is_settled_by_hand(&self) -> bool {
        match self.made_for {
            Subscription::Rpc { .. } | Subscription::Event { .. } => true,
            Subscription::Replies { guarantee, .. } => guarantee == Guarantee::Durable,
            Subscription::Cancels { .. } => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When a message is of no more use; never, if that is further off than can be said.
fn deadline(message: &Message) -> Option<Instant> {
    message.expires.and_then(|after| Instant::now().checked_add(after))
}
