//! Bounds: how many fields, how long names, how large frames.

use kinoko_amqp_client::{
    Array, Fields, Properties, Table, Text,
    codec::{
        MAX_FIELDS, Malformed, QueueDeclare, QueuePurge, Unencodable, write_header, write_method,
    },
};

#[test]
fn fields() {
    for (count, expected) in [(MAX_FIELDS, Ok(())), (MAX_FIELDS + 1, Err(Malformed::TooManyFields))]
    {
        assert_eq!(Table::parse(&b"\x01nV".repeat(count)).map(drop), expected);
        assert_eq!(Array::parse(&b"V".repeat(count)).map(drop), expected);
        // Those of what is nested count, and so does what nests them.
        let inner = b"V".repeat(count - 1);
        let size = u32::try_from(inner.len()).unwrap().to_be_bytes();
        let outer = [b"\x01nA", &size[..], &inner].concat();
        assert_eq!(Table::parse(&outer).map(drop), expected);
    }
}

#[test]
fn names() {
    for (size, fits) in [(0, true), (255, true), (256, false), (70_000, false)] {
        let name = "n".repeat(size);
        let expected = if fits { Ok(()) } else { Err(Unencodable::TextTooLong(size)) };
        let mut out = vec![1, 2, 3];
        let purge = QueuePurge { queue: (&name).into(), ..QueuePurge::default() };
        assert_eq!(write_method(&mut out, 1, &purge.into(), u32::MAX), expected);
        assert_eq!(out.len() == 3, !fits, "what failed leaves nothing");
        let properties = Properties { message_id: Some((&name).into()), ..Properties::default() };
        let mut out = vec![1, 2, 3];
        assert_eq!(write_header(&mut out, 1, &properties, 0, u32::MAX), expected);
        assert_eq!(out.len() == 3, !fits, "what failed leaves nothing");
        let fields = Fields::new().with("first", 1).with(&name, 2).with("last", 3);
        assert_eq!(fields.checked().map(drop), expected);
        assert_eq!(fields.as_table().iter().count(), if fits { 3 } else { 2 });
    }
}

/// Arguments and headers are one frame, or none.
#[test]
fn frames() {
    // What a declaration and a header have beside the value: found out by making them.
    for size in 3800..4200 {
        let text = "v".repeat(size);
        let fields = Fields::new().with("x", &*text);
        let arguments = fields.as_table();
        let declare = QueueDeclare { arguments, ..QueueDeclare::default() };
        let properties = Properties { headers: Some(arguments), ..Properties::default() };
        let mut out = Vec::new();
        let written = write_method(&mut out, 1, &declare.into(), 4096);
        check(&out, written);
        out.clear();
        let written = write_header(&mut out, 1, &properties, 0, 4096);
        check(&out, written);
    }
}

fn check(out: &[u8], written: Result<(), Unencodable>) {
    match written {
        Ok(()) => assert!(out.len() <= 4096),
        Err(Unencodable::FrameTooLarge { size, limit }) => {
            assert!(size > limit && limit == 4088 && out.is_empty(), "{size} {limit}");
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn names_need_not_be_text() {
    let table = Table::parse(b"\x01\xffV").unwrap();
    let (name, _) = table.iter().next().unwrap();
    assert_eq!((name.to_str(), name.to_str_lossy()), (None, "\u{fffd}".into()));
    assert_eq!(Text::from(&[0xff][..]), name);
}
