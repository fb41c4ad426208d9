//! Writes the seeds that fuzzing begins with: real frames for the codec, short stories for the
//! connection.
//!
//! ```sh
//! cargo run --example seeds
//! ```

use std::{fs, io, path::Path};

use kinoko_amqp_client::{Array, Fields, Properties, Table, Value, Values, codec::*};

fn main() -> io::Result<()> {
    write("codec", &codec())?;
    write("connection", &stories())
}

fn write(target: &str, seeds: &[(String, Vec<u8>)]) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    fs::create_dir_all(&folder)?;
    seeds.iter().try_for_each(|(name, bytes)| fs::write(folder.join(name), bytes))
}

/// Frames as a whole, and what is in them.
fn codec() -> Vec<(String, Vec<u8>)> {
    let every = every_type();
    let table = every.as_table();
    let mut seeds = vec![
        ("table".to_owned(), table.as_bytes().to_vec()),
        ("table-s-text".to_owned(), b"\x01as\x05hello".to_vec()),
        ("array".to_owned(), values().as_array().as_bytes().to_vec()),
        ("protocol".to_owned(), PROTOCOL_HEADER.to_vec()),
    ];
    for method in methods(table) {
        let mut frame = Vec::new();
        write_method(&mut frame, 1, &method, 4096).expect("it is small");
        seeds.push((method.name().to_owned(), frame[7..frame.len() - 1].to_vec()));
        seeds.push((format!("frame-{}", method.name()), frame));
    }
    let mut frame = Vec::new();
    write_header(&mut frame, 1, &properties(table), 5, 4096).expect("it is small");
    seeds.push(("header".to_owned(), frame[7..frame.len() - 1].to_vec()));
    write_heartbeat(&mut frame);
    seeds.push(("frame-header-heartbeat".to_owned(), frame));
    seeds
}

fn methods(table: Table<'_>) -> [Method<'_>; 10] {
    let (arguments, server_properties, client_properties) = (table, table, table);
    [
        ConnectionStart { mechanisms: Long(b"PLAIN"), server_properties, ..Default::default() }
            .into(),
        ConnectionStartOk { response: Secret(b"x"), client_properties, ..Default::default() }
            .into(),
        ConnectionTune { channel_max: 3, frame_max: 4096, heartbeat: 4 }.into(),
        ConnectionClose { reply_code: 320, ..Default::default() }.into(),
        QueueDeclare { queue: "q".into(), durable: true, arguments, ..Default::default() }.into(),
        QueueDeclareOk { queue: "q".into(), ..Default::default() }.into(),
        BasicConsume { queue: "q".into(), no_ack: true, arguments, ..Default::default() }.into(),
        BasicDeliver { consumer_tag: "k0".into(), delivery_tag: 1, ..Default::default() }.into(),
        BasicReturn { reply_code: 312, exchange: "x".into(), ..Default::default() }.into(),
        BasicNack { delivery_tag: 3, multiple: true, requeue: true }.into(),
    ]
}

fn properties(headers: Table<'_>) -> Properties<'_> {
    Properties {
        content_type: Some("application/json".into()),
        headers: Some(headers),
        delivery_mode: Some(Properties::PERSISTENT),
        correlation_id: Some("c".into()),
        message_id: Some("m".into()),
        timestamp: Some(1_700_000_000),
        ..Properties::default()
    }
}

fn values() -> Values {
    let mut values = Values::new();
    for value in [
        Value::Void,
        Value::Bool(true),
        Value::I8(-1),
        Value::U8(1),
        Value::I16(-2),
        Value::U16(2),
        Value::I32(-3),
        Value::U32(3),
        Value::I64(-4),
        Value::F32(0.5),
        Value::F64(0.25),
        Value::Decimal { scale: 2, unscaled: 314 },
        Value::Timestamp(1_700_000_000),
        Value::Text(b"text"),
        Value::Bytes(b"\0\xff"),
    ] {
        values.push(value);
    }
    values
}

fn every_type() -> Fields {
    let values = values();
    let array: Array<'_> = values.as_array();
    let inner = Fields::new().with("array", array);
    Fields::new().with("table", inner.as_table()).with("array", array)
}

/// Steps as `connection::check` reads them.
fn stories() -> Vec<(String, Vec<u8>)> {
    let story = |name: &str, steps: &[&[u8]]| (name.to_owned(), steps.concat());
    let mut message = Vec::new();
    let deliver = BasicDeliver { consumer_tag: "k0".into(), delivery_tag: 1, ..Default::default() };
    write_method(&mut message, 1, &deliver.into(), 4096).expect("it is small");
    write_header(&mut message, 1, &Properties::default(), 0, 4096).expect("it is small");
    let raw = [&[9, message.len() as u8][..], &message].concat();
    let deliver = |tag| [0, 13, 1, 3, tag, 5, 1, 0, 0, 0, 0, 0, 0];
    vec![
        story("deliver-raw-ack", &[&raw, &[18, 0, 0, 0]]),
        story("confirm", &[&[12, 0, 3, 1, 2, 5, 5], &[0, 19, 1, 0, 2, 1]]),
        story("return", &[&[12, 0, 7, 1, 1, 5], &[0, 17, 1, 1], &[5, 1, 1, 5, 0, 1, 1, 0, 0]]),
        story("refused", &[&deliver(1), &deliver(2), &[18, 0, 0, 0, 18, 0, 1, 0], &[18, 1, 0, 0]]),
        story("get", &[&[17, 0, 0], &[0, 15, 1, 0, 1], &[5, 1, 0, 0, 0, 0, 0, 0], &[18, 0, 0, 0]]),
        story("get-recover", &[&[17, 0, 0], &[14, 0, 2], &[0, 15, 1, 0, 1], &[0, 22, 1, 0]]),
        story("close-both", &[&[11, 0, 1], &[0, 2, 1, 0], &[0, 1, 1, 0]]),
        story("reopen", &[&[10], &[0, 0, 2, 0], &[11, 0, 1], &[0, 1, 2, 0], &[10]]),
        story("cancel", &[&[16, 0, 1], &[0, 13, 1, 3, 1], &[5, 1, 0, 0, 0, 0, 0, 0], &[0, 11, 1]]),
        story("cancelled", &[&[0, 12, 1, 3, 0], &[16, 0, 1], &[15, 0, 3, 0], &[0, 9, 1, 3]]),
        story("late", &[&[14, 0, 0], &[10], &[21, 255], &[0, 4, 1, 0], &[0, 0, 2, 0]]),
        story("silence", &[&[21, 40], &[23, 1], &[0, 29, 0, 0], &[22, 0], &[21, 200], &[22, 1]]),
        story("blocked", &[&[0, 24, 0, 1], &[12, 0, 1, 1, 1, 7], &[0, 25, 0, 0], &[0, 3, 1, 0, 0]]),
        story("drain", &[&[12, 0, 1, 1, 1, 5], &[23, 0], &[0, 19, 1, 0, 0, 1], &[0, 27, 0, 0]]),
        story("large", &[&[0, 13, 1, 3, 1], &[5, 1, 2, 1, 1, 7, 30, 0, 0, 0, 1], &[8, 2, 1, 1, 9]]),
    ]
}
