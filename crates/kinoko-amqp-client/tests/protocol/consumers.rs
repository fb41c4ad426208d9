//! Consumers: begun, cancelled by either side, and what still arrives for them.

use kinoko_amqp_client::{ErrorKind, codec::*, protocol::ConsumerId};

use crate::dialogue::channel;

fn consume(consumer_tag: &str) -> BasicConsume<'_> {
    BasicConsume { queue: "q".into(), consumer_tag: consumer_tag.into(), ..Default::default() }
}

#[test]
fn consume_and_cancel() {
    channel(|it, channel| {
        let consumer = it.connection.consume(channel, &consume(""), 1, it.now).unwrap();
        it.says(&["> #1 basic.consume queue: \"q\", consumer_tag: \"k0\""]);
        it.broker(1, BasicConsumeOk { consumer_tag: "k0".into() });
        it.deliver("k0", 1);
        it.says(&["1 consumer 0", "delivered 1 to 0: 1"]);
        it.connection.cancel(channel, consumer, Some(2), it.now);
        it.says(&["> #1 basic.cancel consumer_tag: \"k0\""]);
        it.broker(1, BasicCancelOk { consumer_tag: "k0".into() });
        it.says(&["consumer 0 ended", "2 done"]);
        it.connection.cancel(channel, consumer, Some(3), it.now);
        it.says(&["3 done"]);
    });
}

/// An own tag is kept; each is used once on a channel.
#[test]
fn tags() {
    channel(|it, channel| {
        it.consumer(channel, "mine", false);
        let again = it.connection.consume(channel, &consume("mine"), 1, it.now);
        assert_eq!(again.unwrap_err().0.kind(), ErrorKind::Invalid);
        it.says(&[]);
        let second = it.channel();
        it.connection.consume(second, &consume("mine"), 2, it.now).unwrap();
    });
}

/// A tag that is made up is not one of the caller's.
#[test]
fn a_made_up_tag_that_is_taken() {
    channel(|it, channel| {
        it.consumer(channel, "k1", false);
        let made_up = it.connection.consume(channel, &consume(""), 1, it.now);
        assert!(made_up.is_ok(), "{made_up:?}");
    });
}

/// What was on its way when the cancel was sent goes back at once; what needs no ack is given out, for the
/// broker has it no more.
#[test]
fn deliveries_after_the_cancel() {
    for no_ack in [false, true] {
        channel(|it, channel| {
            let consumer = it.consumer(channel, "a", no_ack);
            it.connection.cancel(channel, consumer, Some(1), it.now);
            it.said();
            it.deliver("a", 1);
            if no_ack {
                it.says(&["delivered 1 to 0: 1"]);
            } else {
                it.says(&["> #1 basic.reject delivery_tag: 1, requeue: true"]);
            }
            it.broker(1, BasicCancelOk { consumer_tag: "a".into() });
            it.says(&["consumer 0 ended", "1 done"]);
        });
    }
}

#[test]
fn cancelled_by_the_broker() {
    for no_wait in [true, false] {
        channel(|it, channel| {
            let consumer = it.consumer(channel, "a", false);
            it.broker(1, BasicCancel { consumer_tag: "a".into(), no_wait });
            if no_wait {
                it.says(&["consumer 0 ended: NotFound"]);
            } else {
                it.says(&[
                    "> #1 basic.cancel-ok consumer_tag: \"a\"",
                    "consumer 0 ended: NotFound",
                ]);
            }
            it.connection.cancel(channel, consumer, Some(1), it.now);
            it.says(&["1 done"]);
            // The tag is free again.
            it.consumer(channel, "a", false);
        });
    }
}

/// Also before it has said that the consumer is there.
#[test]
fn cancelled_before_it_began() {
    channel(|it, channel| {
        it.connection.consume(channel, &consume("a"), 1, it.now).unwrap();
        it.said();
        it.broker(1, BasicCancel { consumer_tag: "a".into(), no_wait: true });
        it.broker(1, BasicConsumeOk { consumer_tag: "a".into() });
        it.says(&["consumer 0 ended: NotFound", "1 failed: NotFound"]);
    });
}

#[test]
fn both_cancel_at_once() {
    channel(|it, channel| {
        let consumer = it.consumer(channel, "a", false);
        it.connection.cancel(channel, consumer, Some(1), it.now);
        it.broker(1, BasicCancel { consumer_tag: "a".into(), no_wait: true });
        it.broker(1, BasicCancelOk { consumer_tag: "a".into() });
        it.says(&["> #1 basic.cancel consumer_tag: \"a\"", "consumer 0 ended", "1 done"]);
    });
}

