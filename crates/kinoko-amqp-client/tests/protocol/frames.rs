//! Bytes that are no frames, and frames that may not come.

use kinoko_amqp_client::{Error, ErrorKind, codec::*};

use crate::dialogue::{channel, frame, open};

/// What arrives, and the reply code the client leaves with.
fn check(what: &str, bytes: &[u8], code: u16) {
    channel(|it, channel| {
        it.ask(channel, QueueDeclare::default(), 1);
        it.said();
        it.raw(bytes);
        let closed = it.connection.closed().map(Error::kind);
        assert_eq!(closed, Some(ErrorKind::Protocol), "{what}");
        let said = it.said();
        let left = format!("> #0 connection.close reply_code: {code}, reply_text: ");
        assert!(said[0].starts_with(&left), "{what}: {said:?}");
        assert_eq!(
            said[1..],
            ["1 failed: Protocol", "closed #1: Protocol", "closed: Protocol"],
            "{what}"
        );
        // Nothing is read any more.
        it.raw(&frame(1, 1, &[0, 50, 0, 11, 0]));
        it.says(&[]);
    });
}

#[test]
fn no_frames() {
    check("larger than agreed", &frame(3, 1, &[0; 4089]), 501);
    check("larger than agreed, by its size alone", &[3, 0, 1, 0xff, 0xff, 0xff, 0xff], 501);
}

/// Who sends what is no frame at all is told nothing: "without sending any further data" (4.2.3).
#[test]
fn not_even_frames() {
    for (what, bytes) in [
        ("an unknown type", &frame(4, 0, b"")[..]),
        ("an unknown type at once", &[0]),
        ("a wrong end", &[8, 0, 0, 0, 0, 0, 0, 0xcd]),
        ("another protocol", b"HTTP/1.1 400 Bad Request\r\n"),
    ] {
        channel(|it, channel| {
            it.ask(channel, QueueDeclare::default(), 1);
            it.said();
            it.raw(bytes);
            let left = ["1 failed: Protocol", "closed #1: Protocol", "closed: Protocol"];
            assert_eq!(it.said(), left, "{what}");
        });
    }
}

#[test]
fn frames_that_may_not_come() {
    check("content on channel 0", &frame(2, 0, &[0; 14]), 504);
    check("a body on channel 0", &frame(3, 0, b"x"), 504);
    check("a method on a channel that is not open", &frame(1, 2, &[0, 20, 0, 11, 0, 0, 0, 0]), 504);
    check("a body on a channel that is not open", &frame(3, 7, b"x"), 504);
    check("a channel's method on channel 0", &frame(1, 0, &[0, 20, 0, 11, 0, 0, 0, 0]), 503);
    check("a connection's method on a channel", &frame(1, 1, &[0, 10, 0, 61]), 503);
    check("a method nobody knows", &frame(1, 1, &[0, 99, 0, 1]), 503);
    check("a method cut short", &frame(1, 1, &[0, 50]), 502);
    check("a header without a method", &frame(2, 1, &[0; 14]), 505);
    check("a body without a method", &frame(3, 1, b"x"), 505);
    check(
        "a confirm nobody asked for",
        &frame(1, 1, &[0, 60, 0, 80, 0, 0, 0, 0, 0, 0, 0, 1, 0]),
        503,
    );
    check("a method with something behind", &frame(1, 1, &[0, 20, 0, 41, 0]), 502);
}

/// What came before in the same bytes counts.
#[test]
fn good_frames_before_a_bad_one() {
    channel(|it, channel| {
        it.ask(channel, QueuePurge::default(), 1);
        it.said();
        let mut bytes = Vec::new();
        write_method(&mut bytes, 1, &QueuePurgeOk { message_count: 7 }.into(), 4096).unwrap();
        bytes.push(99);
        it.raw(&bytes);
        let said = it.said();
        assert_eq!(said, ["1 messages: 7", "closed #1: Protocol", "closed: Protocol"]);
    });
}

/// The largest frame that was agreed on is taken.
#[test]
fn as_large_as_agreed() {
    channel(|it, channel| {
        it.consumer(channel, "a", true);
        let body = [7; 4088];
        let deliver =
            BasicDeliver { consumer_tag: "a".into(), delivery_tag: 1, ..Default::default() };
        it.content(1, deliver, Default::default(), &body);
        assert!(it.said()[0].starts_with("delivered 1"));
    });
}

#[test]
fn room_for_what_is_announced() {
    open(|it| {
        for (inbox, room) in [
            (&b""[..], 0),
            (&[3, 0, 1, 0, 0], 0),
            (&[3, 0, 1, 0, 0, 1, 0], 257),
            (&[3, 0, 1, 0xff, 0xff, 0xff, 0xff], 4089),
        ] {
            assert_eq!(it.connection.room_wanted(inbox), room, "{inbox:?}");
        }
    });
}

/// A heartbeat is on channel 0 and empty.
#[test]
fn heartbeats_are_taken() {
    open(|it| {
        it.raw(&frame(8, 0, b""));
        it.says(&[]);
        assert!(it.connection.closed().is_none());
    });
    check("a heartbeat on a channel", &frame(8, 1, b""), 503);
    check("a heartbeat with a payload", &frame(8, 0, b"x"), 501);
}

/// Behind `connection.close` nothing is worth another word.
#[test]
fn after_the_farewell() {
    for bytes in [&frame(1, 0, &[0, 99, 0, 1])[..], &frame(3, 0, b"x"), &frame(8, 1, b"")] {
        open(|it| {
            it.connection.close(it.now);
            it.said();
            it.raw(bytes);
            it.says(&["closed: Closed"]);
        });
    }
}

#[test]
fn a_header_of_another_class() {
    channel(|it, channel| {
        it.consumer(channel, "a", true);
        let deliver =
            BasicDeliver { consumer_tag: "a".into(), delivery_tag: 1, ..Default::default() };
        let mut bytes = Vec::new();
        write_method(&mut bytes, 1, &deliver.into(), 4096).unwrap();
        bytes.extend(frame(2, 1, &[0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
        it.raw(&bytes);
        assert!(it.said()[0].starts_with("> #0 connection.close reply_code: 501"));
    });
}
