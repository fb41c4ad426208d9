//! Publisher confirms: which publish a number is, and what is said of it.

use bytes::Bytes;
use kinoko_amqp_client::{ErrorKind, Fields, Publish, codec::*};

use crate::dialogue::{Dialogue, channel};

fn ack(it: &mut Dialogue, delivery_tag: u64, multiple: bool) {
    it.broker(1, BasicAck { delivery_tag, multiple });
}

fn nack(it: &mut Dialogue, delivery_tag: u64, multiple: bool) {
    it.broker(1, BasicNack { delivery_tag, multiple, requeue: false });
}

/// Five publishes, then a script.
fn five(script: impl Fn(&mut Dialogue)) {
    channel(|it, channel| {
        (1..=5).for_each(|token| it.publish(channel, token));
        it.said();
        script(it);
    });
}

#[test]
fn confirm_mode_begins_with_the_first_that_asks() {
    channel(|it, channel| {
        let quiet = Publish { body: Bytes::from_static(b"x"), ..Publish::default() };
        it.send(channel, &quiet, None).unwrap();
        it.says(&["> #1 basic.publish", "> #1 header, 1 to come, ", "> #1 body of 1: \"x\""]);
        it.publish(channel, 1);
        it.says(&[
            "> #1 confirm.select",
            "> #1 basic.publish mandatory: true",
            "> #1 header, 1 to come, ",
            "> #1 body of 1: \"1\"",
        ]);
        // From there on those that do not ask have numbers too.
        it.send(channel, &quiet, None).unwrap();
        it.publish(channel, 3);
        let said = it.said();
        assert!(!said.iter().any(|it| it.contains("select")), "{said:?}");
        ack(it, 2, false);
        it.says(&[]);
        ack(it, 3, true);
        it.says(&["publish 1 confirmed", "publish 3 confirmed"]);
    });
}

#[test]
fn single() {
    five(|it| {
        ack(it, 2, false);
        it.says(&["publish 2 confirmed"]);
        nack(it, 1, false);
        it.says(&["publish 1 nacked"]);
        ack(it, 5, false);
        it.says(&["publish 5 confirmed"]);
    });
}

#[test]
fn multiple() {
    five(|it| {
        ack(it, 2, false);
        ack(it, 3, true);
        it.says(&["publish 2 confirmed", "publish 1 confirmed", "publish 3 confirmed"]);
        nack(it, 5, true);
        it.says(&["publish 4 nacked", "publish 5 nacked"]);
    });
}

#[test]
fn multiple_with_zero_is_all() {
    five(|it| {
        ack(it, 4, false);
        it.said();
        nack(it, 0, true);
        it.says(&["publish 1 nacked", "publish 2 nacked", "publish 3 nacked", "publish 5 nacked"]);
        ack(it, 0, true);
        it.says(&[]);
        assert!(it.connection.closed().is_none());
    });
}

/// What is confirmed is confirmed; a broker that says so twice does no harm.
#[test]
fn twice() {
    five(|it| {
        ack(it, 3, false);
        ack(it, 1, false);
        it.said();
        for number in [1, 3] {
            ack(it, number, false);
            nack(it, number, false);
            it.says(&[]);
        }
        ack(it, 1, true);
        it.says(&[]);
        assert!(it.connection.closed().is_none());
    });
}

#[test]
fn a_number_that_was_never_given_out() {
    for (number, multiple) in [(6, false), (6, true), (0, false), (u64::MAX, true)] {
        five(|it| {
            ack(it, number, multiple);
            let error = it.connection.closed().expect("nothing was sent under it");
            assert_eq!(error.kind(), ErrorKind::Protocol);
            let said = it.said();
            assert!(said.iter().all(|it| !it.ends_with(" confirmed")), "{said:?}");
            assert_eq!(said.iter().filter(|it| it.contains("unknown: Protocol")).count(), 5);
        });
    }
}

#[test]
fn a_confirm_without_confirm_mode() {
    channel(|it, _| {
        ack(it, 1, false);
        assert_eq!(it.connection.closed().unwrap().kind(), ErrorKind::Protocol);
    });
}

/// A publish that is refused takes no number and leaves no byte.
#[test]
fn a_refused_publish_takes_no_number() {
    channel(|it, channel| {
        let name = "n".repeat(256);
        let too_long = Publish { routing_key: (&name).into(), ..Publish::default() };
        let refused = it.send(channel, &too_long, Some(9)).unwrap_err();
        assert_eq!((refused.0.kind(), refused.1), (ErrorKind::Invalid, Some(9)));
        it.says(&[]);
        it.publish(channel, 1);
        let buffered = it.connection.buffered();
        assert!(it.send(channel, &too_long, Some(9)).is_err());
        let fields = Fields::new().with("x", &*"v".repeat(5000));
        let mut large = Publish::default();
        large.properties.headers = Some(fields.as_table());
        assert!(it.send(channel, &large, Some(9)).is_err());
        assert_eq!(it.connection.buffered(), buffered);
        it.publish(channel, 2);
        it.said();
        ack(it, 2, false);
        ack(it, 1, false);
        it.says(&["publish 2 confirmed", "publish 1 confirmed"]);
    });
}

/// Numbers count by channel, and from one again on the next with the same number.
#[test]
fn numbers_go_by_channel() {
    five(|it| {
        let second = it.channel();
        it.publish(second, 20);
        it.said();
        it.broker(2, BasicAck { delivery_tag: 1, multiple: false });
        it.says(&["publish 20 confirmed"]);
        it.broker(1, ChannelClose::default());
        it.said();
        let again = it.channel();
        assert_eq!(again.number, 1);
        it.publish(again, 30);
        it.said();
        ack(it, 1, false);
        it.says(&["publish 30 confirmed"]);
    });
}

#[test]
fn the_connection_is_lost() {
    five(|it| {
        ack(it, 2, false);
        it.said();
        it.connection.lost("reset");
        it.says(&[
            "publish 1 unknown: Lost",
            "publish 3 unknown: Lost",
            "publish 4 unknown: Lost",
            "publish 5 unknown: Lost",
            "closed #1: Lost",
            "closed: Lost",
        ]);
    });
}
