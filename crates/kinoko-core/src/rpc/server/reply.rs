//! The way back of a call: what its method returned, sent to whoever asked.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{Server, method_name};
use crate::{
    Address, Fault, FaultKind, Guarantee, Message, Outcome, PublishError, Settlement,
    codec::envelope, eager::only_the_end_is_left,
};

/// A request that was run, or refused.
pub(super) struct Done {
    pub(super) outcome: Outcome,
    /// What its reply is sent with.
    pub(super) guarantee: Guarantee,
    /// Until when its caller waits, if it said so.
    pub(super) until: Option<Instant>,
}

impl Server {
    /// Sends the outcome of a call to whoever made it, and says what becomes of the request.
    pub(super) async fn reply(&self, request: &Message, done: Done) -> Settlement {
        let (service, method) = (self.service, method_name(request));
        let to = match &request.reply_to {
            Some(to) if is_reply_key(to) => to,
            found => {
                let reason = match found {
                    None => "the request has no reply_to",
                    Some(_) => "the request's reply_to is no key of a reply queue",
                };
                tracing::warn!(service, method, reason, "the outcome of a call is dropped");
                return Settlement::Ack;
            }
        };
        let mut body = match done.outcome {
            Ok(reply) => reply.body.into_reply(),
            Err(fault) => envelope::failure(&fault, service),
        };
        // Whether the reply only says that the real one is too large.
        let mut cut = false;
        loop {
            let reply = Message {
                correlation_id: request.correlation_id.clone(),
                guarantee: done.guarantee,
                ..Message::json(Address::Reply { to: Arc::clone(to) }, body.clone())
            };
            let publishing = self.cx.transport.publish(reply);
            only_the_end_is_left(publishing.is_sent());
            let error = match publishing.await {
                Ok(()) | Err(PublishError::Unroutable) => return Settlement::Ack,
                Err(error) => error,
            };
            tracing::error!(service, method, %error, "a reply was not sent");
            match error {
                PublishError::TooLarge { .. } if cut => return Settlement::Ack,
                PublishError::TooLarge { .. } => {
                    cut = true;
                    let fault = Fault::new(FaultKind::UnserializableValue, error.to_string());
                    body = envelope::failure(&fault, service);
                }
                // The method has run: its reply is tried again, and not the method.
                PublishError::Unavailable(_) | PublishError::Unknown(_) => {
                    if done.until.is_some_and(|it| it <= Instant::now()) {
                        return Settlement::Ack;
                    }
                    let pause = tokio::time::sleep(BEFORE_NEXT_REPLY);
                    if self.cx.stopping.run_until_cancelled(pause).await.is_none() {
                        return Settlement::Requeue;
                    }
                }
                PublishError::Closed => return Settlement::Requeue,
                _ => return Settlement::Ack,
            }
        }
    }
}

/// How long to wait before a reply that could not be sent is sent again.
const BEFORE_NEXT_REPLY: Duration = Duration::from_secs(1);

/// Replies are routed on the exchange that requests are on. A `reply_to` with a dot in it could be a
/// method's address, and the reply a request made in the service's name.
fn is_reply_key(key: &str) -> bool {
    let odd = |it: char| it == '.' || it.is_control();
    // All of them are looked at, whatever is found: that is many at a time.
    let is_plain =
        key.bytes().fold(true, |plain, it| plain & (it != b'.' && (b' '..=b'~').contains(&it)));
    !key.is_empty() && key.len() <= 255 && (is_plain || !key.contains(odd))
}

#[cfg(test)]
mod tests {
    use super::is_reply_key;

    #[test]
    fn a_reply_key_is_neither_an_address_nor_odd() {
        let check = |key: &str, expected| assert_eq!(is_reply_key(key), expected, "{key:?}");
        check("kinoko-reply-front-2d18", true);
        check("00000000-0000-0000-0000-000000000005", true);
        check("r\u{e9}ponse \u{1f344}", true);
        check(&"x".repeat(255), true);
        check(&"x".repeat(256), false);
        check("", false);
        check("orders.cancel", false);
        check("r\u{e9}ponse.cancel", false);
        for control in ["\0", "\n", "\x1f", "\x7f", "\u{85}"] {
            check(&["key", control].concat(), false);
        }
    }
}
