//! Messages of the application: each tells by itself which one it is and whether it is whole.

use bytes::Bytes;
use kinoko_amqp_client::{
    Properties, Publish,
    codec::{BasicPublish, FRAME_OVERHEAD, write_header, write_method},
};

use crate::ledger::Key;

/// The largest body there is.
const LARGEST: usize = 40 * 1024;
/// What bodies are cut from.
static BODIES: [u8; LARGEST + 256] = {
    let mut pattern = [0; LARGEST + 256];
    let mut at = 0;
    while at < pattern.len() {
        pattern[at] = (at % 251) as u8;
        at += 1;
    }
    pattern
};

/// A body of that size for a message: two messages that follow each other have none alike.
pub(crate) fn body(key: Key, size: usize) -> Bytes {
    Bytes::from_static(part(key, size))
}

fn part(key: Key, size: usize) -> &'static [u8] {
    let start = (key % 251) as usize;
    &BODIES[start..start + size]
}

/// How many bytes a message takes on the wire.
pub(crate) fn wire_size(publish: &Publish<'_>, frame_max: u32) -> u64 {
    let (exchange, routing_key) = (publish.exchange, publish.routing_key);
    let method = BasicPublish { exchange, routing_key, ..BasicPublish::default() };
    let (mut bytes, size) = (Vec::new(), publish.body.len());
    let written = write_method(&mut bytes, 1, &method.into(), frame_max).is_ok()
        && write_header(&mut bytes, 1, &publish.properties, size as u64, frame_max).is_ok();
    assert!(written, "what was sent can be written");
    let frames = size.div_ceil(frame_max as usize - FRAME_OVERHEAD);
    (bytes.len() + size + frames * FRAME_OVERHEAD) as u64
}

/// What the key of a message is called in its properties.
pub(crate) fn name(key: Key) -> String {
    format!("m{key}")
}

/// The key of a message. The client does not look at the property it is in.
pub(crate) fn key_of(properties: &Properties<'_>) -> Option<Key> {
    properties.app_id?.to_str()?.strip_prefix('m')?.parse().ok()
}

/// Whether a body is what was sent.
pub(crate) fn is_whole(key: Key, received: &[u8]) -> bool {
    received.len() <= LARGEST && received == part(key, received.len())
}
