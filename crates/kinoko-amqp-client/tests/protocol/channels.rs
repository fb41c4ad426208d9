//! Channels: their numbers, and closing them in every order.

use kinoko_amqp_client::{ErrorKind, codec::*, protocol::ChannelId};

use crate::dialogue::{Dialogue, channel, open};

fn close(reply_code: u16) -> ChannelClose<'static> {
    ChannelClose { reply_code, reply_text: "no".into(), ..ChannelClose::default() }
}

fn close_channel(it: &mut Dialogue, channel: ChannelId, token: u32) {
    it.connection.close_channel(channel, Some(token), it.now);
}

const CLOSE: &str = "> #1 channel.close reply_code: 200, reply_text: \"closed\"";

#[test]
fn the_lowest_free_number_up_to_the_limit() {
    open(|it| {
        let channels = [it.channel(), it.channel(), it.channel()];
        assert_eq!(channels.map(|it| it.number), [1, 2, 3]);
        let (error, token) = it.connection.open_channel(9, it.now).unwrap_err();
        assert_eq!((error.kind(), token), (ErrorKind::Exhausted, 9));
        it.says(&[]);
        close_channel(it, channels[1], 1);
        assert!(it.connection.open_channel(9, it.now).is_err(), "before close-ok");
        it.broker(2, ChannelCloseOk {});
        let again = it.channel();
        assert_eq!(again.number, 2);
        assert_ne!(again, channels[1]);
        assert!(it.connection.is_open(again) && !it.connection.is_open(channels[1]));
    });
}

#[test]
fn open_and_close() {
    open(|it| {
        let channel = it.connection.open_channel(1, it.now).unwrap();
        it.says(&["> #1 channel.open"]);
        assert!(!it.connection.is_open(channel));
        it.broker(1, ChannelOpenOk::default());
        it.says(&["1 channel #1"]);
        assert!(it.connection.is_open(channel));
        close_channel(it, channel, 2);
        it.says(&[CLOSE]);
        assert!(!it.connection.is_open(channel));
        it.broker(1, ChannelCloseOk {});
        it.says(&["2 done", "closed #1: Closed"]);
        close_channel(it, channel, 3);
        it.says(&["3 done"]);
    });
}

#[test]
fn closed_while_it_opens() {
    open(|it| {
        let channel = it.connection.open_channel(1, it.now).unwrap();
        close_channel(it, channel, 2);
        it.says(&["> #1 channel.open", CLOSE]);
        it.broker(1, ChannelOpenOk::default());
        assert!(!it.connection.is_open(channel));
        it.says(&["1 channel #1"]);
        it.broker(1, ChannelCloseOk {});
        it.says(&["2 done", "closed #1: Closed"]);
    });
}

#[test]
fn refused_while_it_opens() {
    open(|it| {
        it.connection.open_channel(1, it.now).unwrap();
        it.said();
        it.broker(1, close(504));
        it.says(&["> #1 channel.close-ok", "1 failed: Protocol", "closed #1: Protocol"]);
    });
}

/// Each answers the other's close; the number is free when both have.
#[test]
fn both_close_at_once() {
    channel(|it, channel| {
        close_channel(it, channel, 1);
        it.broker(1, close(404));
        it.says(&[CLOSE, "> #1 channel.close-ok"]);
        assert_eq!(it.connection.open_channel(2, it.now).unwrap().number, 2);
        it.broker(1, ChannelCloseOk {});
        let said = it.said();
        assert_eq!(said[1], "1 done", "{said:?}");
        assert_eq!(it.connection.open_channel(3, it.now).unwrap().number, 1);
    });
}

#[test]
fn the_broker_closes_with_everything_outstanding() {
    channel(|it, channel| {
        it.consumer(channel, "a", false);
        it.publish(channel, 10);
        it.publish(channel, 11);
        it.ask(channel, QueueDeclare::default(), 1);
        it.ask(channel, QueuePurge::default(), 2);
        it.said();
        it.broker(1, close(406));
        it.says(&[
            "> #1 channel.close-ok",
            "publish 10 unknown: Precondition",
            "publish 11 unknown: Precondition",
            "consumer 0 ended: Precondition",
            "1 failed: Precondition",
            "2 failed: Precondition",
            "closed #1: Precondition",
        ]);
        // The number is free at once, and what was on the old one does not touch the new.
        let again = it.channel();
        assert_eq!(again.number, 1);
        assert!(it.send(channel, &Default::default(), Some(1)).is_err());
    });
}

/// A broker may drop what was asked before the close.
#[test]
fn close_ok_with_requests_unanswered() {
    channel(|it, channel| {
        it.consumer(channel, "a", false);
        it.ask(channel, QueueDeclare::default(), 1);
        close_channel(it, channel, 2);
        it.said();
        it.broker(1, ChannelCloseOk {});
        it.says(&["consumer 0 ended: Closed", "1 failed: Closed", "2 done", "closed #1: Closed"]);
    });
}

