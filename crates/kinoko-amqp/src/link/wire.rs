//! Our properties and headers to the client's, and back.
//!
//! Text is always a long string: to RabbitMQ and to Python's client the tag of AMQP's short one
//! means a number. Whatever type a header arrives with is read; the sizes of numbers are not kept.

use std::{borrow::Cow, sync::Arc, time::Duration};

use bytes::Bytes;
use kinoko_amqp_client::{self as client, Array, Fields, Table, Text, Value, Values};
use kinoko_core::{Address, Guarantee, HeaderValue, Headers, Message};
use uuid::fmt::Hyphenated;

use super::{LinkError, Publish, Received};

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
            headers = Fields::with_capacity(publish.headers_size);
            put(&mut headers, &message.headers);
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

/// A number in digits, and where among them it begins. To format it costs five times that.
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
/// routing key, to a service's as many as it has methods, and each caller has one queue of replies.
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
    let message = Message {
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
    };
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

/// What nearly every message says.
const KNOWN: [&str; 5] =
    ["application/json", "utf-8", "nameko.call_id_stack", "kinoko-deadline", "traceparent"];

/// Makes no copy of a text that is known.
fn known(text: Text<'_>) -> Cow<'static, str> {
    match KNOWN.iter().find(|it| it.as_bytes() == text.as_bytes()) {
        Some(known) => Cow::Borrowed(known),
        None => Cow::Owned(text.to_str_lossy().into_owned()),
    }
}

/// Adds all headers to a table.
fn put(fields: &mut Fields, headers: &Headers) {
    for (name, value) in headers.iter() {
        match value {
            HeaderValue::List(it) => fields.insert_array(name, |values| push(values, it)),
            HeaderValue::Map(it) => fields.insert_table(name, |inner| put(inner, it)),
            single => fields.insert(name, to_value(single)),
        }
    }
}

/// Adds all items of a list to an array.
fn push(values: &mut Values, list: &[HeaderValue]) {
    for value in list {
        match value {
            HeaderValue::List(it) => values.push_array(|inner| push(inner, it)),
            HeaderValue::Map(it) => values.push_table(|fields| put(fields, it)),
            single => values.push(to_value(single)),
        }
    }
}

/// A value that holds no others.
fn to_value(value: &HeaderValue) -> Value<'_> {
    match value {
        HeaderValue::Bool(it) => Value::Bool(*it),
        HeaderValue::Int(it) => i32::try_from(*it).map_or(Value::I64(*it), Value::I32),
        HeaderValue::Float(it) => Value::F64(*it),
        HeaderValue::Str(it) => Value::Text(it.as_bytes()),
        HeaderValue::Bytes(it) => Value::Bytes(it),
        HeaderValue::Timestamp(it) => Value::Timestamp(*it),
        _ => Value::Void,
    }
}

/// The depth is bounded by the client.
fn from_table(table: Table<'_>) -> Headers {
    table.iter().map(|(name, value)| (known(name), from_value(value))).collect()
}

fn from_array(array: Array<'_>) -> HeaderValue {
    let mut values = array.iter().map(from_value);
    match (values.next(), values.next()) {
        // The stack of a call that nobody else's call led to, and no list is as frequent.
        (Some(only), None) => HeaderValue::List(Arc::new([only])),
        (first, second) => {
            HeaderValue::List(first.into_iter().chain(second).chain(values).collect())
        }
    }
}

