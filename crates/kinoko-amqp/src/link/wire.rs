//! Our properties and headers to the client library's, and back.
//!
//! Text is always a long string: to RabbitMQ and to Python's client the tag of AMQP's short one
//! means a number. Whatever type a header arrives with is read; the sizes of numbers are not kept.

use std::borrow::Cow;

use bytes::Bytes;
use kinoko_core::{HeaderValue, Headers};
use lapin::{
    BasicProperties,
    message::Delivery,
    protocol::AMQPErrorKind,
    types::{AMQPValue, FieldArray, FieldTable, LongString, ShortString},
};
use uuid::Uuid;

use super::{LinkError, LinkErrorKind, Properties, Received};

pub(super) fn to_properties(
    id: Uuid,
    properties: &Properties,
) -> Result<BasicProperties, LinkError> {
    let mut out = BasicProperties::default()
        .with_headers(to_table(&properties.headers)?)
        .with_delivery_mode(if properties.persistent { 2 } else { 1 })
        .with_priority(0)
        .with_message_id(short(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))?);
    if let Some(text) = &properties.content_type {
        out = out.with_content_type(short(text)?);
    }
    if let Some(text) = &properties.content_encoding {
        out = out.with_content_encoding(short(text)?);
    }
    if let Some(text) = &properties.correlation_id {
        out = out.with_correlation_id(short(text)?);
    }
    if let Some(text) = &properties.reply_to {
        out = out.with_reply_to(short(text)?);
    }
    if let Some(text) = &properties.expiration {
        out = out.with_expiration(short(text)?);
    }
    Ok(out)
}

pub(super) fn received(delivery: Delivery) -> Received {
    let properties = &delivery.properties;
    let text = |it: &Option<ShortString>| it.as_ref().map(|it| it.as_str().to_owned());
    let owned = |it: &Option<ShortString>| text(it).map(Cow::Owned);
    let shared = |it: &Option<ShortString>| it.as_ref().map(|it| it.as_str().into());
    Received {
        redelivered: delivery.redelivered,
        tag: delivery.delivery_tag,
        properties: Properties {
            content_type: owned(properties.content_type()),
            content_encoding: owned(properties.content_encoding()),
            headers: properties.headers().as_ref().map(from_table).unwrap_or_default(),
            persistent: *properties.delivery_mode() == Some(2),
            correlation_id: shared(properties.correlation_id()),
            reply_to: shared(properties.reply_to()),
            expiration: text(properties.expiration()),
        },
        body: Bytes::from(delivery.data),
        routing_key: delivery.routing_key.into(),
    }
}

/// A text of at most 255 bytes; the library would panic on a longer one.
pub(super) fn short(text: &str) -> Result<ShortString, LinkError> {
    ShortString::try_new(text).map_err(|_| {
        LinkError::settings(format!(
            "a name of {} bytes is too long for AMQP: 255 may be",
            text.len()
        ))
    })
}

pub(super) fn error(error: &lapin::Error) -> LinkError {
    use lapin::protocol::{AMQPHardError as Hard, AMQPSoftError as Soft};
    let lapin::ErrorKind::ProtocolError(protocol) = error.kind() else {
        return LinkError::lost(error.to_string());
    };
    let kind = match protocol.kind() {
        AMQPErrorKind::Soft(Soft::ACCESSREFUSED) => LinkErrorKind::Refused,
        AMQPErrorKind::Soft(Soft::NOTFOUND) => LinkErrorKind::NotFound,
        AMQPErrorKind::Soft(Soft::RESOURCELOCKED) => LinkErrorKind::Locked,
        AMQPErrorKind::Soft(Soft::PRECONDITIONFAILED) => LinkErrorKind::Different,
        AMQPErrorKind::Hard(Hard::NOTALLOWED | Hard::INVALIDPATH) => LinkErrorKind::Refused,
        _ => LinkErrorKind::Lost,
    };
    LinkError { kind, text: protocol.get_message().to_string() }
}

pub(super) fn to_table(headers: &Headers) -> Result<FieldTable, LinkError> {
    let mut table = FieldTable::default();
    for (name, value) in headers.iter() {
        table.insert(short(name)?, to_value(value)?);
    }
    Ok(table)
}

fn to_value(value: &HeaderValue) -> Result<AMQPValue, LinkError> {
    Ok(match value {
        HeaderValue::Bool(it) => AMQPValue::Boolean(*it),
        HeaderValue::Int(it) => match i32::try_from(*it) {
            Ok(small) => AMQPValue::LongInt(small),
            Err(_) => AMQPValue::LongLongInt(*it),
        },
        HeaderValue::Float(it) => AMQPValue::Double(*it),
        HeaderValue::Str(it) => AMQPValue::LongString(LongString::from(it.as_bytes())),
        HeaderValue::Bytes(it) => AMQPValue::ByteArray(it.to_vec().into()),
        HeaderValue::Timestamp(it) => AMQPValue::Timestamp(*it),
        HeaderValue::List(it) => {
            let values = it.iter().map(to_value).collect::<Result<Vec<_>, _>>()?;
            AMQPValue::FieldArray(FieldArray::from(values))
        }
        HeaderValue::Map(it) => AMQPValue::FieldTable(to_table(it)?),
        _ => AMQPValue::Void,
    })
}

