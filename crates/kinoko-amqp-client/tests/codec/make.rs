//! Random values, put on the wire here and not by the codec.

use crate::random::Random;

/// A table's or array's bytes, without the length before them.
pub(crate) fn table(random: &mut Random, named: bool, depth: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..random.within(0..6) {
        if named {
            bytes.extend_from_slice(&short(random));
        }
        value(random, &mut bytes, depth);
    }
    bytes
}

/// All tags there are, with how many bytes follow; those of strings and nested ones not.
pub(crate) const FIXED: [(u8, usize); 15] = [
    (b'V', 0),
    (b't', 1),
    (b'b', 1),
    (b'B', 1),
    (b's', 2),
    (b'U', 2),
    (b'u', 2),
    (b'I', 4),
    (b'i', 4),
    (b'l', 8),
    (b'L', 8),
    (b'f', 4),
    (b'd', 8),
    (b'D', 5),
    (b'T', 8),
];

fn value(random: &mut Random, out: &mut Vec<u8>, depth: u32) {
    match random.within(0..8) {
        0 => string(random, out, b'S'),
        1 => string(random, out, b'x'),
        2 if depth > 0 => nested(random, out, b'F', depth),
        3 if depth > 0 => nested(random, out, b'A', depth),
        _ => {
            let (tag, count) = random.one_of(&FIXED);
            out.push(tag);
            let mut bytes = vec![0; count];
            random.fill(&mut bytes);
            // What is not 0 or 1 would be read as 1.
            if tag == b't' {
                bytes[0] &= 1;
            }
            out.extend_from_slice(&bytes);
        }
    }
}

fn nested(random: &mut Random, out: &mut Vec<u8>, tag: u8, depth: u32) {
    let bytes = table(random, tag == b'F', depth - 1);
    out.push(tag);
    out.extend_from_slice(&long(&bytes));
}

fn string(random: &mut Random, out: &mut Vec<u8>, tag: u8) {
    out.push(tag);
    let mut bytes = vec![0; random.within(0..40) as usize];
    random.fill(&mut bytes);
    out.extend_from_slice(&long(&bytes));
}

/// A short string of any bytes.
pub(crate) fn short(random: &mut Random) -> Vec<u8> {
    let most = random.one_of(&[2, 20, 256]);
    let mut bytes = vec![0; random.within(0..most) as usize];
    random.fill(&mut bytes);
    bytes.insert(0, bytes.len() as u8);
    bytes
}

/// A long string.
pub(crate) fn long(bytes: &[u8]) -> Vec<u8> {
    let size = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    [&size, bytes].concat()
}
