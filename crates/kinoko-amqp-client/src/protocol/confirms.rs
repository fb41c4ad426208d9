//! [`Confirms`]: which publish an acknowledgement, a refusal or a return belongs to.
//!
//! From `confirm.select` on, both sides count the publishes of a channel from one. The broker answers by
//! that number, for one publish or for all up to it (`multiple`). The number is taken here, in the
//! step that puts the frames into the output, so that the order of numbers is the order of frames.
//!
//! A return has no number. What is certain is that it comes before the acknowledgement of the same
//! publish, and that it carries the message. So it belongs to a publish that is outstanding, was
//! mandatory, did not come back yet, and has the same exchange, routing key, ids and body. If several
//! are alike in all of that, nobody can tell them apart, the broker included; the first is taken.

use std::{
    collections::VecDeque,
    hash::{DefaultHasher, Hash, Hasher},
};

use bytes::Bytes;

use super::{Outcome, Publish};
use crate::{
    Error,
    codec::{Properties, Text},
    planted::{self, Bug},
    reply_code::COMMAND_INVALID,
};

/// The publishes of a channel that are not resolved, oldest first.
#[derive(Debug)]
pub(super) struct Confirms<P> {
    /// The number of the first that is kept.
    first: u64,
    publishes: VecDeque<Outstanding<P>>,
    unresolved: usize,
    /// Where the next return most likely belongs, from the front.
    hint: usize,
}

#[derive(Debug)]
struct Outstanding<P> {
    /// Who waits; nobody when it was sent without asking.
    waiter: Option<P>,
    resolved: bool,
    /// What tells it from others, if it can come back.
    print: Option<Print>,
    returned: Option<Error>,
}

/// What is kept of a message to know it again.
#[derive(Debug)]
struct Print {
    /// Of its names and ids.
    hash: u64,
    /// Of all its properties, and the body, of a message without an id. A broker may be told to add
    /// properties, so two that differ in no more than these are only the better told apart by them.
    whole: Option<(u64, Bytes)>,
}

impl Print {
    fn of(
        exchange: Text<'_>,
        routing_key: Text<'_>,
        properties: &Properties<'_>,
        body: &Bytes,
    ) -> Print {
        let mut hasher = DefaultHasher::new();
        (exchange, routing_key, properties.message_id, properties.correlation_id).hash(&mut hasher);
        body.len().hash(&mut hasher);
        let hash = hasher.finish();
        let whole = properties.message_id.is_none().then(|| {
            properties.hash(&mut hasher);
            (hasher.finish(), body.clone())
        });
        Print { hash, whole }
    }

    fn is_same(&self, other: &Print) -> bool {
        self.hash == other.hash && self.whole == other.whole
    }

    fn is_like(&self, other: &Print) -> bool {
        self.hash == other.hash && self.body() == other.body()
    }

    fn body(&self) -> Option<&Bytes> {
        self.whole.as_ref().map(|(_, body)| body)
    }
}

/// A return that nobody asked about.
pub(super) struct Unclaimed;

impl<P> Confirms<P> {
    pub(super) fn new() -> Confirms<P> {
        Confirms { first: 1, publishes: VecDeque::new(), unresolved: 0, hint: 0 }
    }

    /// How many are not resolved.
    pub(super) fn unresolved(&self) -> usize {
        self.unresolved
    }

    /// Takes the next number for a publish.
    pub(super) fn push(&mut self, publish: &Publish<'_>, waiter: Option<P>) {
        let print = publish.mandatory.then(|| {
            Print::of(publish.exchange, publish.routing_key, &publish.properties, &publish.body)
        });
        self.publishes.push_back(Outstanding { waiter, resolved: false, print, returned: None });
        self.unresolved += 1;
    }

