//! Messages of the application: each tells by itself which one it is and whether it is whole.

use bytes::Bytes;
use kinoko_amqp_client::Properties;

use crate::ledger::Key;

/// The largest body there is.
const LARGEST: usize = 32 * 1024;
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
