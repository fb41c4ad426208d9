//! How deep tables may be nested; what is deeper is refused without going there.

use kinoko_amqp_client::{
    Array, Table,
    codec::{MAX_DEPTH, Malformed},
};

/// Tables or arrays, so many around each other, the outermost without its length.
fn nested(tag: u8, levels: usize) -> Vec<u8> {
    let name: &[u8] = if tag == b'F' { &[0] } else { &[] };
    let each = name.len() + 5;
    let mut bytes = Vec::with_capacity(each * levels);
    for level in (1..levels).rev() {
        bytes.extend_from_slice(name);
        bytes.push(tag);
        let inside = u32::try_from(each * (level - 1)).unwrap();
        bytes.extend_from_slice(&inside.to_be_bytes());
    }
    bytes
}

fn parse(tag: u8, bytes: &[u8]) -> Result<(), Malformed> {
    match tag {
        b'F' => Table::parse(bytes).map(drop),
        _ => Array::parse(bytes).map(drop),
    }
}

#[test]
fn the_limit() {
    for tag in [b'F', b'A'] {
        assert_eq!(parse(tag, &nested(tag, MAX_DEPTH)), Ok(()));
        assert_eq!(parse(tag, &nested(tag, MAX_DEPTH + 1)), Err(Malformed::TooDeep));
    }
    assert_eq!(MAX_DEPTH, 32);
}

/// On a stack that would not hold a recursion.
#[test]
fn far_beyond_it() {
    let tests = || {
        for levels in [25_000, 1_000_000] {
            for tag in [b'F', b'A'] {
                let bytes = nested(tag, levels);
                assert_eq!(parse(tag, &bytes), Err(Malformed::TooDeep));
                // Cut short, which is found out only at the end of it.
                assert!(parse(tag, &bytes[..bytes.len() - 1]).is_err());
            }
        }
    };
    let small = std::thread::Builder::new().stack_size(128 * 1024);
    small.spawn(tests).unwrap().join().unwrap();
}

/// What is as deep as may be is shown without trouble.
#[test]
fn the_deepest_is_shown() {
    let bytes = nested(b'F', MAX_DEPTH);
    let text = format!("{:?}", Table::parse(&bytes).unwrap());
    assert_eq!(text.matches('{').count(), MAX_DEPTH);
}