fn from_value(value: Value<'_>) -> HeaderValue {
    if let Some(number) = value.to_i64() {
        return HeaderValue::Int(number);
    }
    match value {
        Value::Bool(it) => HeaderValue::Bool(it),
        Value::F32(it) => HeaderValue::Float(it.into()),
        Value::F64(it) => HeaderValue::Float(it),
        Value::Decimal { scale, unscaled } => {
            HeaderValue::Float(f64::from(unscaled) / 10f64.powi(scale.into()))
        }
        Value::Text(it) => match str::from_utf8(it) {
            Ok(text) => HeaderValue::from(text),
            Err(_) => HeaderValue::Bytes(Bytes::copy_from_slice(it)),
        },
        Value::Array(it) => from_array(it),
        Value::Timestamp(it) => HeaderValue::Timestamp(it),
        Value::Table(it) => HeaderValue::Map(from_table(it)),
        Value::Bytes(it) => HeaderValue::Bytes(Bytes::copy_from_slice(it)),
        _ => HeaderValue::Null,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kinoko_amqp_client::{Fields, Properties, Table, Value};
    use kinoko_core::{Address, Guarantee, HeaderValue, Headers, Message};

    use super::{Parts, digits, from_table, put, to_client};
    use crate::{AmqpOptions, convert};

    fn to_fields(headers: &Headers) -> Fields {
        let mut fields = Fields::new();
        put(&mut fields, headers);
        fields
    }

    #[test]
    fn properties_are_namekos() {
        let options = AmqpOptions::new("amqp://").unwrap();
        let mut message = Message::json(Address::Reply { to: "key".into() }, "{}");
        message.correlation_id = Some("c".into());
        message.reply_to = Some("r".into());
        message.expires = Some(Duration::from_secs(10));
        let mut check = |guarantee, mode| {
            message.guarantee = guarantee;
            let publish = convert::to_publish(&message, &options).unwrap();
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

    #[test]
    fn any_number_has_its_digits() {
        for number in [0, 7, 10, 99, 30_000, 4_294_967_295] {
            let (digits, start) = digits(number);
            assert_eq!(str::from_utf8(&digits[start..]).unwrap(), number.to_string());
        }
    }

    #[test]
    fn numbers_and_text_have_the_types_nameko_reads() {
        let headers: Headers = [
            ("small", HeaderValue::Int(7)),
            ("big", HeaderValue::Int(1 << 40)),
            ("text", HeaderValue::from("ಠ")),
        ]
        .into_iter()
        .collect();
        let fields = to_fields(&headers);
        let get = |name: &str| fields.as_table().get(name);
        assert_eq!(get("small"), Some(Value::I32(7)));
        assert_eq!(get("big"), Some(Value::I64(1 << 40)));
        assert_eq!(get("text"), Some(Value::Text("ಠ".as_bytes())));
    }

    #[test]
    fn what_is_nested_arrives_as_it_was() {
        let inner: Headers = [("deep", HeaderValue::from("down"))].into_iter().collect();
        let list =
            HeaderValue::List([HeaderValue::Int(1), HeaderValue::Null].into_iter().collect());
        let headers: Headers =
            [("map", HeaderValue::Map(inner)), ("list", list)].into_iter().collect();
        assert_eq!(from_table(to_fields(&headers).as_table()), headers);
    }

    #[test]
    fn what_others_send_is_read_whatever_its_type() {
        let fields = Fields::new()
            .with("b", Value::I8(-1))
            .with("B", Value::U8(255))
            .with("s", Value::I16(-2))
            .with("u", Value::U16(65_535))
            .with("i", Value::U32(u32::MAX))
            .with("f", Value::F32(0.5))
            .with("D", Value::Decimal { scale: 2, unscaled: 150 })
            .with("S", Value::Text(&[0xff]));
        let headers = from_table(fields.as_table());
        let int = |name: &str| headers.get(name).and_then(HeaderValue::as_int);
        assert_eq!(["b", "B", "s", "u"].map(int), [Some(-1), Some(255), Some(-2), Some(65_535)]);
        assert_eq!(int("i"), Some(u32::MAX.into()));
        assert_eq!(headers.get("f"), Some(&HeaderValue::Float(0.5)));
        assert_eq!(headers.get("D"), Some(&HeaderValue::Float(1.5)));
        assert_eq!(headers.get("S"), Some(&HeaderValue::Bytes(vec![0xff].into())));
    }

    #[test]
    fn a_long_name_is_an_error_and_not_a_panic() {
        let fields = to_fields(&[("x".repeat(256), HeaderValue::Null)].into_iter().collect());
        assert!(fields.checked().is_err());
    }
}
