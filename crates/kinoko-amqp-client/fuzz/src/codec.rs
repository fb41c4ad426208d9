//! The codec on any bytes.

use kinoko_amqp_client::{
    Array, Fields, Table, Value,
    codec::{
        ContentHeader, FRAME_OVERHEAD, Frame, FrameType, MAX_DEPTH, MAX_FIELDS, Method,
        write_header, write_method,
    },
};

/// The channel's number and the size in front of a payload.
const HEADER: usize = 7;

/// Reads the bytes as everything they could be.
pub fn check(bytes: &[u8]) {
    frames(bytes);
    method(bytes);
    header(bytes);
    if let Ok(table) = Table::parse(bytes) {
        assert!(count_table(table, 1) <= MAX_FIELDS);
        rebuilt(table);
        let _ = format!("{table:?}");
    }
    if let Ok(array) = Array::parse(bytes) {
        assert!(count_array(array, 1) <= MAX_FIELDS);
        let _ = format!("{array:?}");
    }
}

fn frames(bytes: &[u8]) {
    for frame_max in [4096, 128 * 1024, u32::MAX] {
        let mut at = 0;
        while let Ok(Some(frame)) = Frame::first(&bytes[at..], frame_max) {
            assert!(frame.size() <= frame_max as usize);
            assert_eq!(Frame::announced(&bytes[at..]), Some(frame.size()));
            at += frame.size();
            let _ = frame.to_string();
        }
        if let Err(bad) = Frame::first(&bytes[at..], frame_max) {
            let _ = bad.to_string();
        }
    }
    for kind in [FrameType::Method, FrameType::Header, FrameType::Body] {
        let _ = Frame { kind, channel: 1, payload: bytes }.to_string();
    }
}

fn method(bytes: &[u8]) {
    let read = match Method::read(bytes) {
        Ok(method) => method,
        Err(err) => return drop(err.to_string()),
    };
    let mut written = Vec::new();
    write_method(&mut written, 1, &read, u32::MAX).expect("what was read can be written");
    let again = Method::read(payload(&written)).expect("what was written can be read");
    // What is a short text in a table is a long one then, which shows the same and has three bytes more.
    assert_eq!(format!("{again:?}"), format!("{read:?}"));
    let texts = bytes.iter().filter(|it| **it == b's').count();
    assert!(written.len() <= bytes.len() + FRAME_OVERHEAD + 3 * texts);
}

fn header(bytes: &[u8]) {
    let Ok(read) = ContentHeader::read(bytes) else { return };
    let mut written = Vec::new();
    write_header(&mut written, 1, &read.properties, read.body_size, u32::MAX)
        .expect("what was read can be written");
    let again = ContentHeader::read(payload(&written)).expect("what was written can be read");
    // Only `basic` is ever written.
    let expected = ContentHeader { class: 60, problem: None, ..read };
    assert_eq!(format!("{again:?}"), format!("{expected:?}"));
}

/// What was read value by value and put together again is the same.
fn rebuilt(table: Table<'_>) {
    let mut fields = Fields::new();
    for (name, value) in table.iter() {
        let Some(name) = name.to_str() else { return };
        fields.insert(name, value);
    }
    let sent = Table::parse(fields.as_table().as_bytes()).expect("what was written can be read");
    assert_eq!(format!("{sent:?}"), format!("{table:?}"));
}

fn count_table(table: Table<'_>, depth: usize) -> usize {
    assert!(depth <= MAX_DEPTH);
    table.iter().map(|(_, value)| count(value, depth)).sum()
}

fn count_array(array: Array<'_>, depth: usize) -> usize {
    assert!(depth <= MAX_DEPTH);
    array.iter().map(|value| count(value, depth)).sum()
}

fn count(value: Value<'_>, depth: usize) -> usize {
    1 + match value {
        Value::Table(it) => count_table(it, depth + 1),
        Value::Array(it) => count_array(it, depth + 1),
        _ => 0,
    }
}

fn payload(frame: &[u8]) -> &[u8] {
    &frame[HEADER..frame.len() - 1]
}
