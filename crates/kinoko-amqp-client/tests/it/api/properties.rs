//! Every property and every type of field arrives as it was sent.

use kinoko_amqp_client::{Fields, Properties, Publish, Value, Values};

use crate::case::{Case, Test, consume, next, put, queue, test, to};

pub(crate) const TESTS: &[(&str, Test)] = &[
    test!("properties", every_property_arrives),
    test!("properties", every_subset_of_them_arrives),
    test!("properties", every_type_of_field_arrives),
];

fn all(headers: &Fields) -> Properties<'_> {
    Properties {
        content_type: Some("application/json".into()),
        content_encoding: Some("utf-8".into()),
        headers: Some(headers.as_table()),
        delivery_mode: Some(Properties::PERSISTENT),
        priority: Some(255),
        correlation_id: Some("correlation".into()),
        reply_to: Some("reply".into()),
        expiration: Some("60000".into()),
        message_id: Some("message".into()),
        timestamp: Some(u64::from(u32::MAX) + 1),
        kind: Some("kind".into()),
        user_id: Some("guest".into()),
        app_id: Some("application".into()),
        cluster_id: Some("cluster".into()),
    }
}

async fn every_property_arrives(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    let mut consumer = consume(&channel, "queue").await;
    let headers = Fields::new().with("name", "value");
    let empty = Fields::new();
    let none = Properties::default();
    let blank = Properties {
        content_type: Some("".into()),
        headers: Some(empty.as_table()),
        priority: Some(0),
        timestamp: Some(0),
        correlation_id: Some("".into()),
        ..none
    };
    for properties in [all(&headers), none, blank] {
        put(&channel, &Publish { properties, ..to("queue", "x") }).await;
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.message().properties(), properties);
        assert_eq!(delivery.message().poison(), None);
        assert_eq!(delivery.message().exchange(), "");
        assert_eq!(delivery.message().routing_key(), "queue");
        delivery.ack().unwrap();
    }
}

async fn every_subset_of_them_arrives(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    let mut consumer = consume(&channel, "queue").await;
    let headers = Fields::new().with("name", "value");
    let all = all(&headers);
    // Where a property is left out, those behind it move up.
    for number in 0..1 << 13_u16 {
        let has = |bit: u32| number >> bit & 1 == 1;
        let properties = Properties {
            content_type: all.content_type.filter(|_| has(0)),
            content_encoding: all.content_encoding.filter(|_| has(1)),
            headers: all.headers.filter(|_| has(2)),
            delivery_mode: all.delivery_mode.filter(|_| has(3)),
            priority: all.priority.filter(|_| has(4)),
            correlation_id: all.correlation_id.filter(|_| has(5)),
            reply_to: all.reply_to.filter(|_| has(6)),
            expiration: None,
            message_id: all.message_id.filter(|_| has(7)),
            timestamp: all.timestamp.filter(|_| has(8)),
            kind: all.kind.filter(|_| has(9)),
            user_id: all.user_id.filter(|_| has(10)),
            app_id: all.app_id.filter(|_| has(11)),
            cluster_id: all.cluster_id.filter(|_| has(12)),
        };
        channel.send(&Publish { properties, ..to("queue", "x") }).await.unwrap();
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.message().properties(), properties);
        delivery.ack().unwrap();
    }
}

async fn every_type_of_field_arrives(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    let mut consumer = consume(&channel, "queue").await;
    let nested = Fields::new().with("inner", 1).with("empty", Fields::new().as_table());
    let mut array = Values::new();
    array.push("first");
    array.push(Value::Void);
    array.push(nested.as_table());
    array.push(Values::new().as_array());
    let long = "x".repeat(10_000);
    let values = [
        Value::Void,
        Value::Bool(true),
        Value::Bool(false),
        Value::I8(i8::MIN),
        Value::U8(u8::MAX),
        Value::I16(i16::MIN),
        Value::U16(u16::MAX),
        Value::I32(i32::MIN),
        Value::U32(u32::MAX),
        Value::I64(i64::MIN),
        Value::F32(f32::MIN_POSITIVE),
        Value::F64(-0.1),
        Value::Decimal { scale: 255, unscaled: -12_345 },
        Value::Timestamp(u64::MAX / 2),
        Value::Text(b""),
        Value::Text("grün".as_bytes()),
        Value::Text(long.as_bytes()),
        Value::Bytes(&[0, 255, 206]),
        Value::Array(array.as_array()),
        Value::Table(nested.as_table()),
    ];
    let mut fields = Fields::new();
    for (number, value) in values.iter().enumerate() {
        fields.insert(&format!("field-{number}"), *value);
    }
    fields.insert("", 1);
    fields.insert(&"n".repeat(255), 2);
    let properties = Properties { headers: Some(fields.as_table()), ..Properties::default() };
    put(&channel, &Publish { properties, ..to("queue", "x") }).await;
    let delivery = next(&mut consumer).await;
    let properties = delivery.message().properties();
    let headers = properties.headers.expect("it has headers");
    for (number, value) in values.iter().enumerate() {
        assert_eq!(headers.get(&format!("field-{number}")), Some(*value));
    }
    assert_eq!(headers.get(""), Some(1.into()));
    assert_eq!(headers.iter().count(), values.len() + 2);
    delivery.ack().unwrap();
}
