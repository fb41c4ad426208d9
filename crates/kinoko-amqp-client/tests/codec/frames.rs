//! Frames: found in bytes, cut anywhere, and shown.

use kinoko_amqp_client::{
    Fields, Properties,
    codec::{
        BadFrame, BasicDeliver, Frame, FrameType, Method, QueueDeclare, write_header,
        write_heartbeat, write_method,
    },
};

use crate::random::Random;

/// Some frames one after the other.
fn frames() -> Vec<u8> {
    let mut out = Vec::new();
    let fields = Fields::new().with("x-n", 1);
    let arguments = fields.as_table();
    let declare = QueueDeclare { queue: "q".into(), arguments, ..QueueDeclare::default() };
    write_method(&mut out, 1, &declare.into(), 4096).unwrap();
    write_heartbeat(&mut out);
    let deliver = BasicDeliver { delivery_tag: 1, ..BasicDeliver::default() };
    write_method(&mut out, 0xffff, &deliver.into(), 4096).unwrap();
    let properties = Properties { headers: Some(arguments), ..Properties::default() };
    write_header(&mut out, 0xffff, &properties, 3, 4096).unwrap();
    out.extend_from_slice(&[3, 0xff, 0xff, 0, 0, 0, 3, b'a', b'b', b'c', 0xce]);
    out
}

#[test]
fn one_after_the_other() {
    let bytes = frames();
    let (mut at, mut lines) = (0, Vec::new());
    while let Some(frame) = Frame::first(&bytes[at..], 4096).unwrap() {
        assert_eq!(Frame::announced(&bytes[at..]), Some(frame.size()));
        at += frame.size();
        lines.push((frame.kind, frame.channel));
    }
    assert_eq!(at, bytes.len());
    let kinds = [
        (FrameType::Method, 1),
        (FrameType::Heartbeat, 0),
        (FrameType::Method, 0xffff),
        (FrameType::Header, 0xffff),
        (FrameType::Body, 0xffff),
    ];
    assert_eq!(lines, kinds);
}

/// Cut anywhere it is no frame yet, and no error.
#[test]
fn truncations() {
    let mut bytes = &frames()[..];
    while !bytes.is_empty() {
        let size = Frame::first(bytes, 4096).unwrap().unwrap().size();
        for end in 0..size {
            assert_eq!(Frame::first(&bytes[..end], 4096), Ok(None), "{end}");
        }
        bytes = &bytes[size..];
    }
    for end in 0..8 {
        assert_eq!(Frame::first(&b"AMQP\0\0\x09\x01"[..end], 4096), Ok(None));
    }
}

#[test]
fn what_is_no_frame() {
    let cases: [(&[u8], BadFrame); 7] = [
        (&[0], BadFrame::UnknownType(0)),
        (&[4, 0], BadFrame::UnknownType(4)),
        (&[255, 0, 0, 0, 0, 0, 0, 0xce], BadFrame::UnknownType(255)),
        (b"ANOTHER", BadFrame::UnknownType(b'A')),
        (&[8, 0, 0, 0, 0, 0, 0, 0], BadFrame::NoEnd(0)),
        (&[3, 0, 1, 0, 0, 0x0f, 0xf9], BadFrame::TooLarge { size: 4089, limit: 4088 }),
        (b"AMQP\0\x01\0\0", BadFrame::OtherProtocol([0, 1, 0, 0])),
    ];
    for (bytes, bad) in cases {
        assert_eq!(Frame::first(bytes, 4096), Err(bad));
        assert!(!bad.to_string().is_empty());
    }
    assert_eq!(Frame::first(&[3, 0, 1, 0, 0, 0x0f, 0xf8], 4096), Ok(None));
}

/// Whatever is in a frame, it is one line without a control character.
#[test]
fn any_frame_is_shown() {
    let mut random = Random::new(1);
    let known = [(10, 11), (10, 50), (50, 10), (60, 20), (60, 50), (60, 60), (60, 71), (10, 10)];
    for round in 0..20_000 {
        let mut payload = vec![0; random.within(0..60) as usize];
        random.fill(&mut payload);
        if round % 2 == 0 {
            payload.iter_mut().for_each(|it| *it &= 15);
        }
        if let ([_, c, _, m, ..], true) = (&mut *payload, round % 3 > 0) {
            (*c, *m) = random.one_of(&known);
            (payload[0], payload[2]) = (0, 0);
        }
        for kind in [FrameType::Method, FrameType::Header, FrameType::Body, FrameType::Heartbeat] {
            let text = Frame { kind, channel: 1, payload: &payload }.to_string();
            assert!(!text.chars().any(char::is_control), "{text}");
        }
        let _ = Method::read(&payload);
        let _ = Frame::first(&payload, 4096);
    }
}
