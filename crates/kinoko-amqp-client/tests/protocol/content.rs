//! Content: a method, a header, and the body in as many frames as it takes.

use kinoko_amqp_client::{
    Config, ErrorKind, Fields, Limits, Poison, Properties, Value, Values,
    codec::*,
    protocol::{Delivered, Event},
};

use crate::dialogue::{Dialogue, channel, config, frame, open_with};

/// Frames of a delivery: its method; a header for a body of that size; and parts of it.
fn delivery(size: u64, properties: &Properties<'_>, parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let deliver = BasicDeliver {
        consumer_tag: "a".into(),
        delivery_tag: 1,
        routing_key: "key".into(),
        ..Default::default()
    };
    write_method(&mut bytes, 1, &deliver.into(), 4096).unwrap();
    write_header(&mut bytes, 1, properties, size, 4096).unwrap();
    parts.iter().for_each(|part| bytes.extend_from_slice(&frame(3, 1, part)));
    bytes
}

/// The message that is delivered next.
#[track_caller]
/// Has the broker begin a delivery to a consumer: what follows is the header.
fn begin_delivery(it: &mut Dialogue) {
    let channel = it.channel();
    it.consumer(channel, "a", false);
    let deliver = BasicDeliver { consumer_tag: "a".into(), delivery_tag: 1, ..Default::default() };
    it.broker(1, deliver);
}

fn delivered(it: &mut Dialogue) -> Delivered {
    match it.connection.poll_event() {
        Some(Event::Delivered(delivered)) => delivered,
        other => panic!("{other:?} {:?}", it.connection.closed()),
    }
}

#[test]
fn bodies_of_any_number_of_frames() {
    let many: Vec<&[u8]> = b"abcdefgh".chunks(1).collect();
    let cases: [&[&[u8]]; 7] = [
        &[],
        &[b"one frame"],
        &[b"two ", b"frames"],
        &many,
        &[b"", b"an empty one first"],
        &[b"between", b"", b" two"],
        &[&[7; 4088], &[8; 4088], &[9; 100]],
    ];
    for parts in cases {
        let whole = parts.concat();
        channel(|it, channel| {
            it.consumer(channel, "a", false);
            it.raw(&delivery(whole.len() as u64, &Properties::default(), parts));
            let it = delivered(it);
            assert_eq!(it.message.body(), &whole);
            assert_eq!(it.message.poison(), None);
            assert_eq!(it.message.routing_key(), "key");
        });
    }
}

#[test]
fn properties_are_whole() {
    let headers = Fields::new().with("x-n", 5).with("x-text", "t");
    let properties = Properties {
        content_type: Some("a/b".into()),
        content_encoding: Some("gzip".into()),
        headers: Some(headers.as_table()),
        delivery_mode: Some(2),
        priority: Some(9),
        correlation_id: Some("c".into()),
        reply_to: Some("r".into()),
        expiration: Some("60000".into()),
        message_id: Some("m".into()),
        timestamp: Some(1),
        kind: Some("k".into()),
        user_id: Some("u".into()),
        app_id: Some("a".into()),
        cluster_id: Some("".into()),
    };
    channel(|it, channel| {
        it.consumer(channel, "a", false);
        it.raw(&delivery(0, &properties, &[]));
        assert_eq!(delivered(it).message.properties(), properties);
    });
}

/// What ends the connection, after the method of a delivery.
#[test]
fn broken_content() {
    let mut header = Vec::new();
    write_header(&mut header, 1, &Properties::default(), 3, 4096).unwrap();
    let mut method = Vec::new();
    write_method(&mut method, 1, &QueueDeclareOk::default().into(), 4096).unwrap();
    let mut close = Vec::new();
    write_method(&mut close, 1, &ChannelClose::default().into(), 4096).unwrap();
    let cases: [(&str, Vec<u8>); 8] = [
        ("a body without a header", frame(3, 1, b"abc")),
        ("more than was announced", [&header[..], &frame(3, 1, b"abcd")].concat()),
        (
            "too much in the second",
            [&header[..], &frame(3, 1, b"ab"), &frame(3, 1, b"cd")].concat(),
        ),
        ("a method instead of the header", method.clone()),
        ("a method instead of the body", [&header[..], &method].concat()),
        ("a close instead of the body", [&header[..], &close].concat()),
        ("two headers", [&header[..], &header].concat()),
        ("a header cut short", frame(2, 1, &[0, 60, 0, 0, 0, 0])),
    ];
    for (what, bytes) in cases {
        channel(|it, channel| {
            it.consumer(channel, "a", false);
            let deliver =
                BasicDeliver { consumer_tag: "a".into(), delivery_tag: 1, ..Default::default() };
            it.broker(1, deliver);
            it.raw(&bytes);
            let error = it.connection.closed().unwrap_or_else(|| panic!("{what}"));
            assert_eq!(error.kind(), ErrorKind::Protocol, "{what}");
            let said = it.said();
            assert!(!said.iter().any(|it| it.starts_with("delivered")), "{what}");
        });
    }
}

#[test]
fn content_without_a_method() {
    for kind in [2, 3] {
        channel(|it, channel| {
            it.consumer(channel, "a", false);
            it.deliver("a", 1);
            it.raw(&frame(kind, 1, &[0; 14]));
            assert_eq!(it.connection.closed().unwrap().kind(), ErrorKind::Protocol);
        });
    }
}

