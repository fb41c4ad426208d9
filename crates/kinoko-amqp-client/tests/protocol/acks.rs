//! `basic.ack`: when it waits for others, and what it goes with.

use std::time::Duration;

use kinoko_amqp_client::{Config, Settle, codec::*, protocol::ChannelId};

use crate::dialogue::{Dialogue, channel_with, config};

#[track_caller]
fn ack(it: &mut Dialogue, channel: ChannelId, tag: u64) {
    assert_eq!(it.connection.settle(channel, tag, false, Settle::Ack), Ok(()));
}

/// A consumer of that prefetch, whose acknowledgements may wait for 2 ms.
fn patient(prefetch: u16, script: impl Fn(&mut Dialogue, ChannelId)) {
    let config = Config { ack_delay: Duration::from_millis(2), ..config() };
    channel_with(config, |it, channel| {
        it.ask(channel, BasicQos { prefetch_count: prefetch, ..Default::default() }, 1);
        it.broker(1, BasicQosOk {});
        it.consumer(channel, "a", false);
        script(it, channel);
    });
}

/// While deliveries keep coming acknowledgements wait for each other, and not for long.
#[test]
fn acknowledgements_wait_for_each_other() {
    patient(100, |it, channel| {
        assert_eq!(it.next(), None);
        it.deliver("a", 1);
        it.said();
        ack(it, channel, 1);
        assert_eq!(it.next(), Some(2));
        it.pass(1);
        it.says(&[]);
        it.deliver("a", 2);
        it.says(&["delivered 2 to 0: 2"]);
        ack(it, channel, 2);
        it.says(&[]);
        it.pass(1);
        it.says(&["> #1 basic.ack delivery_tag: 2, multiple: true"]);
        // The second delivery came in that time; so there may be a third.
        assert_eq!(it.next(), Some(2));
        it.deliver("a", 3);
        it.said();
        ack(it, channel, 3);
        it.says(&[]);
        it.pass(2);
        it.says(&["> #1 basic.ack delivery_tag: 3"]);
    });
}

/// Where no delivery came for a while, no acknowledgement waits, be there ever so many to come.
#[test]
fn a_late_acknowledgement_does_not_wait() {
    patient(100, |it, channel| {
        (1..=3).for_each(|tag| it.deliver("a", tag));
        it.said();
        it.pass(1);
        ack(it, channel, 1);
        it.pass(1);
        it.says(&["> #1 basic.ack delivery_tag: 1"]);
        ack(it, channel, 2);
        it.pass(2);
        it.says(&["> #1 basic.ack delivery_tag: 2"]);
        assert_eq!(it.next(), None);
        ack(it, channel, 3);
        it.says(&["> #1 basic.ack delivery_tag: 3"]);
    });
    patient(100, |it, channel| {
        it.deliver("a", 1);
        it.said();
        it.pass(2);
        it.says(&[]);
        assert_eq!(it.next(), None);
        ack(it, channel, 1);
        it.says(&["> #1 basic.ack delivery_tag: 1"]);
    });
}

/// What cannot be settled any more does nothing, not even have others written.
#[test]
fn acknowledgements_do_not_go_with_what_is_refused() {
    patient(100, |it, channel| {
        (1..=2).for_each(|tag| it.deliver("a", tag));
        it.said();
        (1..=2).for_each(|tag| ack(it, channel, tag));
        let before = it.connection.buffered();
        for (tag, multiple, how) in
            [(1, false, Settle::Reject), (2, true, Settle::Ack), (2, true, Settle::Requeue)]
        {
            assert!(it.connection.settle(channel, tag, multiple, how).is_err());
            assert_eq!(it.connection.buffered(), before);
        }
        it.says(&[]);
        it.pass(2);
        it.says(&["> #1 basic.ack delivery_tag: 2, multiple: true"]);
    });
}

/// What is to be written and is not taken, as by a broker that reads nothing, is no reason to look at the time.
#[test]
fn acknowledgements_that_are_not_taken_keep_nobody_awake() {
    patient(100, |it, channel| {
        it.deliver("a", 1);
        ack(it, channel, 1);
        it.pass(2);
        assert_eq!(it.next(), None);
        let said = it.said();
        assert_eq!(said[0], "> #1 basic.ack delivery_tag: 1");
    });
}

/// None waits where the broker may run out of prefetch: at half of it.
#[test]
fn acknowledgements_do_not_stop_the_broker() {
    for (prefetch, waits) in [(0, true), (1, false), (5, false), (6, true), (100, true)] {
        patient(prefetch, |it, channel| {
            (1..=3).for_each(|tag| it.deliver("a", tag));
            it.said();
            ack(it, channel, 1);
            let now: &[&str] = if waits { &[] } else { &["> #1 basic.ack delivery_tag: 1"] };
            it.says(now);
        });
    }
    // It waited when there was room; with the next delivery the broker may have none left.
    patient(2, |it, channel| {
        it.deliver("a", 1);
        it.said();
        ack(it, channel, 1);
        it.says(&[]);
        it.deliver("a", 2);
        let said = it.said();
        assert_eq!(said[0], "> #1 basic.ack delivery_tag: 1");
    });
    // Where nobody said what the prefetch is, it may be any: RabbitMQ has one for those who do not ask. And what is
    // said after a consumer began is not its own.
    for said_late in [false, true] {
        channel_with(Config { ack_delay: Duration::from_millis(2), ..config() }, |it, channel| {
            it.consumer(channel, "a", false);
            if said_late {
                it.ask(channel, BasicQos { prefetch_count: 100, ..Default::default() }, 1);
                it.broker(1, BasicQosOk {});
            }
            it.deliver("a", 1);
            it.said();
            ack(it, channel, 1);
            it.says(&["> #1 basic.ack delivery_tag: 1"]);
            assert_eq!(it.next(), None);
        });
    }
    // Of several consumers of a channel, the one with the least counts.
    patient(2, |it, channel| {
        it.ask(channel, BasicQos { prefetch_count: 100, ..Default::default() }, 1);
        it.broker(1, BasicQosOk {});
        it.consumer(channel, "b", false);
        (1..=2).for_each(|tag| it.deliver("a", tag));
        it.said();
        ack(it, channel, 1);
        it.says(&["> #1 basic.ack delivery_tag: 1"]);
    });
}

/// Whatever else is written takes them along.
#[test]
fn acknowledgements_go_with_what_is_written() {
    patient(100, |it, channel| {
        it.deliver("a", 1);
        it.said();
        ack(it, channel, 1);
        it.publish(channel, 1);
        let said = it.said();
        assert!(said.contains(&"> #1 basic.ack delivery_tag: 1".to_owned()), "{said:?}");
    });
    patient(100, |it, channel| {
        it.deliver("a", 1);
        it.said();
        ack(it, channel, 1);
        it.connection.close(it.now);
        let said = it.said();
        assert_eq!(said[0], "> #1 basic.ack delivery_tag: 1");
        assert!(said[1].starts_with("> #0 connection.close "), "{said:?}");
    });
    patient(100, |it, channel| {
        it.deliver("a", 1);
        it.said();
        ack(it, channel, 1);
        it.connection.lost("reset");
        it.said();
        it.pass(2);
        it.says(&[]);
        assert_eq!(it.next(), None);
    });
}
