//! [`Attempt`]: how long a message is tried, and what is said when it is given up.

use kinoko_core::{Message, PublishError};
use tokio::time::Instant;

use crate::{
    AmqpOptions,
    link::{LinkError, LinkErrorKind, LinkState, Outcome, Publish, PublishChannel},
};

/// How often a message is sent again when the channel fails under it and the connection does not: then
/// it may be this message that the broker does not want.
const ATTEMPTS: u32 = 3;

/// A message on its way: until when it is tried, and what has come of it so far.
pub(super) struct Attempt {
    /// Until when it waits for room.
    pub(super) patience: Instant,
    pub(super) deadline: Instant,
    /// Whether it may have reached the broker.
    pub(super) maybe_stored: bool,
    failures: u32,
}

/// Why a message that may have been sent was not stored, as far as anybody knows.
pub(super) enum Failed {
    /// For good.
    For(PublishError),
    /// The channel went, and what was known of it with it.
    Lost(LinkError),
}

impl Attempt {
    pub(super) fn new(message: &Message, options: &AmqpOptions) -> Attempt {
        let now = Instant::now();
        // For room it waits as long as it is of use.
        let patience = message.expires.unwrap_or(options.publish_deadline);
        Attempt {
            patience: now + patience,
            deadline: now + options.publish_deadline,
            maybe_stored: false,
            failures: 0,
        }
    }

    /// What the broker's word means for the message.
    pub(super) fn said(&self, outcome: Outcome, publish: &Publish<'_>) -> Result<(), Failed> {
        let err = match outcome {
            Outcome::Confirmed => return Ok(()),
            Outcome::Returned(_) => return Err(Failed::For(PublishError::Unroutable)),
            Outcome::Nacked => return Err(Failed::For(PublishError::Rejected)),
            Outcome::Unknown(err) => LinkError::from(err),
        };
        if !err.is_about(publish) {
            return Err(Failed::Lost(err));
        }
        let why = format!("{}; grant the permission (`kinoko permissions`)", err.text);
        // What was sent before and lost may be there all the same.
        let unknown = self.maybe_stored;
        let error = if unknown { PublishError::Unknown } else { PublishError::Refused };
        Err(Failed::For(error(why)))
    }

    /// What is told of a durable message after an attempt, or why there is to be another.
    pub(super) fn of_durable(
        &mut self,
        said: Result<(), Failed>,
    ) -> Result<Result<(), PublishError>, LinkError> {
        match said {
            Ok(()) => Ok(Ok(())),
            Err(Failed::For(error)) => Ok(Err(error)),
            Err(Failed::Lost(err)) => {
                self.maybe_stored = true;
                Err(err)
            }
        }
    }

    /// Says whether it is to be tried again.
    pub(super) fn failed(&mut self, err: LinkError) -> Result<(), PublishError> {
        // With a lost connection that is nobody's fault.
        if !matches!(err.kind, LinkErrorKind::Lost | LinkErrorKind::Blocked) {
            self.failures += 1;
        }
        let is_over = self.failures >= ATTEMPTS
            || err.kind == LinkErrorKind::Settings
            || Instant::now() >= self.deadline;
        if is_over { Err(self.gave_up(&err.text)) } else { Ok(()) }
    }

    pub(super) fn gave_up(&self, why: &str) -> PublishError {
        let error =
            if self.maybe_stored { PublishError::Unknown } else { PublishError::Unavailable };
        error(why.to_owned())
    }

    pub(super) fn no_room(&self, channel: &PublishChannel) -> PublishError {
        match channel.link().state() {
            LinkState::Blocked { reason, .. } if !self.maybe_stored => blocked(&reason),
            _ => self.gave_up("too many messages are on their way; publish less at once"),
        }
    }
}

/// What is said of a message while the broker takes none.
pub(super) fn blocked(reason: &str) -> PublishError {
    PublishError::Unavailable(format!("it takes no messages at present: {reason}"))
}
