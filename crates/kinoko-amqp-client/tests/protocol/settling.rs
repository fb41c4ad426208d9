//! `basic.ack`, `basic.reject`, `basic.nack`, `basic.recover`: only for what is outstanding.

use kinoko_amqp_client::{ErrorKind, Properties, Settle, codec::*, protocol::ChannelId};

use crate::dialogue::{Dialogue, channel};

/// Three deliveries, then a script.
fn three(script: impl Fn(&mut Dialogue, ChannelId)) {
    channel(|it, channel| {
        it.consumer(channel, "a", false);
        (1..=3).for_each(|tag| it.deliver("a", tag));
        it.said();
        script(it, channel);
    });
}

#[track_caller]
fn stale(it: &mut Dialogue, channel: ChannelId, tag: u64, multiple: bool) {
    let error = it.connection.settle(channel, tag, multiple, Settle::Ack).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stale);
    it.says(&[]);
}

#[track_caller]
fn settle(it: &mut Dialogue, channel: ChannelId, tag: u64, multiple: bool, how: Settle) {
    assert_eq!(it.connection.settle(channel, tag, multiple, how), Ok(()));
}

#[test]
fn each_way_once() {
    for (how, multiple, sent) in [
        (Settle::Ack, false, "> #1 basic.ack delivery_tag: 2"),
        (Settle::Ack, true, "> #1 basic.ack delivery_tag: 2, multiple: true"),
        (Settle::Reject, false, "> #1 basic.reject delivery_tag: 2"),
        (Settle::Requeue, false, "> #1 basic.reject delivery_tag: 2, requeue: true"),
        (Settle::Reject, true, "> #1 basic.nack delivery_tag: 2, multiple: true"),
        (Settle::Requeue, true, "> #1 basic.nack delivery_tag: 2, multiple: true, requeue: true"),
    ] {
        three(|it, channel| {
            settle(it, channel, 2, multiple, how);
            it.says(&[sent]);
            stale(it, channel, 2, false);
            if multiple {
                stale(it, channel, 1, false);
            }
            settle(it, channel, 3, false, how);
        });
    }
}

/// RabbitMQ closes the channel over a tag it does not know, with `multiple` as well: it is told the last
/// that is outstanding up to the one that was named.
#[test]
fn multiple_names_one_that_is_outstanding() {
    three(|it, channel| {
        settle(it, channel, 2, false, Settle::Ack);
        it.said();
        settle(it, channel, 2, true, Settle::Ack);
        let said = it.said();
        assert!(said[0].starts_with("> #1 basic.ack delivery_tag: 1"), "{said:?}");
    });
    three(|it, channel| {
        settle(it, channel, 99, true, Settle::Ack);
        it.says(&["> #1 basic.ack delivery_tag: 3, multiple: true"]);
    });
}

/// What is acknowledged between two writes goes out in as few frames as can say it.
#[test]
fn acknowledgements_are_put_together() {
    three(|it, channel| {
        [2, 1, 3].iter().for_each(|tag| settle(it, channel, *tag, false, Settle::Ack));
        it.says(&["> #1 basic.ack delivery_tag: 3, multiple: true"]);
    });
    three(|it, channel| {
        [3, 1].iter().for_each(|tag| settle(it, channel, *tag, false, Settle::Ack));
        it.says(&["> #1 basic.ack delivery_tag: 1", "> #1 basic.ack delivery_tag: 3"]);
        settle(it, channel, 2, false, Settle::Ack);
        it.says(&["> #1 basic.ack delivery_tag: 2"]);
    });
}

/// One that stands for those before it stands for acknowledgements alone.
#[test]
fn acknowledgements_cover_nothing_else() {
    three(|it, channel| {
        settle(it, channel, 3, false, Settle::Ack);
        settle(it, channel, 1, false, Settle::Ack);
        settle(it, channel, 2, false, Settle::Reject);
        it.says(&[
            "> #1 basic.ack delivery_tag: 1",
            "> #1 basic.ack delivery_tag: 3",
            "> #1 basic.reject delivery_tag: 2",
        ]);
    });
    three(|it, channel| {
        settle(it, channel, 3, false, Settle::Ack);
        settle(it, channel, 2, true, Settle::Requeue);
        it.says(&[
            "> #1 basic.ack delivery_tag: 3",
            "> #1 basic.nack delivery_tag: 2, multiple: true, requeue: true",
        ]);
    });
    three(|it, channel| {
        settle(it, channel, 3, false, Settle::Ack);
        settle(it, channel, 1, false, Settle::Ack);
        it.ask(channel, BasicRecover { requeue: true }, 1);
        let said = it.said();
        assert_eq!(said[..2], ["> #1 basic.ack delivery_tag: 1", "> #1 basic.ack delivery_tag: 3"]);
        assert!(said[2].starts_with("> #1 basic.recover "), "{said:?}");
    });
}