    /// `basic.ack` and `basic.nack` of the broker.
    ///
    /// # Errors
    /// When no such number was given out.
    pub(super) fn resolve(
        &mut self,
        number: u64,
        multiple: bool,
        acked: bool,
        mut tell: impl FnMut(P, Outcome),
    ) -> Result<(), Error> {
        let end = self.first + self.publishes.len() as u64;
        // Number zero with `multiple` is all there are.
        let last = if multiple && number == 0 { end - 1 } else { number };
        if last >= end || (number == 0 && !multiple) {
            return Err(Error::breach(
                COMMAND_INVALID,
                format!("the broker confirmed publish {number}, and {} were sent", end - 1),
            ));
        }
        // What is before the first was confirmed already: nothing is said of it twice.
        let Some(index) = last.checked_sub(self.first) else { return Ok(()) };
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let from = if multiple { 0 } else { index };
        let mut misplaced = Vec::new();
        for publish in self.publishes.iter_mut().take(index + 1).skip(from) {
            if publish.resolved {
                continue;
            }
            publish.resolved = true;
            self.unresolved -= 1;
            let outcome = match publish.returned.take() {
                Some(error) if acked => Outcome::Returned(error),
                None if acked => Outcome::Confirmed,
                returned => {
                    misplaced.extend(publish.print.take().zip(returned));
                    Outcome::Nacked
                }
            };
            if let Some(waiter) = publish.waiter.take() {
                tell(waiter, outcome);
            }
        }
        // A broker acknowledges what it returned. So what it refused was not what came back, but one
        // just like it was.
        for (print, error) in misplaced {
            if let Some(publish) = self.find(&print) {
                publish.returned = Some(error);
            }
        }
        while self.publishes.front().is_some_and(|it| it.resolved) {
            self.publishes.pop_front();
            self.first += 1;
            self.hint = self.hint.saturating_sub(1);
        }
        if self.publishes.is_empty() && self.publishes.capacity() > 4096 {
            self.publishes.shrink_to(256);
        }
        Ok(())
    }

    /// `basic.return`: remembers it for the publish it belongs to.
    ///
    /// # Errors
    /// When nobody waits to hear of it.
    pub(super) fn returned(
        &mut self,
        message: &super::Message,
        error: Error,
    ) -> Result<(), Unclaimed> {
        let properties = message.properties();
        let print =
            Print::of(message.exchange(), message.routing_key(), &properties, message.body());
        let found = self.find(&print).ok_or(Unclaimed)?;
        found.returned = Some(error);
        if found.waiter.is_some() { Ok(()) } else { Err(Unclaimed) }
    }

    /// The first that is outstanding, did not come back yet and is the same; else the first that is like
    /// that.
    fn find(&mut self, print: &Print) -> Option<&mut Outstanding<P>> {
        let any = |_: &Print| true;
        let index = if planted::is(Bug::ReturnByPosition) {
            self.position(any)
        } else {
            self.position(|it| it.is_same(print)).or_else(|| self.position(|it| it.is_like(print)))
        }?;
        self.hint = index + 1;
        self.publishes.get_mut(index)
    }

    fn position(&self, fits: impl Fn(&Print) -> bool) -> Option<usize> {
        let count = self.publishes.len();
        // Returns come in the order of publishing, so mostly the first that is looked at fits.
        (self.hint..count).chain(0..self.hint.min(count)).find(|index| {
            let Outstanding { resolved, returned, print, .. } = &self.publishes[*index];
            !resolved && returned.is_none() && print.as_ref().is_some_and(&fits)
        })
    }

    /// Resolves all there are when the channel is gone: what came back did come back, of the rest
    /// nothing is known.
    pub(super) fn give_up(&mut self, error: &Error, mut tell: impl FnMut(P, Outcome)) {
        for mut publish in self.publishes.drain(..) {
            let outcome = match publish.returned.take() {
                Some(error) => Outcome::Returned(error),
                None => Outcome::Unknown(error.clone()),
            };
            if let Some(waiter) = publish.waiter.take() {
                tell(waiter, outcome);
            }
        }
        self.unresolved = 0;
    }
}
