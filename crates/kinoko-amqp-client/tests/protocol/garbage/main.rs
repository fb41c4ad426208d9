//! Garbage from a broker: whatever comes, little is kept of it.
//!
//! A program of its own, because what is counted is the whole process's memory.

use std::{sync::Mutex, time::Instant};

use bytes::BytesMut;
use kinoko_amqp_client::{
    Config, Publish,
    codec::*,
    protocol::{Connection, Output},
};
use peak_alloc::PeakAlloc;

#[path = "../../codec/random.rs"]
mod random;

use random::Random;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// How much is sent, and how much of it at once: what a socket gives.
const SENT: usize = 64 << 20;
const CHUNK: usize = 16 << 10;
/// How much may be kept at any time, all that the test itself needs included.
const KEPT: usize = 8 << 20;

/// One after the other: the memory is everybody's.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn random_bytes() {
    check(|random, chunk| random.fill(chunk));
}

/// Frames that are frames, with any payload.
#[test]
fn random_payloads_in_frames() {
    check(|random, chunk| {
        chunk.clear();
        while chunk.len() < CHUNK {
            let kind = random.one_of(&[1, 2, 3, 8]);
            let channel = random.within(0..3) as u16;
            let mut payload = vec![0; random.within(0..2000) as usize];
            random.fill(&mut payload);
            frame(chunk, kind, channel, &payload);
        }
    });
}

/// Frames whose beginnings make sense: a connection lives longer with them.
#[test]
fn likely_frames() {
    check(|random, chunk| {
        chunk.clear();
        while chunk.len() < CHUNK {
            likely(random, chunk);
        }
    });
}

/// Feeds what `fill` makes, and begins a new connection whenever one has failed.
fn check(mut fill: impl FnMut(&mut Random, &mut Vec<u8>)) {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (mut random, mut chunk) = (Random::new(1), vec![0; CHUNK]);
    let now = Instant::now();
    let (mut connection, mut inbox) = (logged_in(now), BytesMut::new());
    let mut sent = 0;
    HEAP.reset_peak_usage();
    while sent < SENT {
        fill(&mut random, &mut chunk);
        sent += chunk.len();
        read(&mut connection, &mut inbox, &chunk, now);
        if connection.closed().is_some() {
            (connection, inbox) = (logged_in(now), BytesMut::new());
        }
    }
    let peak = HEAP.peak_usage();
    assert!(peak < KEPT, "{peak} bytes were in use");
}

/// Reads as the driver does, with room for the frame that has begun, and hands out what happened.
fn read(connection: &mut Connection<u32, u32>, inbox: &mut BytesMut, chunk: &[u8], now: Instant) {
    let wanted = connection.room_wanted(inbox);
    inbox.reserve(wanted.max(chunk.len()));
    inbox.extend_from_slice(chunk);
    connection.receive(inbox, now);
    let mut output = Output::default();
    connection.take_output(&mut output, now);
    while connection.poll_event().is_some() {}
}

/// A connection with a channel, a consumer, and a publish that is not confirmed.
fn logged_in(now: Instant) -> Connection<u32, u32> {
    let mut connection = Connection::new(Config::default(), now).unwrap();
    let mechanisms = Long(b"PLAIN");
    let start = ConnectionStart { version_minor: 9, mechanisms, ..Default::default() };
    let tune = ConnectionTune { channel_max: 3, frame_max: 131_072, heartbeat: 60 };
    let methods = [start.into(), tune.into(), ConnectionOpenOk::default().into()];
    methods.iter().for_each(|it| receive(&mut connection, 0, it, now));
    let channel = connection.open_channel(0, now).unwrap();
    receive(&mut connection, 1, &ChannelOpenOk::default().into(), now);
    connection.consume(channel, &BasicConsume::default(), 1, now).unwrap();
    receive(&mut connection, 1, &BasicConsumeOk { consumer_tag: "k0".into() }.into(), now);
    connection.publish(channel, &Publish::default(), Some(1), || now).unwrap();
    receive(&mut connection, 1, &ConfirmSelectOk {}.into(), now);
    assert!(connection.closed().is_none());
    connection
}

fn receive(connection: &mut Connection<u32, u32>, channel: u16, method: &Method<'_>, now: Instant) {
    let mut bytes = Vec::new();
    write_method(&mut bytes, channel, method, 4096).unwrap();
    read(connection, &mut BytesMut::new(), &bytes, now);
}

/// A delivery whose header announces much more than comes, or one of many other things.
fn likely(random: &mut Random, out: &mut Vec<u8>) {
    let tag = random.within(1..1_000_000);
    let deliver =
        BasicDeliver { consumer_tag: "k0".into(), delivery_tag: tag, ..Default::default() };
    let method: Method<'_> = match random.within(0..6) {
        0 => ChannelFlow { active: true }.into(),
        1 => ConnectionBlocked { reason: "garbage".into() }.into(),
        2 => BasicReturn { reply_code: 312, ..Default::default() }.into(),
        _ => deliver.into(),
    };
    let channel = if matches!(method, Method::ConnectionBlocked(_)) { 0 } else { 1 };
    write_method(out, channel, &method, 4096).unwrap();
    if !matches!(method, Method::BasicDeliver(_) | Method::BasicReturn(_)) {
        return;
    }
    let mut body = vec![0; random.within(0..3000) as usize];
    random.fill(&mut body);
    let size = random.one_of(&[body.len() as u64, body.len() as u64, 1 << 30, u64::MAX]);
    write_header(out, 1, &Default::default(), size, 4096).unwrap();
    frame(out, 3, 1, &body);
}

fn frame(out: &mut Vec<u8>, kind: u8, channel: u16, payload: &[u8]) {
    out.push(kind);
    out.extend_from_slice(&channel.to_be_bytes());
    out.extend_from_slice(&u32::try_from(payload.len()).unwrap().to_be_bytes());
    out.extend_from_slice(payload);
    out.push(0xce);
}
