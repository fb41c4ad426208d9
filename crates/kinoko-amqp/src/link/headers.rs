//! Headers to the client's tables, and back.
//!
//! Text is always a long string: to RabbitMQ and to Python's client the tag of AMQP's short one
//! means a number. Whatever type a header arrives with is read; the sizes of numbers are not kept.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use kinoko_amqp_client::{Array, Fields, NestedFields, NestedValues, Table, Text, Value};
use kinoko_core::{HeaderValue, Headers};

/// The table of a message's headers, of about that many bytes.
pub(super) fn to_fields(headers: &Headers, size: usize) -> Fields {
    let mut fields = Fields::with_capacity(size);
    insert(fields.as_nested(), headers);
    fields
}

/// Adds the entries of a map to a table.
fn insert(mut fields: NestedFields<'_>, map: &Headers) {
    for (name, value) in map.iter() {
        match value {
            HeaderValue::List(it) => fields.insert_array(name, |values| push(values, it)),
            HeaderValue::Map(it) => fields.insert_table(name, |inner| insert(inner, it)),
            single => fields.insert(name, to_value(single)),
        }
    }
}

/// Adds the items of a list to an array.
fn push(mut values: NestedValues<'_>, list: &[HeaderValue]) {
    for value in list {
        match value {
            HeaderValue::List(it) => values.push_array(|inner| push(inner, it)),
            HeaderValue::Map(it) => values.push_table(|fields| insert(fields, it)),
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
pub(super) fn from_table(table: Table<'_>) -> Headers {
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

/// What nearly every message says.
const KNOWN: [&str; 5] =
    ["application/json", "utf-8", "nameko.call_id_stack", "kinoko-deadline", "traceparent"];

/// Makes no copy of a text that is known.
pub(super) fn known(text: Text<'_>) -> Cow<'static, str> {
    match KNOWN.iter().find(|it| it.as_bytes() == text.as_bytes()) {
        Some(known) => Cow::Borrowed(known),
        None => Cow::Owned(text.to_str_lossy().into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use kinoko_amqp_client::{Fields, Value};
    use kinoko_core::{HeaderValue, Headers};

    use super::{from_table, to_fields};

    #[test]
    fn numbers_and_text_have_the_types_nameko_reads() {
        let headers: Headers = [
            ("small", HeaderValue::Int(7)),
            ("big", HeaderValue::Int(1 << 40)),
            ("text", HeaderValue::from("ಠ")),
        ]
        .into_iter()
        .collect();
        let fields = to_fields(&headers, 0);
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
        assert_eq!(from_table(to_fields(&headers, 0).as_table()), headers);
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
        let fields = to_fields(&[("x".repeat(256), HeaderValue::Null)].into_iter().collect(), 0);
        assert!(fields.checked().is_err());
    }
}
