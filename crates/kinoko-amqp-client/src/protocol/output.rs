//! [`Output`]: bytes on their way to the socket: one buffer, and large bodies beside it.

use std::{collections::VecDeque, io::IoSlice, ops::Range};

use bytes::{Buf, Bytes};

/// From this size on a body, in however many frames, is not copied into the buffer but sent from where it
/// is. Below it a copy costs less than another piece to write, and than having the writing task free what another allocated.
const LARGE: usize = 32 * 1024;
/// A buffer that a burst made larger than this is not kept for long.
const KEPT: usize = 64 * 1024;
/// For so many writes that would have done with a quarter of it.
const QUIET: u8 = 8;

/// Bytes to be written, in order.
#[derive(Debug, Default)]
pub struct Output {
    buffer: Vec<u8>,
    /// How much of the buffer is written.
    at: usize,
    /// Bodies, and where in the buffer each belongs.
    bodies: VecDeque<(usize, Bytes)>,
    bodies_len: usize,
    /// How many writes in a row had no use for a buffer as large as this.
    quiet: u8,
}

impl Output {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes there are to write.
    pub fn len(&self) -> usize {
        self.buffer.len() - self.at + self.bodies_len
    }

    /// What there is to write, in as many pieces as there is room for; returns how many.
    pub fn pieces<'a>(&'a self, into: &mut [IoSlice<'a>]) -> usize {
        let (mut at, mut count) = (self.at, 0);
        let mut bodies = self.bodies.iter();
        for slot in into.chunks_exact_mut(2) {
            let body = bodies.next();
            let end = body.map_or(self.buffer.len(), |(end, _)| *end);
            if end > at {
                slot[0] = IoSlice::new(&self.buffer[at..end]);
                count += 1;
                at = end;
                if let Some((_, body)) = body {
                    slot[1] = IoSlice::new(body);
                    count += 1;
                }
            } else if let Some((_, body)) = body {
                // Only the first piece can begin with a body: two never follow each other.
                slot[0] = IoSlice::new(body);
                return 1;
            }
            if body.is_none() {
                break;
            }
        }
        count
    }

    /// Takes note that so many bytes were written.
    pub fn advance(&mut self, mut written: usize) {
        while let Some((end, body)) = self.bodies.front_mut() {
            let before = *end - self.at;
            if written < before {
                break;
            }
            (self.at, written) = (*end, written - before);
            let part = written.min(body.len());
            body.advance(part);
            self.bodies_len -= part;
            written -= part;
            if !body.is_empty() {
                return;
            }
            self.bodies.pop_front();
        }
        self.at += written;
        if self.is_empty() {
            self.clear();
        }
    }

    /// Throws everything away.
    pub fn clear(&mut self) {
        let (used, room) = (self.buffer.len(), self.buffer.capacity());
        self.quiet = if used < room / 4 { self.quiet.saturating_add(1) } else { 0 };
        if room > KEPT && self.quiet >= QUIET {
            self.buffer = Vec::new();
        }
        self.buffer.clear();
        self.bodies.clear();
        (self.at, self.bodies_len) = (0, 0);
    }

    /// All of it in one piece, for those who do not write to a socket.
    pub fn into_bytes(mut self) -> Vec<u8> {
        let mut all = Vec::with_capacity(self.len());
        while !self.is_empty() {
            let mut pieces = [IoSlice::new(&[]); 16];
            let count = self.pieces(&mut pieces);
            let start = all.len();
            pieces[..count].iter().for_each(|it| all.extend_from_slice(it));
            let written = all.len() - start;
            self.advance(written);
        }
        all
    }

    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Appends a part of a body: a copy of a small one, a large one as it is.
    pub(super) fn body(&mut self, body: &Bytes, part: Range<usize>) {
        if body.len() < LARGE {
            self.buffer.extend_from_slice(&body[part]);
        } else {
            self.bodies_len += part.len();
            self.bodies.push_back((self.buffer.len(), body.slice(part)));
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{LARGE, Output};

    /// The room of a burst is used again by the next, and given back when there is none.
    #[test]
    fn the_room_of_a_burst_is_not_kept_for_ever() {
        let mut output = Output::default();
        for _ in 0..3 {
            output.buffer().resize(300_000, 0);
            output.advance(300_000);
            assert!(output.buffer.capacity() >= 300_000);
        }
        for _ in 0..super::QUIET {
            output.buffer().push(0);
            output.advance(1);
        }
        assert!(output.buffer.capacity() <= super::KEPT);
    }

    const SIZES: [usize; 6] = [10, LARGE + 1000, 3, LARGE, LARGE - 1, LARGE * 2];

    /// However many bytes are written at once, all come out in order.
    #[test]
    fn partial_writes_lose_nothing() {
        let make = || {
            let mut output = Output::default();
            for (number, size) in SIZES.iter().enumerate() {
                let body = Bytes::from(vec![number as u8; *size]);
                for part in [0..size / 3, size / 3..*size] {
                    output.buffer().extend_from_slice(b"head");
                    output.body(&body, part);
                    output.buffer().push(b'!');
                }
            }
            assert_eq!(output.bodies.len(), 2 * 3, "the large ones, in two parts each");
            output
        };
        let mut whole = Vec::new();
        for (number, size) in SIZES.iter().enumerate() {
            for part in [size / 3, size - size / 3] {
                whole.extend_from_slice(b"head");
                whole.resize(whole.len() + part, number as u8);
                whole.push(b'!');
            }
        }
        assert_eq!(make().into_bytes(), whole);
        for step in [1, 2, 7, LARGE - 1, LARGE, LARGE + 5, 1_000_000] {
            let (mut output, mut found) = (make(), Vec::new());
            while !output.is_empty() {
                let mut pieces = [std::io::IoSlice::new(&[]); 4];
                let count = output.pieces(&mut pieces);
                let before = found.len();
                found.extend(pieces[..count].iter().flat_map(|it| it.iter().copied()).take(step));
                let written = found.len() - before;
                assert!(written > 0);
                output.advance(written);
            }
            assert_eq!(found, whole, "{step}");
        }
    }
}
