//! Our messages to the client's, and back.
//!
//! The properties are those Nameko sets on everything it sends (a priority of zero and a table of headers, though it be
//! empty, among them), and a unique message id besides.

use std::{sync::Arc, time::Duration};

use kinoko_amqp_client::{self as client, Fields, Text};
use kinoko_core::{Address, Guarantee, Message};
use uuid::fmt::Hyphenated;

use super::{
    LinkError, Publish, Received,
    headers::{from_table, known, to_fields},
};

/// What of a message has to be made before it can be borrowed.
pub(super) struct Parts {
    id: [u8; Hyphenated::LENGTH],
    /// In milliseconds.
    expiration: Option<([u8; LONGEST_NUMBER], usize)>,
    headers: Fields,
}

/// How many digits a `u32` has at most.
const LONGEST_NUMBER: usize = 10;

impl Parts {
    pub(super) fn of(publish: &Publish<'_>) -> Result<Parts, LinkError> {
        let message = publish.message;
        let mut id = [0; Hyphenated::LENGTH];
        publish.id.hyphenated().encode_lower(&mut id);
        let mut headers = Fields::new();
        // A reply has none.
        if !message.headers.is_empty() {
            headers = to_fields(&message.headers, publish.headers_size);
            headers.checked().map_err(|err| LinkError::settings(err.to_string()))?;
        }
        // RabbitMQ closes the channel over a larger number of milliseconds.
        let expiration =
            message.expires.map(|it| digits(u32::try_from(it.as_millis()).unwrap_or(u32::MAX)));
        Ok(Parts { id, expiration, headers })
    }

    fn expiration(&self) -> Option<Text<'_>> {
        self.expiration.as_ref().map(|(digits, start)| digits[*start..].into())
    }
}

/// A number in digits, and where among them it begins, without what formatting takes.
fn digits(mut number: u32) -> ([u8; LONGEST_NUMBER], usize) {
    let mut digits = [b'0'; LONGEST_NUMBER];
    let mut start = LONGEST_NUMBER - 1;
    loop {
        // A remainder of ten is one digit.
        digits[start] += (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return (digits, start);
        }
        start -= 1;
    }
}

/// What is sent for a message. It borrows all that is long.
pub(super) fn to_client<'a>(publish: &'a Publish<'_>, parts: &'a Parts) -> client::Publish<'a> {
    let message = publish.message;
    let text = |it: &'a str| Text::from(it);
    client::Publish {
        exchange: (&*publish.exchange.name).into(),
        routing_key: (&*publish.routing_key).into(),
        mandatory: publish.mandatory,
        properties: client::Properties {
            content_type: message.content_type.as_deref().map(text),
            content_encoding: message.content_encoding.as_deref().map(text),
            headers: Some(parts.headers.as_table()),
            delivery_mode: Some(match message.guarantee {
                Guarantee::Fast => client::Properties::TRANSIENT,
                Guarantee::Durable => client::Properties::PERSISTENT,
            }),
            priority: Some(0),
            correlation_id: message.correlation_id.as_deref().map(text),
            reply_to: message.reply_to.as_deref().map(text),
            expiration: parts.expiration(),
            message_id: Some(parts.id[..].into()),
            ..client::Properties::default()
        },
        body: message.body.clone(),
    }
}

/// Texts of the message before, which most messages of a queue share with it: to one of replies there is one
/// routing key, to a service's as many as it has methods, and a caller has one queue of replies or two.
#[derive(Default)]
pub(super) struct Last {
    routing_key: Arc<str>,
    reply_to: Arc<str>,
}

/// What of a message that was received is ours, addressed to whom its routing key says.
pub(super) fn received(
    received: &client::Message,
    last: &mut Last,
    address: impl FnOnce(&Arc<str>) -> Address,
) -> Received {
    let properties = received.properties();
    let message = Arc::new(Message {
        to: address(&shared(received.routing_key(), &mut last.routing_key)),
        headers: properties.headers.map(from_table).unwrap_or_default(),
        body: received.body().clone(),
        content_type: properties.content_type.map(known),
        content_encoding: properties.content_encoding.map(known),
        reply_to: properties.reply_to.map(|it| shared(it, &mut last.reply_to)),
        correlation_id: properties.correlation_id.map(|it| it.to_str_lossy().as_ref().into()),
        guarantee: match properties.delivery_mode {
            Some(client::Properties::PERSISTENT) => Guarantee::Durable,
            _ => Guarantee::Fast,
        },
        expires: properties
            .expiration
            .and_then(|it| it.to_str_lossy().parse().ok().map(Duration::from_millis)),
    });
    let poison = received.poison().map(|it| it.to_string());
    Received { message, redelivered: false, poison, settler: None }
}

/// A text, made only where it is not the last one.
fn shared(text: Text<'_>, last: &mut Arc<str>) -> Arc<str> {
    if last.as_bytes() != text.as_bytes() {
        *last = text.to_str_lossy().as_ref().into();
    }
    Arc::clone(last)
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use kinoko_amqp_client::{Properties, Table, Text};
    use kinoko_core::{Address, Guarantee, Message};
    use uuid::Uuid;

    use super::{Parts, digits, shared, to_client};
    use crate::link::{Exchange, Publish};

    #[test]
    fn properties_are_namekos() {
        let mut message = Message::json(Address::Reply { to: "key".into() }, "{}");
        message.correlation_id = Some("c".into());
        message.reply_to = Some("r".into());
        message.expires = Some(Duration::from_secs(10));
        let mut check = |guarantee, mode| {
            message.guarantee = guarantee;
            let publish = Publish {
                id: Uuid::new_v4(),
                exchange: Exchange::DEFAULT,
                declare_exchange: false,
                routing_key: "key".into(),
                mandatory: false,
                message: &message,
                headers_size: 4,
            };
            let parts = Parts::of(&publish).unwrap();
            let sent = to_client(&publish, &parts);
            assert_eq!((sent.routing_key, &*sent.body), ("key".into(), &b"{}"[..]));
            let id = publish.id.hyphenated().to_string();
            let expected = Properties {
                content_type: Some("application/json".into()),
                content_encoding: Some("utf-8".into()),
                headers: Some(Table::default()),
                delivery_mode: Some(mode),
                priority: Some(0),
                correlation_id: Some("c".into()),
                reply_to: Some("r".into()),
                expiration: Some("10000".into()),
                message_id: Some((&*id).into()),
                ..Properties::default()
            };
            assert_eq!(sent.properties, expected);
        };
        check(Guarantee::Fast, Properties::TRANSIENT);
        check(Guarantee::Durable, Properties::PERSISTENT);
    }

    /// A text of one message is never taken for that of another.
    #[test]
    fn what_the_last_message_said_is_only_used_where_it_is_the_same() {
        let mut last = Arc::default();
        let texts = ["a", "a", "b", "a", "", "ab", "\u{fffd}", "a"];
        for text in texts {
            assert_eq!(&*shared(text.into(), &mut last), text);
        }
        let not_utf8 = Text::from(&[0xff][..]);
        for _ in 0..2 {
            assert_eq!(&*shared(not_utf8, &mut last), "\u{fffd}");
        }
        let first = shared("a".into(), &mut last);
        assert!(Arc::ptr_eq(&first, &shared("a".into(), &mut last)));
    }

    #[test]
    fn any_number_has_its_digits() {
        for number in [0, 7, 10, 99, 30_000, 4_294_967_295] {
            let (digits, start) = digits(number);
            assert_eq!(str::from_utf8(&digits[start..]).unwrap(), number.to_string());
        }
    }
}