fn from_table(table: &FieldTable) -> Headers {
    table.into_iter().map(|(name, value)| (name.as_str().to_owned(), from_value(value))).collect()
}

fn from_value(value: &AMQPValue) -> HeaderValue {
    match value {
        AMQPValue::Boolean(it) => HeaderValue::Bool(*it),
        AMQPValue::ShortShortInt(it) => HeaderValue::Int((*it).into()),
        AMQPValue::ShortShortUInt(it) => HeaderValue::Int((*it).into()),
        AMQPValue::ShortInt(it) => HeaderValue::Int((*it).into()),
        AMQPValue::ShortUInt(it) => HeaderValue::Int((*it).into()),
        AMQPValue::LongInt(it) => HeaderValue::Int((*it).into()),
        AMQPValue::LongUInt(it) => HeaderValue::Int((*it).into()),
        AMQPValue::LongLongInt(it) => HeaderValue::Int(*it),
        AMQPValue::Float(it) => HeaderValue::Float((*it).into()),
        AMQPValue::Double(it) => HeaderValue::Float(*it),
        AMQPValue::DecimalValue(it) => {
            HeaderValue::Float(f64::from(it.value) / 10f64.powi(it.scale.into()))
        }
        AMQPValue::ShortString(it) => HeaderValue::from(it.as_str()),
        AMQPValue::LongString(it) => match str::from_utf8(it.as_bytes()) {
            Ok(text) => HeaderValue::from(text),
            Err(_) => HeaderValue::Bytes(Bytes::copy_from_slice(it.as_bytes())),
        },
        AMQPValue::FieldArray(it) => {
            HeaderValue::List(it.as_slice().iter().map(from_value).collect())
        }
        AMQPValue::Timestamp(it) => HeaderValue::Timestamp(*it),
        AMQPValue::FieldTable(it) => HeaderValue::Map(from_table(it)),
        AMQPValue::ByteArray(it) => HeaderValue::Bytes(Bytes::copy_from_slice(it.as_slice())),
        AMQPValue::Void => HeaderValue::Null,
    }
}

#[cfg(test)]
mod tests {
    use kinoko_core::{HeaderValue, Headers};
    use lapin::types::{AMQPValue, DecimalValue, FieldTable};

    use super::{from_table, short, to_table};

    #[test]
    fn numbers_and_text_have_the_types_nameko_reads() {
        let headers: Headers = [
            ("small", HeaderValue::Int(7)),
            ("big", HeaderValue::Int(1 << 40)),
            ("text", HeaderValue::from("ಠ")),
        ]
        .into_iter()
        .collect();
        let table = to_table(&headers).unwrap();
        assert_eq!(table.inner().get("small"), Some(&AMQPValue::LongInt(7)));
        assert_eq!(table.inner().get("big"), Some(&AMQPValue::LongLongInt(1 << 40)));
        assert_eq!(table.inner().get("text"), Some(&AMQPValue::LongString("ಠ".into())));
    }

    #[test]
    fn what_others_send_is_read_whatever_its_type() {
        let mut table = FieldTable::default();
        for (name, value) in [
            ("b", AMQPValue::ShortShortInt(-1)),
            ("B", AMQPValue::ShortShortUInt(255)),
            ("s", AMQPValue::ShortInt(-2)),
            ("u", AMQPValue::ShortUInt(65_535)),
            ("i", AMQPValue::LongUInt(u32::MAX)),
            ("f", AMQPValue::Float(0.5)),
            ("D", AMQPValue::DecimalValue(DecimalValue { scale: 2, value: 150 })),
            ("S", AMQPValue::LongString(vec![0xff].into())),
        ] {
            table.insert(short(name).unwrap(), value);
        }
        let headers = from_table(&table);
        let int = |name: &str| headers.get(name).and_then(HeaderValue::as_int);
        assert_eq!(["b", "B", "s", "u"].map(int), [Some(-1), Some(255), Some(-2), Some(65_535)]);
        assert_eq!(int("i"), Some(u32::MAX.into()));
        assert_eq!(headers.get("f"), Some(&HeaderValue::Float(0.5)));
        assert_eq!(headers.get("D"), Some(&HeaderValue::Float(1.5)));
        assert_eq!(headers.get("S"), Some(&HeaderValue::Bytes(vec![0xff].into())));
    }

    #[test]
    fn a_long_name_is_an_error_and_not_a_panic() {
        assert!(short(&"x".repeat(256)).is_err());
        assert!(to_table(&[("x".repeat(256), HeaderValue::Null)].into_iter().collect()).is_err());
    }
}
