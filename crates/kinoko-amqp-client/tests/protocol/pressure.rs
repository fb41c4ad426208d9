//! What makes publishing wait: a broker short of memory, a stopped channel, too much on its way.

use bytes::Bytes;
use kinoko_amqp_client::{Config, Error, ErrorKind, Limits, Publish, Retry, Settle, codec::*};

use crate::dialogue::{Dialogue, channel, config, open_with};

fn limited(limits: Limits, script: impl Fn(&mut Dialogue)) {
    open_with(Config { limits, ..config() }, script);
}

fn kind(result: Result<(), Error>) -> Option<ErrorKind> {
    result.err().map(|it| it.kind())
}

#[test]
fn blocked_and_unblocked() {
    channel(|it, channel| {
        it.consumer(channel, "a", false);
        it.deliver("a", 1);
        it.said();
        it.broker(0, ConnectionBlocked { reason: "low on memory".into() });
        it.says(&["blocked: low on memory"]);
        assert_eq!(it.connection.blocked(), Some("low on memory"));
        let error = it.try_publish(channel, 1).unwrap_err();
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Blocked, Retry::Soon));
        assert!(error.text().contains("low on memory"));
        // Everything else goes on.
        it.connection.settle(channel, 1, false, Settle::Ack).unwrap();
        it.ask(channel, QueuePurge::default(), 2);
        it.says(&["> #1 basic.ack delivery_tag: 1", "> #1 queue.purge"]);
        it.broker(0, ConnectionUnblocked {});
        it.says(&["unblocked"]);
        assert_eq!(it.connection.blocked(), None);
        it.publish(channel, 3);
    });
}

/// A channel that is stopped; another is not.
#[test]
fn flow() {
    channel(|it, first| {
        let second = it.channel();
        it.consumer(first, "a", false);
        it.deliver("a", 1);
        it.said();
        it.broker(1, ChannelFlow { active: false });
        it.says(&["> #1 channel.flow-ok", "flow #1: false"]);
        assert_eq!(kind(it.try_publish(first, 1)), Some(ErrorKind::Blocked));
        assert!(it.connection.is_stopped(first) && !it.connection.is_stopped(second));
        it.publish(second, 2);
        it.said();
        it.connection.settle(first, 1, false, Settle::Ack).unwrap();
        it.says(&["> #1 basic.ack delivery_tag: 1"]);
        it.broker(1, ChannelFlow { active: true });
        it.says(&["> #1 channel.flow-ok active: true", "flow #1: true"]);
        it.publish(first, 3);
    });
}

#[test]
fn too_much_buffered() {
    limited(Limits { buffered: 200, ..Limits::default() }, |it| {
        let channel = it.channel();
        let mut token = 0;
        let full = loop {
            token += 1;
            let before = it.connection.buffered();
            match it.try_publish(channel, token) {
                Ok(()) => assert!(before < 200),
                Err(err) => break err,
            }
        };
        assert_eq!((full.kind(), full.retry()), (ErrorKind::Full, Retry::Soon));
        assert!(it.connection.buffered() >= 200);
        // Requests do not wait.
        it.ask(channel, QueuePurge::default(), 1);
        it.said();
        it.publish(channel, token);
        it.said();
        it.broker(1, BasicAck { delivery_tag: 0, multiple: true });
        assert_eq!(it.said().len(), token as usize, "what was refused took no number");
    });
}

#[test]
fn too_many_unconfirmed() {
    limited(Limits { unconfirmed: 2, ..Limits::default() }, |it| {
        let (first, second) = (it.channel(), it.channel());
        it.publish(first, 1);
        it.publish(second, 2);
        it.said();
        assert_eq!(kind(it.try_publish(first, 3)), Some(ErrorKind::Full));
        it.says(&[]);
        it.broker(2, BasicAck { delivery_tag: 1, multiple: false });
        it.publish(first, 3);
        assert_eq!(kind(it.try_publish(second, 4)), Some(ErrorKind::Full));
        // A channel that goes makes room.
        it.broker(1, ChannelClose::default());
        it.publish(second, 4);
        it.publish(second, 5);
    });
}

#[test]
fn too_large() {
    limited(Limits { send: 5, ..Limits::default() }, |it| {
        let channel = it.channel();
        let with = |body: &'static [u8]| Publish { body: body.into(), ..Publish::default() };
        let (error, token) = it.send(channel, &with(b"123456"), Some(1)).unwrap_err();
        assert_eq!((error.kind(), token), (ErrorKind::TooLarge, Some(1)));
        assert_eq!(error.retry(), Retry::AfterChange);
        it.says(&[]);
        it.send(channel, &with(b"12345"), Some(1)).unwrap();
    });
}

/// A body is cut into frames that are as large as was agreed.
#[test]
fn large_bodies_are_cut() {
    for (size, parts) in [(0, 0), (1, 1), (4088, 1), (4089, 2), (8176, 2), (20_000, 5)] {
        channel(|it, channel| {
            let body: Vec<u8> = (0..size).map(|it| (it % 251) as u8).collect();
            let publish = Publish { body: Bytes::from(body.clone()), ..Publish::default() };
            it.send(channel, &publish, None).unwrap();
            let sent = it.sent();
            let (mut at, mut found, mut count) = (0, Vec::new(), 0);
            while let Some(frame) = Frame::first(&sent[at..], 4096).unwrap() {
                at += frame.size();
                if frame.kind == FrameType::Body {
                    found.extend_from_slice(frame.payload);
                    count += 1;
                }
            }
            assert_eq!((at, count), (sent.len(), parts), "{size}");
            assert!(found == body, "{size}");
        });
    }
}
