//! Every method: written here by the specification's grammar, read by the codec, and written again.

use kinoko_amqp_client::codec::{FRAME_OVERHEAD, Frame, FrameType, Method, write_method};

use crate::{
    make::{long, short, table},
    random::Random,
};

/// Class, method, name, arguments, and the methods that answer it. Of the arguments `o` is an octet, `s` a
/// short, `l` a long, `L` a long long, `b` a bit, `t` a short string, `S` a long one, `F` a table.
#[rustfmt::skip]
const METHODS: &[(u16, u16, &str, &str, &[u16])] = &[
    (10, 10, "connection.start", "ooFSS", &[11]),
    (10, 11, "connection.start-ok", "FtSt", &[]),
    (10, 20, "connection.secure", "S", &[21]),
    (10, 21, "connection.secure-ok", "S", &[]),
    (10, 30, "connection.tune", "sls", &[31]),
    (10, 31, "connection.tune-ok", "sls", &[]),
    (10, 40, "connection.open", "ttb", &[41]),
    (10, 41, "connection.open-ok", "t", &[]),
    (10, 50, "connection.close", "stss", &[51]),
    (10, 51, "connection.close-ok", "", &[]),
    (10, 60, "connection.blocked", "t", &[]),
    (10, 61, "connection.unblocked", "", &[]),
    (10, 70, "connection.update-secret", "St", &[71]),
    (10, 71, "connection.update-secret-ok", "", &[]),
    (20, 10, "channel.open", "t", &[11]),
    (20, 11, "channel.open-ok", "S", &[]),
    (20, 20, "channel.flow", "b", &[21]),
    (20, 21, "channel.flow-ok", "b", &[]),
    (20, 40, "channel.close", "stss", &[41]),
    (20, 41, "channel.close-ok", "", &[]),
    (40, 10, "exchange.declare", "sttbbbbbF", &[11]),
    (40, 11, "exchange.declare-ok", "", &[]),
    (40, 20, "exchange.delete", "stbb", &[21]),
    (40, 21, "exchange.delete-ok", "", &[]),
    (40, 30, "exchange.bind", "stttbF", &[31]),
    (40, 31, "exchange.bind-ok", "", &[]),
    (40, 40, "exchange.unbind", "stttbF", &[51]),
    (40, 51, "exchange.unbind-ok", "", &[]),
    (50, 10, "queue.declare", "stbbbbbF", &[11]),
    (50, 11, "queue.declare-ok", "tll", &[]),
    (50, 20, "queue.bind", "stttbF", &[21]),
    (50, 21, "queue.bind-ok", "", &[]),
    (50, 30, "queue.purge", "stb", &[31]),
    (50, 31, "queue.purge-ok", "l", &[]),
    (50, 40, "queue.delete", "stbbb", &[41]),
    (50, 41, "queue.delete-ok", "l", &[]),
    (50, 50, "queue.unbind", "stttF", &[51]),
    (50, 51, "queue.unbind-ok", "", &[]),
    (60, 10, "basic.qos", "lsb", &[11]),
    (60, 11, "basic.qos-ok", "", &[]),
    (60, 20, "basic.consume", "sttbbbbF", &[21]),
    (60, 21, "basic.consume-ok", "t", &[]),
    (60, 30, "basic.cancel", "tb", &[31]),
    (60, 31, "basic.cancel-ok", "t", &[]),
    (60, 40, "basic.publish", "sttbb", &[]),
    (60, 50, "basic.return", "sttt", &[]),
    (60, 60, "basic.deliver", "tLbtt", &[]),
    (60, 70, "basic.get", "stb", &[71, 72]),
    (60, 71, "basic.get-ok", "Lbttl", &[]),
    (60, 72, "basic.get-empty", "t", &[]),
    (60, 80, "basic.ack", "Lb", &[]),
    (60, 90, "basic.reject", "Lb", &[]),
    (60, 110, "basic.recover", "b", &[111]),
    (60, 111, "basic.recover-ok", "", &[]),
    (60, 120, "basic.nack", "Lbb", &[]),
    (85, 10, "confirm.select", "b", &[11]),
    (85, 11, "confirm.select-ok", "", &[]),
];

const ROUNDS: u64 = 50;

#[test]
fn every_method_round_trips() {
    for &(class, method, name, arguments, answers) in METHODS {
        for seed in 0..ROUNDS {
            let payload = payload(&mut Random::new(seed), class, method, arguments);
            let read = Method::read(&payload).unwrap_or_else(|err| panic!("{name} {seed}: {err}"));
            assert_eq!((read.id(), read.name()), ((class, method), name));
            assert_eq!(read.answers(), answers, "{name}");
            let mut frame = Vec::new();
            write_method(&mut frame, 7, &read, u32::MAX).unwrap();
            let found = Frame::first(&frame, u32::MAX).unwrap().unwrap();
            assert_eq!((found.kind, found.channel), (FrameType::Method, 7));
            assert_eq!(found.size(), payload.len() + FRAME_OVERHEAD);
            assert!(found.payload == payload, "{name} {seed}");
        }
    }
}

#[test]
fn every_truncation_is_an_error() {
    for &(class, method, name, arguments, _) in METHODS {
        for seed in 0..5 {
            let payload = payload(&mut Random::new(seed), class, method, arguments);
            for end in 0..payload.len() {
                assert!(Method::read(&payload[..end]).is_err(), "{name} {seed} {end}");
            }
            let longer = [&payload[..], &[0]].concat();
            assert!(Method::read(&longer).is_err(), "{name} with something behind");
        }
    }
}

/// There is no other method, whatever its numbers.
#[test]
fn no_other_method() {
    for class in 0..=100 {
        for method in 0..=130 {
            let known = METHODS.iter().any(|it| (it.0, it.1) == (class, method));
            let payload = [class.to_be_bytes(), method.to_be_bytes()].concat();
            let read = Method::read(&payload);
            let unknown =
                matches!(read, Err(kinoko_amqp_client::codec::Malformed::UnknownMethod { .. }));
            assert_eq!(unknown, !known, "{class} {method}");
        }
    }
}

fn payload(random: &mut Random, class: u16, method: u16, arguments: &str) -> Vec<u8> {
    let mut out = [class.to_be_bytes(), method.to_be_bytes()].concat();
    let mut bits = 0;
    for argument in arguments.bytes() {
        if argument == b'b' {
            if bits % 8 == 0 {
                out.push(0);
            }
            let last = out.len() - 1;
            out[last] |= (random.within(0..2) as u8) << (bits % 8);
            bits += 1;
            continue;
        }
        bits = 0;
        let number = random.next().to_be_bytes();
        match argument {
            b'o' => out.extend_from_slice(&number[..1]),
            b's' => out.extend_from_slice(&number[..2]),
            b'l' => out.extend_from_slice(&number[..4]),
            b'L' => out.extend_from_slice(&number),
            b't' => out.extend_from_slice(&short(random)),
            b'S' => out.extend_from_slice(&long(&number)),
            _ => out.extend_from_slice(&long(&table(random, true, 3))),
        }
    }
    out
}
