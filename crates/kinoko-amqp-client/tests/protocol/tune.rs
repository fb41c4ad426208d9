//! `connection.tune`: both sides agree on the lesser, where zero leaves it to the other.

use std::time::Duration;

use kinoko_amqp_client::{Config, ErrorKind, codec::ConnectionTune};

use crate::dialogue::{config, fresh, start};

/// What the client and the broker want, and what the client answers: channels, frame, heartbeat.
#[test]
fn the_lesser_of_both() {
    type Wish = (u16, u32, u16);
    let cases: [(Wish, Wish, Wish); 8] = [
        ((2047, 131_072, 10), (2047, 131_072, 60), (2047, 131_072, 10)),
        ((2047, 131_072, 60), (100, 8192, 10), (100, 8192, 10)),
        ((100, 8192, 10), (0, 0, 60), (100, 8192, 10)),
        ((0, 0, 10), (100, 8192, 60), (100, 8192, 10)),
        ((0, 4096, 10), (0, 0, 10), (u16::MAX, 4096, 10)),
        ((1, 4096, 0), (1, 4096, 60), (1, 4096, 60)),
        ((1, 4096, 20), (1, 4096, 0), (1, 4096, 20)),
        ((1, 4096, 0), (1, 4096, 0), (1, 4096, 0)),
    ];
    for (ours, theirs, agreed) in cases {
        let heartbeat = Duration::from_secs(ours.2.into());
        let config = Config { channel_max: ours.0, frame_max: ours.1, heartbeat, ..config() };
        fresh(config, |it| {
            it.broker(0, start(b"PLAIN"));
            it.said();
            let (channel_max, frame_max, heartbeat) = theirs;
            it.broker(0, ConnectionTune { channel_max, frame_max, heartbeat });
            let said = it.said();
            let (channels, frame, heartbeat) = agreed;
            let mut line =
                format!("> #0 connection.tune-ok channel_max: {channels}, frame_max: {frame}");
            if heartbeat > 0 {
                line += &format!(", heartbeat: {heartbeat}");
            }
            assert_eq!(said[0], line, "{ours:?} {theirs:?}");
            assert_eq!(it.connection.frame_max(), frame);
            let next = it.next().unwrap();
            let expected = if heartbeat == 0 { 10_000 } else { u128::from(heartbeat) * 500 };
            assert_eq!(next, expected.min(10_000), "{ours:?} {theirs:?}");
        });
    }
}

/// Neither side wants a limit: the frame may be as large as its size can say.
#[test]
fn no_limit_at_all() {
    fresh(Config { frame_max: 0, channel_max: 0, ..config() }, |it| {
        it.broker(0, start(b"PLAIN"));
        it.broker(0, ConnectionTune::default());
        assert!(it.connection.closed().is_none());
        assert_eq!(it.connection.frame_max(), u32::MAX);
    });
}

#[test]
fn frames_of_less_than_4096_bytes_are_refused() {
    for frame_max in [1, 8, 4095] {
        fresh(config(), |it| {
            it.broker(0, start(b"PLAIN"));
            it.said();
            it.broker(0, ConnectionTune { channel_max: 0, frame_max, heartbeat: 0 });
            assert_eq!(it.connection.closed().unwrap().kind(), ErrorKind::Protocol);
            let said = it.said();
            assert!(said[0].starts_with("> #0 connection.close reply_code: 50"), "{said:?}");
        });
    }
}

/// What comes together with `tune` and is larger than `tune` allows does not vanish.
#[test]
fn a_frame_that_became_too_large() {
    let ours = Config { frame_max: 131_072, ..config() };
    fresh(ours, |it| {
        it.broker(0, start(b"PLAIN"));
        it.said();
        let mut bytes = Vec::new();
        let tune = ConnectionTune { channel_max: 1, frame_max: 4096, heartbeat: 0 };
        kinoko_amqp_client::codec::write_method(&mut bytes, 0, &tune.into(), 4096).unwrap();
        bytes.extend_from_slice(&crate::dialogue::frame(3, 0, &[0; 5000]));
        it.raw(&bytes);
        let error = it.connection.closed().expect("it is larger than agreed");
        assert_eq!(error.kind(), ErrorKind::Protocol);
    });
}
