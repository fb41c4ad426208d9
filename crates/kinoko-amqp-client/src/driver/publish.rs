//! Publishing: with an outcome, or without.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll},
};

use tokio::sync::oneshot;

use super::{
    channel::Channel,
    shared::{Shared, State, Waiter, now},
};
use crate::{Error, ErrorKind, Outcome, Publish};

/// The outcome of a message that is on its way. It resolves once, whatever happens; dropping it
/// changes nothing for the message.
#[derive(Debug)]
#[must_use = "whether the broker has the message is only known from its outcome"]
pub struct Confirm(oneshot::Receiver<Outcome>);

impl Future for Confirm {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        Pin::new(&mut self.0)
            .poll(cx)
            .map(|it| it.unwrap_or_else(|_| Outcome::Unknown(Error::closed())))
    }
}

impl Channel {
    /// Publishes a message and waits for what becomes of it: see [`submit`](Channel::submit), which
    /// does not wait.
    ///
    /// # Errors
    /// When it was not sent.
    pub async fn publish(&self, message: &Publish<'_>) -> Result<Outcome, Error> {
        Ok(self.submit(message).await?.await)
    }

    /// Sends a message; what becomes of it is told by what is returned. Many may be on their way. The
    /// first puts the channel into confirm mode.
    ///
    /// It waits for room when too much is on its way, and when the broker takes no messages, for as long
    /// as that is so; those who wait are served in turn. Giving up while it waits means that the
    /// message was not sent. What one task submits is sent in that order.
    ///
    /// # Errors
    /// When it was not sent and will not be: the channel is gone, it is too large or cannot be encoded.
    pub async fn submit(&self, message: &Publish<'_>) -> Result<Confirm, Error> {
        self.with_room(|state| self.put(state, message)).await
    }

    /// The same for those who do not wait.
    ///
    /// # Errors
    /// Also [`Full`](ErrorKind::Full) when there is no room, and [`Blocked`](ErrorKind::Blocked) when
    /// the broker takes no messages.
    pub fn try_submit(&self, message: &Publish<'_>) -> Result<Confirm, Error> {
        self.shared().with(|state| {
            state.machine.can_publish(self.0.id)?;
            self.no_one_waits(state)?;
            self.put(state, message)
        })
    }

    /// Sends a message without asking what becomes of it. If it is mandatory and comes back, that is told
    /// to [`returns`](Channel::returns).
    ///
    /// Waits as [`submit`](Channel::submit) does.
    ///
    /// # Errors
    /// As [`submit`](Channel::submit).
    pub async fn send(&self, message: &Publish<'_>) -> Result<(), Error> {
        self.with_room(|state| self.put_with(state, message, None)).await
    }

    /// The same for those who do not wait.
    ///
    /// # Errors
    /// As [`try_submit`](Channel::try_submit).
    pub fn try_send(&self, message: &Publish<'_>) -> Result<(), Error> {
        self.shared().with(|state| {
            state.machine.can_publish(self.0.id)?;
            self.no_one_waits(state)?;
            self.put_with(state, message, None)
        })
    }

    fn put(&self, state: &mut State, message: &Publish<'_>) -> Result<Confirm, Error> {
        // Before anything is allocated for it.
        state.machine.can_publish(self.0.id)?;
        let (tell, outcome) = oneshot::channel();
        self.put_with(state, message, Some(tell))?;
        Ok(Confirm(outcome))
    }

    fn put_with(
        &self,
        state: &mut State,
        message: &Publish<'_>,
        waiter: Option<Waiter>,
    ) -> Result<(), Error> {
        state.machine.publish(self.0.id, message, waiter, now).map_err(|(err, _)| err)
    }

    /// That nobody would be overtaken.
    fn no_one_waits(&self, state: &State) -> Result<(), Error> {
        match state.waiting {
            Some(_) => Err(Error::full()),
            None => Ok(()),
        }
    }

    async fn with_room<T>(
        &self,
        mut put: impl FnMut(&mut State) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let shared = self.shared();
        let first = shared.with(|state| {
            self.no_one_waits(state)?;
            put(state)
        });
        if !matches!(&first, Err(err) if is_worth_waiting(err)) {
            return first;
        }
        // Few ever wait; the future of those who do not is not to carry what waiting takes.
        Box::pin(self.wait_for_room(put)).await
    }

    async fn wait_for_room<T>(
        &self,
        mut put: impl FnMut(&mut State) -> Result<T, Error>,
    ) -> Result<T, Error> {
        loop {
            self.flows().await;
            // Whose channel is stopped does not stop others, so the turn is not kept for that.
            if let Some(put) = self.wait_in_turn(&mut put).await {
                return put;
            }
        }
    }

    /// Waits until the broker wants messages on the channel, or it is closed.
    async fn flows(&self) {
        let shared = self.shared();
        loop {
            let mut changed = pin!(shared.flow.notified());
            changed.as_mut().enable();
            if !shared.lock().machine.is_stopped(self.0.id) {
                return;
            }
            changed.await;
        }
    }

    /// Waits for room; none when the broker stopped the channel meanwhile.
    async fn wait_in_turn<T>(
        &self,
        put: &mut impl FnMut(&mut State) -> Result<T, Error>,
    ) -> Option<Result<T, Error>> {
        let shared = self.shared();
        let _turn = shared.turns.lock().await;
        let _waiting = Waiting(shared);
        loop {
            let put = shared.with(|state| {
                let put = put(state);
                let waits = matches!(&put, Err(err) if is_worth_waiting(err));
                state.waiting = waits.then_some(self.0.id);
                put
            });
            if !matches!(&put, Err(err) if is_worth_waiting(err)) {
                return Some(put);
            }
            if shared.lock().machine.is_stopped(self.0.id) {
                return None;
            }
            shared.room.notified().await;
        }
    }
}

/// Whose turn it is to wait. Who goes away waits no more.
struct Waiting<'a>(&'a Shared);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.lock().waiting = None;
    }
}

/// Whether what stands in the way of a message will pass.
pub(super) fn is_worth_waiting(err: &Error) -> bool {
    matches!(err.kind(), ErrorKind::Full | ErrorKind::Blocked)
}
