//! Tables and arrays: every type of field, and both meanings of `s`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use kinoko_amqp_client::{
    Array, Fields, NestedFields, Properties, Table, Value, Values,
    codec::{Malformed, Unencodable, write_header},
};

use crate::{make, random::Random};

#[test]
fn every_type_round_trips() {
    let (array, table) = (array(), Fields::new().with("inner", 1));
    let values = [
        (b'V', Value::Void),
        (b't', Value::Bool(true)),
        (b't', Value::Bool(false)),
        (b'b', Value::I8(i8::MIN)),
        (b'B', Value::U8(u8::MAX)),
        (b's', Value::I16(i16::MIN)),
        (b'u', Value::U16(u16::MAX)),
        (b'I', Value::I32(i32::MIN)),
        (b'i', Value::U32(u32::MAX)),
        (b'l', Value::I64(i64::MIN)),
        (b'f', Value::F32(1.5)),
        (b'd', Value::F64(-0.25)),
        (b'D', Value::Decimal { scale: 2, unscaled: -314 }),
        (b'T', Value::Timestamp(u64::MAX)),
        (b'S', Value::Text(b"text")),
        (b'S', Value::Text(b"")),
        (b'x', Value::Bytes(b"\0\xff")),
        (b'A', Value::Array(array.as_array())),
        (b'F', Value::Table(table.as_table())),
    ];
    for (tag, value) in values {
        let fields = Fields::new().with("name", value);
        let bytes = fields.as_table().as_bytes();
        assert_eq!(bytes[..6], [b"\x04name", &[tag][..]].concat());
        let read = Table::parse(bytes).unwrap();
        assert_eq!(read.get("name"), Some(value));
        assert_eq!(read.iter().count(), 1);
        let mut values = Values::new();
        values.push(value);
        let read = Array::parse(values.as_array().as_bytes()).unwrap();
        assert_eq!(read.iter().collect::<Vec<_>>(), [value]);
    }
}

fn array() -> Values {
    let mut values = Values::new();
    values.push(1);
    values.push("two");
    values
}

/// What is put together in place is to the byte what a copy of it would be.
#[test]
fn nested_in_place() {
    let inner = Fields::new().with("a", 1).with("b", "two");
    let mut copied = Values::new();
    copied.push(array().as_array());
    copied.push(inner.as_table());
    copied.push(Values::new().as_array());
    let copied = Fields::new().with("table", inner.as_table()).with("array", copied.as_array());
    let mut in_place = Fields::new();
    let fill = |mut fields: NestedFields<'_>| {
        fields.insert("a", 1);
        fields.insert("b", "two");
    };
    in_place.insert_table("table", fill);
    in_place.insert_array("array", |mut values| {
        values.push_array(|mut values| {
            values.push(1);
            values.push("two");
        });
        values.push_table(fill);
        values.push_array(|_| ());
    });
    assert_eq!(in_place.as_table(), copied.as_table());
    assert!(Table::parse(in_place.as_table().as_bytes()).is_ok());
}

