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

use std::collections::VecDeque;

use super::{
    Message, Outcome, Publish,
    prints::{Features, Print, Prints},
};
use crate::{
    Error,
    planted::{self, Bug},
    reply_code::COMMAND_INVALID,
};

/// The publishes of a channel that are not resolved, oldest first.
#[derive(Debug)]
pub(super) struct Confirms<P> {
    /// The number of the first that is kept.
    first: u64,
    publishes: VecDeque<Outstanding<P>>,
    prints: Prints,
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

/// A return that nobody asked about.
pub(super) struct Unclaimed;

impl<P> Confirms<P> {
    pub(super) fn new() -> Confirms<P> {
        Confirms {
            first: 1,
            publishes: VecDeque::new(),
            prints: Prints::default(),
            unresolved: 0,
            hint: 0,
        }
    }

    /// How many are not resolved.
    pub(super) fn unresolved(&self) -> usize {
        self.unresolved
    }

    /// Takes the next number for a publish. `frames` are the payloads of its method and its header, of
    /// one that may come back.
    pub(super) fn push(
        &mut self,
        publish: &Publish<'_>,
        frames: Option<(&[u8], &[u8])>,
        waiter: Option<P>,
    ) {
        let print = frames.map(|(method, header)| self.prints.keep(publish, method, header));
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
        for (index, publish) in self.publishes.iter_mut().enumerate().take(index + 1).skip(from) {
            if publish.resolved {
                continue;
            }
            publish.resolved = true;
            self.unresolved -= 1;
            let outcome = match publish.returned.take() {
                Some(error) if acked => Outcome::Returned(error),
                None if acked => Outcome::Confirmed,
                returned => {
                    misplaced.extend(returned.map(|it| (index, it)));
                    Outcome::Nacked
                }
            };
            if let Some(waiter) = publish.waiter.take() {
                tell(waiter, outcome);
            }
        }
        // A broker acknowledges what it returned. So what it refused was not what came back, but one
        // just like it was.
        for (index, error) in misplaced {
            let features = self.publishes[index].features(&self.prints);
            if let Some(index) = features.and_then(|it| self.find(&it)) {
                self.publishes[index].returned = Some(error);
            }
        }
        let mut last = None;
        while self.publishes.front().is_some_and(|it| it.resolved) {
            let publish = self.publishes.pop_front();
            last = publish.and_then(|it| it.print).or(last);
            self.first += 1;
            self.hint = self.hint.saturating_sub(1);
        }
        if let Some(print) = last {
            self.prints.release(&print);
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
    pub(super) fn returned(&mut self, message: &Message, error: Error) -> Result<(), Unclaimed> {
        let index = self.find(&Features::of(message)).ok_or(Unclaimed)?;
        self.hint = index + 1;
        let found = &mut self.publishes[index];
        found.returned = Some(error);
        if found.waiter.is_some() { Ok(()) } else { Err(Unclaimed) }
    }

    /// The first that is outstanding, did not come back yet and is the same; else the first that is like
    /// that.
    fn find(&self, returned: &Features<'_>) -> Option<usize> {
        if planted::is(Bug::ReturnByPosition) {
            return self.position(|_| true);
        }
        self.position(|it| it.is_same(returned))
            .or_else(|| self.position(|it| it.is_like(returned)))
    }

    fn position(&self, fits: impl Fn(&Features<'_>) -> bool) -> Option<usize> {
        let count = self.publishes.len();
        // Returns come in the order of publishing, so mostly the first that is looked at fits.
        (self.hint..count).chain(0..self.hint.min(count)).find(|index| {
            let publish = &self.publishes[*index];
            let may = !publish.resolved && publish.returned.is_none();
            may && publish.features(&self.prints).as_ref().is_some_and(&fits)
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

impl<P> Outstanding<P> {
    fn features<'a>(&'a self, prints: &'a Prints) -> Option<Features<'a>> {
        prints.features(self.print.as_ref()?)
    }
}
