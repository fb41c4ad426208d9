//! `connection.close` of either side, in every state.

use kinoko_amqp_client::{ErrorKind, codec::*};

use crate::dialogue::{channel, open};

const CLOSE: &str = "> #0 connection.close reply_code: 200, reply_text: \"closed\"";

fn close(reply_code: u16) -> ConnectionClose<'static> {
    ConnectionClose { reply_code, reply_text: "no".into(), ..ConnectionClose::default() }
}

#[test]
fn ours() {
    open(|it| {
        it.connection.close(it.now);
        it.says(&[CLOSE]);
        assert_eq!(it.next(), Some(2_000));
        it.connection.close(it.now);
        it.says(&[]);
        it.broker(0, ConnectionCloseOk {});
        it.says(&["closed: Closed"]);
        assert_eq!(it.next(), None);
    });
}

#[test]
fn ours_unanswered() {
    open(|it| {
        it.connection.close(it.now);
        it.said();
        it.pass(1_999);
        it.says(&[]);
        it.pass(1);
        it.says(&["closed: Closed"]);
    });
}

/// Hanging up is an answer too.
#[test]
fn ours_answered_by_hanging_up() {
    open(|it| {
        it.connection.close(it.now);
        it.said();
        it.connection.lost("reset");
        it.says(&["closed: Closed"]);
    });
}

#[test]
fn theirs_with_everything_outstanding() {
    channel(|it, channel| {
        it.consumer(channel, "a", true);
        it.publish(channel, 1);
        it.ask(channel, QueueDeclare::default(), 2);
        it.connection.update_secret("s", "r", 3, it.now).unwrap();
        it.connection.open_channel(4, it.now).unwrap();
        it.said();
        it.broker(0, close(320));
        it.says(&[
            "> #0 connection.close-ok",
            "publish 1 unknown: Forced",
            "consumer 0 ended: Forced",
            "2 failed: Forced",
            "closed #1: Forced",
            "4 failed: Forced",
            "closed #2: Forced",
            "3 failed: Forced",
            "closed: Forced",
        ]);
        let (error, _) = it.connection.open_channel(5, it.now).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forced);
    });
}

#[test]
fn draining_with_confirms_outstanding() {
    channel(|it, channel| {
        it.publish(channel, 1);
        it.publish(channel, 2);
        it.said();
        it.connection.close(it.now);
        it.says(&[]);
        assert_eq!(it.try_publish(channel, 3).unwrap_err().kind(), ErrorKind::Closed);
        assert!(it.connection.open_channel(3, it.now).is_err());
        it.broker(1, BasicAck { delivery_tag: 1, multiple: false });
        it.says(&["publish 1 confirmed"]);
        it.broker(1, BasicNack { delivery_tag: 2, ..BasicNack::default() });
        it.says(&[CLOSE, "publish 2 nacked"]);
        it.broker(0, ConnectionCloseOk {});
        it.says(&["closed #1: Closed", "closed: Closed"]);
    });
}

#[test]
fn draining_takes_too_long() {
    channel(|it, channel| {
        it.publish(channel, 1);
        it.said();
        it.connection.close(it.now);
        it.pass(2_000);
        it.says(&[CLOSE]);
        it.pass(2_000);
        it.says(&["publish 1 unknown: Closed", "closed #1: Closed", "closed: Closed"]);
    });
}

/// The channel with the last publish goes while the connection waits for it.
#[test]
fn draining_ends_with_the_channel() {
    channel(|it, channel| {
        it.publish(channel, 1);
        it.said();
        it.connection.close(it.now);
        it.broker(1, ChannelClose { reply_code: 404, ..ChannelClose::default() });
        it.says(&[
            "> #1 channel.close-ok",
            CLOSE,
            "publish 1 unknown: NotFound",
            "closed #1: NotFound",
        ]);
    });
}

/// Deliveries still come and can still be settled.
#[test]
fn draining_settles() {
    channel(|it, channel| {
        it.consumer(channel, "a", false);
        it.publish(channel, 1);
        it.said();
        it.connection.close(it.now);
        it.deliver("a", 1);
        it.says(&["delivered 1 to 0: 1"]);
        it.connection.settle(channel, 1, false, kinoko_amqp_client::Settle::Ack).unwrap();
        it.says(&["> #1 basic.ack delivery_tag: 1"]);
    });
}

#[test]
fn theirs_while_it_drains() {
    channel(|it, channel| {
        it.publish(channel, 1);
        it.said();
        it.connection.close(it.now);
        it.broker(0, close(320));
        it.says(&[
            "> #0 connection.close-ok",
            "publish 1 unknown: Forced",
            "closed #1: Forced",
            "closed: Forced",
        ]);
    });
}

#[test]
fn both_at_once() {
    open(|it| {
        it.connection.close(it.now);
        it.broker(0, close(320));
        let said = it.said();
        assert_eq!(said[..2], [CLOSE, "> #0 connection.close-ok"]);
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(it.connection.closed().is_some());
    });
}

/// After `connection.close` only its answer counts, and nothing else is sent.
#[test]
fn what_arrives_while_it_closes() {
    channel(|it, channel| {
        it.consumer(channel, "a", false);
        it.connection.close(it.now);
        it.said();
        it.deliver("a", 1);
        it.broker(1, ChannelClose::default());
        it.broker(2, ChannelFlow { active: false });
        it.broker(0, ConnectionBlocked { reason: "memory".into() });
        it.says(&[]);
        it.broker(0, ConnectionCloseOk {});
        it.says(&["consumer 0 ended: Closed", "closed #1: Closed", "closed: Closed"]);
    });
}

#[test]
fn nothing_follows_the_close() {
    channel(|it, channel| {
        it.publish(channel, 1);
        it.connection.close_channel(channel, Some(2), it.now);
        it.connection.close(it.now);
        it.said();
        it.pass(2_000);
        it.says(&[CLOSE]);
        assert_eq!(it.next(), Some(2_000));
        it.connection.close_channel(channel, None, it.now);
        it.connection.cancel(channel, kinoko_amqp_client::protocol::ConsumerId(0), None, it.now);
        it.says(&[]);
    });
}

#[test]
fn aborted() {
    channel(|it, channel| {
        it.publish(channel, 1);
        it.connection.abort();
        it.says(&["publish 1 unknown: Closed", "closed #1: Closed", "closed: Closed"]);
    });
}

#[test]
fn close_ok_that_nobody_asked_for() {
    open(|it| {
        it.broker(0, ConnectionCloseOk {});
        assert_eq!(it.connection.closed().unwrap().kind(), ErrorKind::Protocol);
    });
}