/// What is around it is a table all the same.
#[test]
fn a_panic_in_the_middle() {
    let mut fields = Fields::new().with("before", 1);
    let filling = catch_unwind(AssertUnwindSafe(|| {
        fields.insert_array("array", |mut values| {
            values.push(2);
            values.push_table(|mut inner| {
                inner.insert("c", 3);
                panic!("as told");
            });
        });
    }));
    assert!(filling.is_err());
    fields.insert("behind", 4);
    let table = Table::parse(fields.as_table().as_bytes()).unwrap();
    assert_eq!(format!("{table:?}"), r#"{"before": 1, "array": [2, {"c": 3}], "behind": 4}"#);
}

/// However deep it is, and whatever comes after it.
#[test]
fn a_name_that_is_too_long_is_told_of() {
    let long = "x".repeat(256);
    let bad = [
        Fields::new().with(&long, 1),
        {
            let mut fields = Fields::new();
            fields.insert_array(&long, |_| panic!("nothing is to be filled"));
            fields
        },
        {
            let mut fields = Fields::new();
            fields.insert_array("array", |mut values| {
                values.push_table(|mut inner| inner.insert(&long, 1));
                values.push(2);
            });
            fields
        },
    ];
    for fields in bad {
        let fields = fields.with("good", 3);
        assert_eq!(fields.checked().unwrap_err(), Unencodable::TextTooLong(256));
        // What could be written can be read.
        let table = Table::parse(fields.as_table().as_bytes()).unwrap();
        assert_eq!(table.get("good"), Some(Value::I32(3)));
    }
    let mut values = Values::new();
    values.push_table(|mut inner| inner.insert(&long, 1));
    assert_eq!(values.checked().map(|_| ()), Err(Unencodable::TextTooLong(256)));
}

/// The letters of the specification that RabbitMQ writes in another way.
#[test]
fn other_letters() {
    let table = Table::parse(b"\x01aU\xff\xfe\x01bL\0\0\0\0\0\0\0\x05").unwrap();
    assert_eq!(table.get("a"), Some(Value::I16(-2)));
    assert_eq!(table.get("b"), Some(Value::I64(5)));
}

#[test]
fn both_meanings_of_s() {
    // What RabbitMQ means: a number.
    let table = Table::parse(b"\x01as\x01\x02\x01bt\x01").unwrap();
    assert_eq!(table.get("a"), Some(Value::I16(0x102)));
    assert_eq!(table.get("b"), Some(Value::Bool(true)));
    // What the specification means: a short string.
    let table = Table::parse(b"\x01as\x05hello\x01bt\x01").unwrap();
    assert_eq!(table.get("a"), Some(Value::Text(b"hello")));
    assert_eq!(table.get("b"), Some(Value::Bool(true)));
    // What is nested is meant as the rest is.
    let table = Table::parse(b"\x01as\x05hello\x01bF\0\0\0\x08\x01cs\x03abc").unwrap_err();
    assert_eq!(table, Malformed::Truncated);
    let table = Table::parse(b"\x01as\x05hello\x01bF\0\0\0\x07\x01cs\x03abc").unwrap();
    let Some(Value::Table(inner)) = table.get("b") else { panic!("{table:?}") };
    assert_eq!(inner.get("c"), Some(Value::Text(b"abc")));
    let array = Array::parse(b"s\x03abcs\0").unwrap();
    assert_eq!(array.iter().collect::<Vec<_>>(), [Value::Text(b"abc"), Value::Text(b"")]);
    // Neither.
    assert!(Table::parse(b"\x01as\x09hello").is_err());
}

/// RabbitMQ would take one for a number, and the rest of the table for something it is not.
#[test]
fn short_strings_that_were_read_are_sent_as_long_ones() {
    let read = Table::parse(b"\x01as\x05hello\x01bF\0\0\0\x07\x01cs\x03abc").unwrap();
    let array = Array::parse(b"s\x03abcs\0").unwrap();
    let fields = Fields::new().with("table", read).with("array", array).with("more", 1);
    let sent = Table::parse(fields.as_table().as_bytes()).unwrap();
    let expected =
        r#"{"table": {"a": "hello", "b": {"c": "abc"}}, "array": ["abc", ""], "more": 1}"#;
    assert_eq!(format!("{sent:?}"), expected);
    assert_eq!(format!("{fields:?}"), expected);
    // The same where a whole table is sent on.
    let mut frame = Vec::new();
    let properties = Properties { headers: Some(read), ..Properties::default() };
    write_header(&mut frame, 1, &properties, 0, 4096).unwrap();
    assert!(frame.windows(10).any(|it| it == b"aS\0\0\0\x05hell"), "{frame:?}");
}

#[test]
fn random_tables_are_read_whole() {
    for seed in 0..500 {
        let mut random = Random::new(seed);
        let bytes = make::table(&mut random, true, 4);
        let table = Table::parse(&bytes).unwrap_or_else(|err| panic!("{seed}: {err}"));
        assert!(table.as_bytes() == bytes);
        let mut again = Vec::new();
        for (name, value) in table.iter() {
            again.push(name.as_bytes().len() as u8);
            again.extend_from_slice(name.as_bytes());
            let mut one = Values::new();
            one.push(value);
            again.extend_from_slice(one.as_array().as_bytes());
        }
        // `U` and `L` are written as `s` and `l`; nothing else differs, nor is anything left out.
        let differs = again.iter().zip(&bytes).filter(|(a, b)| a != b);
        assert!(differs.into_iter().all(|it| matches!(it, (b's', b'U') | (b'l', b'L'))), "{seed}");
        assert_eq!(again.len(), bytes.len(), "{seed}");
    }
}

/// A prefix may be a smaller table, but never one with half a field.
#[test]
fn truncated_tables() {
    for seed in 0..50 {
        let bytes = make::table(&mut Random::new(seed), true, 3);
        for end in 0..bytes.len() {
            let Ok(table) = Table::parse(&bytes[..end]) else { continue };
            let read: usize = table.iter().map(|(name, _)| name.as_bytes().len() + 2).sum();
            assert!(read <= end, "{seed} {end}");
        }
        let long = make::long(&bytes);
        let field = [b"\x01tF", &long[..]].concat();
        for end in 1..field.len() {
            assert!(Table::parse(&field[..end]).is_err(), "{seed} {end}");
        }
    }
}

#[test]
fn random_bytes_never_panic() {
    let mut random = Random::new(1);
    for _ in 0..20_000 {
        let mut bytes = vec![0; random.within(0..80) as usize];
        random.fill(&mut bytes);
        // Lengths that are small make more of it look right.
        bytes.iter_mut().for_each(|it| *it = if *it > 128 { *it & 7 } else { *it });
        let _ = Table::parse(&bytes).map(|it| format!("{it:?}"));
        let _ = Array::parse(&bytes).map(|it| format!("{it:?}"));
    }
}

#[test]
fn the_first_of_several_with_a_name() {
    let fields = Fields::new().with("a", 1).with("a", 2);
    assert_eq!(fields.as_table().get("a"), Some(Value::I32(1)));
    assert_eq!(fields.as_table().get("b"), None);
}

/// An unknown type of field, wherever it is.
#[test]
fn unknown_types() {
    for tag in (0..=255).filter(|tag| !b"VtbBsUuIilLfdDTSxAF".contains(tag)) {
        for bytes in [vec![1, b'a', tag], vec![1, b'a', b'F', 0, 0, 0, 3, 1, b'b', tag]] {
            assert_eq!(Table::parse(&bytes).unwrap_err(), Malformed::UnknownFieldType(tag));
        }
    }
}
