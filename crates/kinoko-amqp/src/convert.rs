//! Messages to what is published: where each goes, and that none is larger than may be sent.

use kinoko_core::{Message, PublishError};
use uuid::Uuid;

use crate::{
    AmqpOptions,
    link::{Publish, headers_size, limit},
    topology,
};

/// The longest text AMQP's properties and routing keys have room for, in bytes.
const LONGEST_SHORT_TEXT: usize = 255;
/// What headers may take together. A message's headers must fit one frame, and a frame has 128 KiB.
const LARGEST_HEADERS: usize = 96 * 1024;

/// What is sent for a message.
///
/// # Errors
/// [`PublishError::TooLarge`] when it, or a part of it, is larger than may be sent, and
/// [`PublishError::Rejected`] when the broker could not read it.
pub(crate) fn to_publish<'a>(
    message: &'a Message,
    options: &'a AmqpOptions,
) -> Result<Publish<'a>, PublishError> {
    limit(message.body.len(), options.max_body)?;
    let route = topology::route(&message.to, options);
    let short = [
        Some(&*route.exchange.name),
        Some(&*route.routing_key),
        message.content_type.as_deref(),
        message.content_encoding.as_deref(),
        message.correlation_id.as_deref(),
        message.reply_to.as_deref(),
    ];
    for text in short.into_iter().flatten() {
        limit(text.len(), LONGEST_SHORT_TEXT)?;
    }
    let headers_size = headers_size(&message.headers, LONGEST_SHORT_TEXT)?;
    limit(headers_size, LARGEST_HEADERS)?;
    Ok(Publish {
        id: Uuid::new_v4(),
        exchange: route.exchange,
        declare_exchange: route.declare,
        routing_key: route.routing_key,
        mandatory: route.mandatory,
        message,
        headers_size,
    })
}

#[cfg(test)]
mod tests {
    use kinoko_core::{Address, HeaderValue, Headers, Message, PublishError};

    use super::to_publish;
    use crate::AmqpOptions;

    fn reply(to: impl Into<std::sync::Arc<str>>) -> Message {
        Message::json(Address::Reply { to: to.into() }, "{}")
    }

    #[test]
    fn what_does_not_fit_is_refused_before_it_is_sent() {
        let mut options = AmqpOptions::new("amqp://").unwrap();
        options.max_body = 10;
        let check = |message: Message, size: usize, limit: usize| {
            let found = to_publish(&message, &options).unwrap_err();
            assert_eq!(found, PublishError::TooLarge { size, limit });
        };
        check(reply("x".repeat(256)), 256, 255);
        let mut message = reply("x");
        message.body = vec![0; 11].into();
        check(message, 11, 10);
        let mut message = reply("x");
        message.correlation_id = Some("x".repeat(300).into());
        check(message, 300, 255);
        let mut message = reply("x");
        message.headers = [("k".repeat(256), HeaderValue::Null)].into_iter().collect();
        check(message, 256, 255);
        for number in [f64::NAN, f64::INFINITY] {
            let mut message = reply("x");
            message.headers = [("number", HeaderValue::from(number))].into_iter().collect();
            assert_eq!(to_publish(&message, &options).unwrap_err(), PublishError::Rejected);
        }
        let mut message = reply("x");
        let inner: Headers =
            [("bomb", HeaderValue::from("x".repeat(100_000)))].into_iter().collect();
        message.headers = [("outer", HeaderValue::Map(inner))].into_iter().collect();
        let found = to_publish(&message, &options).unwrap_err();
        assert!(matches!(found, PublishError::TooLarge { limit: 98_304, .. }), "{found:?}");
    }
}