#[test]
fn requests_are_answered_before_close_ok() {
    channel(|it, channel| {
        it.ask(channel, QueueDeclare::default(), 1);
        close_channel(it, channel, 2);
        it.says(&["> #1 queue.declare", CLOSE]);
        it.broker(1, QueueDeclareOk { queue: "q".into(), ..Default::default() });
        it.broker(1, ChannelCloseOk {});
        it.says(&["1 queue q: 0, 0", "2 done", "closed #1: Closed"]);
    });
}

/// What was published is waited for, within the time for closing.
#[test]
fn closing_drains() {
    for confirmed in [true, false] {
        channel(|it, channel| {
            it.publish(channel, 1);
            it.said();
            close_channel(it, channel, 2);
            it.says(&[]);
            assert_eq!(it.next(), Some(2_000));
            assert!(it.try_publish(channel, 3).is_err());
            if confirmed {
                it.broker(1, BasicAck { delivery_tag: 1, multiple: false });
                it.says(&[CLOSE, "publish 1 confirmed"]);
                it.broker(1, ChannelCloseOk {});
                return it.says(&["2 done", "closed #1: Closed"]);
            }
            it.pass(2_000);
            it.says(&[CLOSE]);
            it.broker(1, ChannelCloseOk {});
            it.says(&["publish 1 unknown: Closed", "2 done", "closed #1: Closed"]);
        });
    }
}

#[test]
fn the_broker_closes_while_it_drains() {
    channel(|it, channel| {
        it.publish(channel, 1);
        it.said();
        close_channel(it, channel, 2);
        it.broker(1, close(404));
        it.says(&[
            "> #1 channel.close-ok",
            "publish 1 unknown: NotFound",
            "2 done",
            "closed #1: NotFound",
        ]);
        assert_eq!(it.next(), None);
    });
}

#[test]
fn close_ok_does_not_come() {
    channel(|it, channel| {
        close_channel(it, channel, 1);
        it.said();
        it.pass(12_000);
        it.says(&["1 failed: TimedOut"]);
        it.broker(1, ChannelCloseOk {});
        it.says(&["closed #1: Closed"]);
    });
}

#[test]
fn close_ok_that_nobody_asked_for() {
    channel(|it, _| {
        it.broker(1, ChannelCloseOk {});
        assert_eq!(it.connection.closed().unwrap().kind(), ErrorKind::Protocol);
    });
    // Nor is it asked for while the outcome of something is waited for.
    channel(|it, channel| {
        it.publish(channel, 1);
        close_channel(it, channel, 2);
        it.broker(1, ChannelCloseOk {});
        assert_eq!(it.connection.closed().unwrap().kind(), ErrorKind::Protocol);
    });
}

/// Where both close at once, the broker's reason is for those whose requests it refused.
#[test]
fn the_reason_of_the_broker_that_closes_at_once() {
    channel(|it, channel| {
        it.consumer(channel, "a", false);
        it.ask(channel, QueueDeclare::default(), 1);
        close_channel(it, channel, 2);
        it.said();
        it.broker(1, close(404));
        it.broker(1, ChannelCloseOk {});
        it.says(&[
            "> #1 channel.close-ok",
            "consumer 0 ended: NotFound",
            "1 failed: NotFound",
            "2 done",
            "closed #1: NotFound",
        ]);
    });
}

/// Behind the close everything is thrown away, whoever it may be for.
#[test]
fn a_delivery_to_nobody_while_it_closes() {
    channel(|it, channel| {
        close_channel(it, channel, 1);
        it.said();
        it.deliver("a", 1);
        it.broker(1, ChannelCloseOk {});
        it.says(&["1 done", "closed #1: Closed"]);
    });
}

#[test]
fn what_arrives_while_it_closes() {
    channel(|it, channel| {
        it.consumer(channel, "a", false);
        close_channel(it, channel, 1);
        it.said();
        it.deliver("a", 1);
        it.broker(1, BasicCancel { consumer_tag: "a".into(), no_wait: true });
        it.broker(1, ChannelFlow { active: true });
        it.broker(1, ChannelCloseOk {});
        let said = it.said();
        assert!(!said.iter().any(|it| it.starts_with("delivered")), "{said:?}");
        assert_eq!(said.last().unwrap(), "closed #1: Closed");
    });
}

/// Channels do not care for each other.
#[test]
fn another_channel_goes_on() {
    channel(|it, first| {
        let second = it.channel();
        it.ask(second, QueuePurge::default(), 5);
        it.publish(first, 6);
        it.said();
        it.broker(1, close(404));
        it.broker(2, QueuePurgeOk { message_count: 3 });
        it.says(&[
            "> #1 channel.close-ok",
            "publish 6 unknown: NotFound",
            "closed #1: NotFound",
            "5 messages: 3",
        ]);
    });
}
