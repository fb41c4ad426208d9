//! What passed between a client and a node, as the file a packet sniffer would have made of it.
//!
//! The classic format of libpcap with raw IP packets (link type 101). The checksums are left at zero,
//! which is what a sniffer sees on a machine whose network card adds them.

use std::{fs, io, path::Path};

use crate::proxy::Chunk;

/// No packet carries more, so that its length fits the sixteen bits there are for it.
const MOST: usize = 32 * 1024;
const CLIENT: (u32, u16) = (0x0a00_0001, 40_000);
const NODE: u32 = 0x0a00_0002;

const SYN: u8 = 0x02;
const ACK: u8 = 0x10;

/// Writes chunks as one TCP connection to `port`.
pub(crate) fn write(path: &Path, port: u16, chunks: &[Chunk]) -> io::Result<()> {
    let mut file = Vec::new();
    for field in [0xa1b2_c3d4, 0x0004_0002_u32, 0, 0, 65_535, 101] {
        file.extend_from_slice(&field.to_le_bytes());
    }
    let mut capture = Capture { file, port, sent: [0; 2], packets: 0 };
    capture.packet(true, SYN, &[]);
    capture.packet(false, SYN | ACK, &[]);
    for chunk in chunks {
        for part in chunk.bytes.chunks(MOST) {
            capture.packet(chunk.to_node, ACK, part);
        }
    }
    fs::write(path, capture.file)
}

struct Capture {
    file: Vec<u8>,
    port: u16,
    /// How far each side's bytes are, the client's first.
    sent: [u32; 2],
    packets: u32,
}

impl Capture {
    fn packet(&mut self, to_node: bool, flags: u8, payload: &[u8]) {
        let client = (CLIENT.0, CLIENT.1, self.sent[0]);
        let node = (NODE, self.port, self.sent[1]);
        let (from, to) = if to_node { (client, node) } else { (node, client) };
        let size = 40 + payload.len();
        let length = u16::try_from(size).expect("a packet is short").to_be_bytes();
        let mut packet = vec![0x45, 0, length[0], length[1], 0, 0, 0x40, 0, 64, 6, 0, 0];
        packet.extend_from_slice(&from.0.to_be_bytes());
        packet.extend_from_slice(&to.0.to_be_bytes());
        packet.extend_from_slice(&from.1.to_be_bytes());
        packet.extend_from_slice(&to.1.to_be_bytes());
        packet.extend_from_slice(&from.2.to_be_bytes());
        packet.extend_from_slice(&to.2.to_be_bytes());
        packet.extend_from_slice(&[0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        packet.extend_from_slice(payload);
        // One a millisecond, in the order they passed.
        let size = u32::try_from(size).expect("a packet is short");
        for field in [self.packets / 1000, self.packets % 1000 * 1000, size, size] {
            self.file.extend_from_slice(&field.to_le_bytes());
        }
        self.file.extend_from_slice(&packet);
        self.packets += 1;
        let sent = &mut self.sent[usize::from(!to_node)];
        let counted = payload.len() as u32 + u32::from(flags & SYN != 0);
        *sent = sent.wrapping_add(counted);
    }
}