/// What was acknowledged before the broker closed its channel is said before that is answered: behind the
/// answer its number may be another channel's.
#[test]
fn acknowledgements_go_with_their_channel() {
    three(|it, channel| {
        settle(it, channel, 1, false, Settle::Ack);
        let close = ChannelClose { reply_code: 406, ..ChannelClose::default() };
        it.broker(1, close);
        let said = it.said();
        assert_eq!(said[..2], ["> #1 basic.ack delivery_tag: 1", "> #1 channel.close-ok"]);
        it.says(&[]);
        stale(it, channel, 2, false);
    });
}

#[test]
fn nothing_to_settle() {
    three(|it, channel| {
        stale(it, channel, 0, false);
        stale(it, channel, 0, true);
        stale(it, channel, 4, false);
        settle(it, channel, 3, true, Settle::Ack);
        it.said();
        stale(it, channel, 3, true);
        stale(it, channel, u64::MAX, true);
    });
}

#[test]
fn what_needs_no_ack() {
    channel(|it, channel| {
        it.consumer(channel, "a", true);
        it.deliver("a", 1);
        it.said();
        stale(it, channel, 1, false);
        stale(it, channel, 1, true);
    });
}

#[test]
fn after_the_channel() {
    three(|it, channel| {
        it.broker(1, ChannelClose::default());
        it.said();
        stale(it, channel, 1, false);
        // The same number and the same tag is another message.
        let again = it.channel();
        it.consumer(again, "a", false);
        it.deliver("a", 1);
        it.said();
        stale(it, channel, 1, false);
        stale(it, channel, 1, true);
        settle(it, again, 1, false, Settle::Ack);
    });
    three(|it, channel| {
        it.connection.close_channel(channel, None, it.now);
        it.said();
        stale(it, channel, 1, false);
    });
    three(|it, channel| {
        it.connection.close(it.now);
        it.said();
        stale(it, channel, 1, false);
    });
    three(|it, channel| {
        it.connection.lost("reset");
        it.said();
        stale(it, channel, 1, false);
    });
}

#[test]
fn on_another_channel() {
    three(|it, _| {
        let second = it.channel();
        stale(it, second, 1, false);
        let never = ChannelId { number: 0, serial: 0 };
        stale(it, never, 1, false);
        stale(it, ChannelId { number: u16::MAX, serial: 9 }, 1, true);
    });
}

#[test]
fn recover() {
    three(|it, channel| {
        it.ask(channel, BasicRecover { requeue: true }, 1);
        it.said();
        stale(it, channel, 1, false);
        // It was sent before the broker heard of it, and is given back by it.
        it.deliver("a", 4);
        it.says(&[]);
        it.broker(1, BasicRecoverOk {});
        it.deliver("a", 5);
        it.says(&["1 done", "delivered 5 to 0: 5"]);
        stale(it, channel, 4, false);
        settle(it, channel, 5, false, Settle::Ack);
    });
}

/// What was asked for before the recover is given back by it as well.
#[test]
fn got_and_recovered() {
    channel(|it, channel| {
        it.connection.get(channel, BasicGet::default(), 1, it.now).unwrap();
        it.ask(channel, BasicRecover { requeue: true }, 2);
        it.said();
        let got = BasicGetOk { delivery_tag: 1, ..Default::default() };
        it.content(1, got, Properties::default(), b"one");
        it.broker(1, BasicRecoverOk {});
        it.said();
        stale(it, channel, 1, false);
    });
}

#[test]
fn what_was_got() {
    channel(|it, channel| {
        for (tag, no_ack) in [(1, false), (2, true)] {
            it.connection
                .get(channel, BasicGet { no_ack, ..Default::default() }, 1, it.now)
                .unwrap();
            let got = BasicGetOk { delivery_tag: tag, ..Default::default() };
            it.content(1, got, Properties::default(), b"one");
        }
        it.said();
        stale(it, channel, 2, false);
        settle(it, channel, 1, false, Settle::Ack);
    });
}
