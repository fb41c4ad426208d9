//! [`Tap`]: counts how much of what a client wrote are messages, out of the pieces that the network takes.

/// The protocol's header, which comes before all frames.
const HEADER: usize = 8;
/// Of a frame: what comes before its payload, and all that is not payload.
const BEFORE: usize = 7;
const AROUND: usize = 8;

/// Reads along with a client.
#[derive(Debug)]
pub(crate) struct Tap {
    /// The beginning of a frame of which it is not known yet what it is.
    head: Vec<u8>,
    /// How much of the present frame is to come.
    left: usize,
    counts: bool,
    /// Bytes of messages.
    pub(crate) published: u64,
}

impl Tap {
    pub(crate) fn new() -> Tap {
        Tap { head: Vec::new(), left: HEADER, counts: false, published: 0 }
    }

    /// The network took some bytes.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let wanted = match (self.left, self.head.first()) {
                (0, Some(1)) => BEFORE + 4 - self.head.len(),
                (0, Some(_)) => BEFORE - self.head.len(),
                (0, None) => 1,
                (left, _) => left,
            };
            let (part, rest) = bytes.split_at(wanted.min(bytes.len()));
            bytes = rest;
            if self.left > 0 {
                self.left -= part.len();
                self.published += if self.counts { part.len() as u64 } else { 0 };
                continue;
            }
            self.head.extend_from_slice(part);
            self.look();
        }
    }

    /// Tells what a frame is once enough of it is there.
    fn look(&mut self) {
        let [kind, _, _, a, b, c, d, method @ ..] = &*self.head else { return };
        if *kind == 1 && method.len() < 4 {
            return;
        }
        let size = u32::from_be_bytes([*a, *b, *c, *d]) as usize + AROUND;
        // The client sends no content but that of `basic.publish`.
        self.counts = matches!((kind, method), (1, [0, 60, 0, 40]) | (2 | 3, _));
        self.published += if self.counts { self.head.len() as u64 } else { 0 };
        self.left = size - self.head.len();
        self.head.clear();
    }
}
