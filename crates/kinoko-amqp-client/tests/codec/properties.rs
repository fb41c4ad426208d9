//! The properties of messages: any of them, and what cannot be read of them.

use kinoko_amqp_client::{
    Properties, Table, Text,
    codec::{ContentHeader, Frame, Malformed, write_header},
};

use crate::{make, random::Random};

/// Each is there or not, and has any value.
fn properties<'a>(random: &mut Random, texts: &'a [Vec<u8>], headers: Table<'a>) -> Properties<'a> {
    let mut there = random.next();
    let mut there = move || {
        there >>= 1;
        there & 1 == 1
    };
    let mut texts = texts.iter().map(|it| Text::from(&it[1..]));
    let mut text = || Some(texts.next().unwrap()).filter(|_| there());
    Properties {
        content_type: text(),
        content_encoding: text(),
        correlation_id: text(),
        reply_to: text(),
        expiration: text(),
        message_id: text(),
        kind: text(),
        user_id: text(),
        app_id: text(),
        cluster_id: text(),
        headers: Some(headers).filter(|_| random.within(0..2) == 1),
        delivery_mode: Some(random.next() as u8).filter(|it| it % 2 == 1),
        priority: Some(random.next() as u8).filter(|it| it % 2 == 1),
        timestamp: Some(random.next()).filter(|it| it % 2 == 1),
    }
}

/// The payload of a header frame.
fn payload(properties: &Properties<'_>, body_size: u64) -> Vec<u8> {
    let mut out = Vec::new();
    write_header(&mut out, 1, properties, body_size, u32::MAX).unwrap();
    Frame::first(&out, u32::MAX).unwrap().unwrap().payload.to_vec()
}

#[test]
fn round_trip() {
    for seed in 0..1000 {
        let mut random = Random::new(seed);
        let texts: Vec<_> = (0..10).map(|_| make::short(&mut random)).collect();
        let headers = make::table(&mut random, true, 2);
        let headers = Table::parse(&headers).unwrap();
        let properties = properties(&mut random, &texts, headers);
        let payload = payload(&properties, seed);
        let expected = ContentHeader { class: 60, body_size: seed, properties, problem: None };
        assert_eq!(ContentHeader::read(&payload), Ok(expected), "{seed}");
    }
}

/// Cut short there is a problem, and where not even the size is there, an error.
#[test]
fn truncations() {
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let texts: Vec<_> = (0..10).map(|_| make::short(&mut random)).collect();
        let headers = make::table(&mut random, true, 2);
        let headers = Table::parse(&headers).unwrap();
        let properties = properties(&mut random, &texts, headers);
        let payload = payload(&properties, 1);
        for end in 0..payload.len() {
            match ContentHeader::read(&payload[..end]) {
                Ok(header) => assert!(end >= 12 && header.problem.is_some(), "{seed} {end}"),
                Err(err) => assert!(end < 12 && err == Malformed::Truncated, "{seed} {end}"),
            }
        }
        let longer = [&payload[..], &[0]].concat();
        let read = ContentHeader::read(&longer).unwrap();
        assert_eq!((read.properties, read.problem), (properties, Some(Malformed::Trailing)));
    }
}

#[test]
fn flags_nobody_knows() {
    for (flags, problem) in [
        // More flags follow, and there are none among them.
        (&[0, 1, 0, 0][..], None),
        (&[0, 1, 0, 1, 0, 0], None),
        (&[0, 1], Some(Malformed::Truncated)),
        (&[0, 2], Some(Malformed::UnknownProperty)),
        (&[0, 3, 0, 0], Some(Malformed::UnknownProperty)),
        (&[0, 1, 0x80, 0], Some(Malformed::UnknownProperty)),
    ] {
        let payload = [&[0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5][..], flags].concat();
        let header = ContentHeader::read(&payload).unwrap();
        assert_eq!((header.body_size, header.problem), (5, problem), "{flags:?}");
    }
}

/// The order on the wire is that of the flags, whatever that of the fields here.
#[test]
fn order_on_the_wire() {
    let properties = Properties {
        content_type: Some("a".into()),
        delivery_mode: Some(2),
        correlation_id: Some("b".into()),
        timestamp: Some(3),
        cluster_id: Some("c".into()),
        ..Properties::default()
    };
    let flags = (1_u16 << 15 | 1 << 12 | 1 << 10 | 1 << 6 | 1 << 2).to_be_bytes();
    let expected =
        [&flags[..], b"\x01a", &[2], b"\x01b", &[0, 0, 0, 0, 0, 0, 0, 3], b"\x01c"].concat();
    assert_eq!(payload(&properties, 0)[12..], expected);
}