/// RabbitMQ has queues answer these, so one may overtake the other; the tag tells which it was.
#[test]
fn a_cancel_ok_is_for_its_own_tag() {
    for by_broker_too in [false, true] {
        channel(|it, channel| {
            let (a, b) = (it.consumer(channel, "a", false), it.consumer(channel, "b", false));
            it.connection.cancel(channel, b, Some(2), it.now);
            it.connection.cancel(channel, a, Some(1), it.now);
            if by_broker_too {
                it.broker(1, BasicCancel { consumer_tag: "a".into(), no_wait: true });
            }
            it.sent();
            it.broker(1, BasicCancelOk { consumer_tag: "a".into() });
            it.says(&["consumer 0 ended", "1 done"]);
            it.deliver("b", 1);
            it.says(&["> #1 basic.reject delivery_tag: 1, requeue: true"]);
            it.broker(1, BasicCancelOk { consumer_tag: "b".into() });
            it.says(&["consumer 1 ended", "2 done"]);
        });
    }
}

#[test]
fn a_tag_used_again_while_its_cancel_is_pending() {
    channel(|it, channel| {
        let consumer = it.consumer(channel, "a", false);
        it.connection.cancel(channel, consumer, Some(1), it.now);
        it.broker(1, BasicCancel { consumer_tag: "a".into(), no_wait: true });
        it.connection.consume(channel, &consume("a"), 2, it.now).unwrap();
        it.said();
        it.broker(1, BasicCancelOk { consumer_tag: "a".into() });
        it.broker(1, BasicConsumeOk { consumer_tag: "a".into() });
        it.deliver("a", 1);
        it.says(&["1 done", "2 consumer 1", "delivered 1 to 1: 1"]);
    });
}

/// That it is gone is what was asked for.
#[test]
fn the_channel_goes_while_it_is_cancelled() {
    channel(|it, channel| {
        let consumer = it.consumer(channel, "a", false);
        it.connection.cancel(channel, consumer, Some(1), it.now);
        it.said();
        it.broker(1, ChannelClose { reply_code: 404, ..ChannelClose::default() });
        it.says(&[
            "> #1 channel.close-ok",
            "consumer 0 ended: NotFound",
            "1 done",
            "closed #1: NotFound",
        ]);
    });
}

#[test]
fn a_cancel_of_an_unknown_consumer() {
    channel(|it, _| {
        it.broker(1, BasicCancel { consumer_tag: "b".into(), no_wait: true });
        it.says(&[]);
        assert!(it.connection.closed().is_none());
    });
}

#[test]
fn a_delivery_to_an_unknown_consumer() {
    channel(|it, channel| {
        it.consumer(channel, "a", false);
        it.deliver("b", 1);
        let error = it.connection.closed().unwrap();
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert!(error.text().contains('b'), "{error}");
    });
}

#[test]
fn a_cancel_during_the_delivery() {
    channel(|it, channel| {
        let consumer = it.consumer(channel, "a", false);
        let mut bytes = Vec::new();
        let deliver =
            BasicDeliver { consumer_tag: "a".into(), delivery_tag: 1, ..Default::default() };
        write_method(&mut bytes, 1, &deliver.into(), 4096).unwrap();
        it.raw(&bytes);
        it.connection.cancel(channel, consumer, None, it.now);
        let mut bytes = Vec::new();
        write_header(&mut bytes, 1, &Default::default(), 0, 4096).unwrap();
        it.raw(&bytes);
        it.says(&[
            "> #1 basic.cancel consumer_tag: \"a\"",
            "> #1 basic.reject delivery_tag: 1, requeue: true",
        ]);
    });
}

#[test]
fn redelivered() {
    channel(|it, channel| {
        it.consumer(channel, "a", false);
        let deliver = BasicDeliver {
            consumer_tag: "a".into(),
            delivery_tag: 1,
            redelivered: true,
            exchange: "x".into(),
            routing_key: "key".into(),
        };
        it.content(1, deliver, Default::default(), b"body");
        it.says(&["delivered 1 to 0 again: body"]);
    });
}

#[test]
fn a_delivery_tag_used_again() {
    channel(|it, channel| {
        it.consumer(channel, "a", false);
        it.deliver("a", 1);
        it.deliver("a", 1);
        assert_eq!(it.connection.closed().unwrap().kind(), ErrorKind::Protocol);
    });
}

/// Ids are not used again, tags of other channels do not matter.
#[test]
fn consumers_of_two_channels() {
    channel(|it, first| {
        let second = it.channel();
        assert_eq!(it.consumer(first, "a", false), ConsumerId(0));
        assert_eq!(it.consumer(second, "a", false), ConsumerId(1));
        it.deliver("a", 1);
        it.says(&["delivered 1 to 0: 1"]);
        // A consumer is cancelled on its own channel only.
        it.connection.cancel(first, ConsumerId(1), Some(5), it.now);
        it.says(&["5 done"]);
    });
}