/// Another channel and the connection may say something between the frames of a content.
#[test]
fn between_the_frames() {
    channel(|it, first| {
        it.consumer(first, "a", false);
        let second = it.channel();
        it.ask(second, QueuePurge::default(), 1);
        it.said();
        it.raw(&delivery(4, &Properties::default(), &[b"ab"]));
        it.broker(2, QueuePurgeOk { message_count: 1 });
        it.broker(0, ConnectionBlocked { reason: "disk".into() });
        it.raw(&frame(8, 0, b""));
        it.raw(&frame(3, 1, b"cd"));
        it.says(&["1 messages: 1", "blocked: disk", "delivered 1 to 0: abcd"]);
    });
}

/// It is thrown away, told of, and settled like any other.
#[test]
fn a_body_too_large_is_poison() {
    let limits = Limits { receive: 10, ..Limits::default() };
    open_with(Config { limits, ..config() }, |it| {
        let channel = it.channel();
        it.consumer(channel, "a", false);
        it.raw(&delivery(11, &Properties::default(), &[b"0123456789", b"a"]));
        let first = delivered(it);
        let poison = Poison::BodyTooLarge { size: 11, limit: 10 };
        assert_eq!(first.message.poison(), Some(poison));
        assert!(first.message.body().is_empty() && first.settles);
        assert_eq!(first.message.routing_key(), "key");
        it.connection.settle(channel, 1, false, kinoko_amqp_client::Settle::Reject).unwrap();
        let deliver =
            BasicDeliver { consumer_tag: "a".into(), delivery_tag: 2, ..Default::default() };
        it.content(1, deliver, Properties::default(), b"0123456789");
        let second = delivered(it).message;
        assert_eq!((second.poison(), &second.body()[..]), (None, &b"0123456789"[..]));
    });
}

/// Headers that cannot be taken: the properties before and behind them are read all the same.
#[test]
fn headers_that_are_poison() {
    let mut deep = Values::new();
    for _ in 0..MAX_DEPTH {
        let mut outer = Values::new();
        outer.push(deep.as_array());
        deep = outer;
    }
    let deep = Fields::new().with("deep", deep.as_array());
    let many = [1, b'n', b'V'].repeat(MAX_FIELDS + 1);
    let cases: [(&[u8], Malformed); 5] = [
        (deep.as_table().as_bytes(), Malformed::TooDeep),
        (&many, Malformed::TooManyFields),
        (b"\x01n?", Malformed::UnknownFieldType(b'?')),
        (b"\x01nS\0\0\0\x09short", Malformed::Truncated),
        (b"\x09short", Malformed::Truncated),
    ];
    for (headers, problem) in cases {
        // Flags: content type, headers, message id.
        let size = u32::try_from(headers.len()).unwrap().to_be_bytes();
        let flags = (1_u16 << 15 | 1 << 13 | 1 << 7).to_be_bytes();
        let payload =
            [&[0, 60, 0, 0][..], &[0; 8], &flags, b"\x03a/b", &size, headers, b"\x02id"].concat();
        open_with(Config { frame_max: 131_072, ..config() }, |it| {
            begin_delivery(it);
            it.raw(&frame(2, 1, &payload));
            let message = delivered(it).message;
            assert_eq!(message.poison(), Some(Poison::Properties(problem)));
            let properties = message.properties();
            assert_eq!(properties.content_type, Some("a/b".into()));
            assert_eq!(properties.message_id, Some("id".into()));
            assert_eq!(properties.headers, None);
            assert!(it.connection.closed().is_none());
        });
        // The same where its body is too large besides.
        let limits = Limits { receive: 10, ..Limits::default() };
        open_with(Config { frame_max: 131_072, limits, ..config() }, |it| {
            begin_delivery(it);
            let mut payload = payload.clone();
            payload[11] = 11;
            it.raw(&frame(2, 1, &payload));
            it.raw(&frame(3, 1, b"0123456789a"));
            let message = delivered(it).message;
            let poison = Poison::BodyTooLarge { size: 11, limit: 10 };
            assert_eq!(message.poison(), Some(poison));
            assert_eq!(message.properties().headers, None);
            assert_eq!(message.properties().message_id, Some("id".into()));
        });
    }
}

/// Headers are read more than once, and mean the same each time.
#[test]
fn headers_with_the_specification_s_short_strings() {
    let headers = b"\x01as\x03abc\x01bF\0\0\0\x06\x01cs\x02de";
    let size = u32::try_from(headers.len()).unwrap().to_be_bytes();
    let flags = (1_u16 << 13 | 1 << 7).to_be_bytes();
    let payload = [&[0, 60, 0, 0][..], &[0; 8], &flags, &size, headers, b"\x02id"].concat();
    open_with(Config { frame_max: 131_072, ..config() }, |it| {
        begin_delivery(it);
        it.raw(&frame(2, 1, &payload));
        let message = delivered(it).message;
        for _ in 0..2 {
            let properties = message.properties();
            let headers = properties.headers.unwrap();
            assert_eq!(headers.get("a"), Some(Value::Text(b"abc")));
            let Some(Value::Table(inner)) = headers.get("b") else { panic!("{headers:?}") };
            assert_eq!(inner.get("c"), Some(Value::Text(b"de")));
            assert_eq!(properties.message_id, Some("id".into()));
        }
    });
}
