//! Names and texts that are not UTF-8, and the letter that means two things.

use kinoko_amqp_client::{Connection, Fields, Properties, Publish, Table, Value, Values};

use crate::{
    case::{Case, Test, consume, next, put, queue, test, to},
    proxy::Proxy,
};

pub(crate) const TESTS: &[(&str, Test)] = &[
    test!("names", what_is_not_utf8_arrives_as_bytes),
    test!("names", the_letter_s_is_a_number_or_a_text),
];

async fn what_is_not_utf8_arrives_as_bytes(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    channel.bind_queue("queue", "amq.fanout", "", &Fields::new()).await.unwrap();
    let mut consumer = consume(&channel, "queue").await;
    let bytes: &[u8] = &[0xff, 0xfe, 0, b'\n', 0xc3, 0x28];
    let mut table = vec![u8::try_from(bytes.len()).unwrap()];
    table.extend_from_slice(bytes);
    table.extend_from_slice(b"S\0\0\0\x06");
    table.extend_from_slice(bytes);
    let properties = Properties {
        correlation_id: Some(bytes.into()),
        message_id: Some(bytes.into()),
        reply_to: Some(bytes.into()),
        headers: Some(Table::parse(&table).unwrap()),
        ..Properties::default()
    };
    let message = Publish {
        exchange: "amq.fanout".into(),
        routing_key: bytes.into(),
        properties,
        ..to("", "x")
    };
    put(&channel, &message).await;
    let delivery = next(&mut consumer).await;
    let message = delivery.message();
    assert_eq!(message.routing_key().as_bytes(), bytes);
    assert_eq!(message.routing_key().to_str(), None);
    assert_eq!(message.properties(), properties);
    assert_eq!(message.poison(), None);
    let (name, value) = message.properties().headers.unwrap().iter().next().unwrap();
    assert_eq!((name.as_bytes(), value), (bytes, Value::Text(bytes)));
    assert_eq!(value.to_str(), None);
    // To be shown it must not be UTF-8 either.
    assert!(format!("{delivery:?}").contains("\\xff\\xfe"), "{delivery:?}");
    delivery.ack().unwrap();
}

/// RabbitMQ reads `s` as a number. A table in which it is a text can only come from another broker,
/// or through a proxy that puts it there.
async fn the_letter_s_is_a_number_or_a_text(case: Case) {
    let (proxy, options) = Proxy::before(&case.options()).await;
    let connection = Connection::connect_with(&options).await.unwrap();
    let channel = connection.open_channel().await.unwrap();
    queue(&channel, "queue").await;
    let mut consumer = consume(&channel, "queue").await;
    // RabbitMQ 4 passes fields on in the order of their names, so these are.
    let number = Fields::new().with("s", Value::I16(-2)).with("z", 1);
    let sent = Fields::new().with("kk", 0x0102_0304).with("z", 1);
    let text = b"\x01ks\x04abcd\x01zI\0\0\0\x01";
    let mut values = Values::new();
    values.push(Value::I16(7));
    let array = Fields::new().with("list", values.as_array());
    for (headers, there, name, expected) in [
        (&number, None, "s", Value::I16(-2)),
        (&sent, Some(text), "k", Value::Text(b"abcd")),
        (&array, None, "list", Value::Array(values.as_array())),
    ] {
        if let Some(there) = there {
            proxy.swap(headers.as_table().as_bytes(), there);
        }
        let properties = Properties { headers: Some(headers.as_table()), ..Properties::default() };
        put(&channel, &Publish { properties, ..to("queue", "x") }).await;
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.message().poison(), None);
        let headers = delivery.message().properties().headers.expect("they can be read");
        assert_eq!(headers.get(name), Some(expected));
        if name != "list" {
            assert_eq!(headers.get("z"), Some(1.into()), "what stands behind is read too");
        }
        delivery.ack().unwrap();
    }
}
