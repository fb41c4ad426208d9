//! Requests: pipelined, answered in order, too late, or wrongly.

use kinoko_amqp_client::{ErrorKind, Fields, Properties, codec::*};

use crate::dialogue::{channel, open};

fn declare_ok(queue: &str) -> QueueDeclareOk<'_> {
    QueueDeclareOk { queue: queue.into(), message_count: 2, consumer_count: 1 }
}

#[test]
fn pipelined_and_answered_in_order() {
    channel(|it, channel| {
        it.ask(channel, QueueDeclare { queue: "a".into(), ..Default::default() }, 1);
        it.ask(channel, QueueBind { queue: "a".into(), ..Default::default() }, 2);
        it.ask(channel, QueueDeclare::default(), 3);
        it.ask(channel, BasicQos { prefetch_count: 10, ..Default::default() }, 4);
        it.ask(channel, QueuePurge::default(), 5);
        it.ask(channel, QueueDelete::default(), 6);
        it.ask(channel, ExchangeUnbind::default(), 7);
        it.said();
        it.broker(1, declare_ok("a"));
        it.broker(1, QueueBindOk {});
        it.broker(1, declare_ok("amq.gen-1"));
        it.broker(1, BasicQosOk {});
        it.broker(1, QueuePurgeOk { message_count: 5 });
        it.broker(1, QueueDeleteOk { message_count: 6 });
        it.broker(1, ExchangeUnbindOk {});
        it.says(&[
            "1 queue a: 2, 1",
            "2 done",
            "3 queue amq.gen-1: 2, 1",
            "4 done",
            "5 messages: 5",
            "6 messages: 6",
            "7 done",
        ]);
    });
}

/// RabbitMQ has queues answer `consume` and `cancel`, and the channel the rest: one may overtake another.
#[test]
fn answers_of_different_kinds_overtake() {
    channel(|it, channel| {
        it.connection.consume(channel, &BasicConsume::default(), 1, it.now).unwrap();
        it.ask(channel, QueueDeclare::default(), 2);
        it.connection.get(channel, BasicGet::default(), 3, it.now).unwrap();
        it.said();
        it.broker(1, declare_ok("a"));
        it.broker(1, BasicGetEmpty::default());
        it.broker(1, BasicConsumeOk { consumer_tag: "k0".into() });
        it.says(&["2 queue a: 2, 1", "3 got nothing", "1 consumer 0"]);
    });
}

/// Whatever comes instead of the answer ends the connection, and nobody waits for ever.
#[test]
fn an_answer_of_the_wrong_kind() {
    let wrong: [Method<'_>; 5] = [
        QueueBindOk {}.into(),
        BasicQosOk {}.into(),
        BasicGetEmpty::default().into(),
        ChannelOpenOk::default().into(),
        QueueDeclare::default().into(),
    ];
    for answer in wrong {
        channel(|it, channel| {
            it.ask(channel, QueueDeclare::default(), 1);
            it.said();
            it.broker(1, answer);
            let said = it.said();
            assert!(said[0].starts_with("> #0 connection.close reply_code: 50"), "{said:?}");
            assert_eq!(
                said[1..],
                ["1 failed: Protocol", "closed #1: Protocol", "closed: Protocol"]
            );
        });
    }
}

/// `get-ok` is an answer too.
#[test]
fn get_ok_instead_of_another_answer() {
    channel(|it, channel| {
        it.ask(channel, QueueDeclare::default(), 1);
        it.said();
        let got = BasicGetOk { delivery_tag: 1, ..Default::default() };
        it.content(1, got, Properties::default(), b"");
        let said = it.said();
        assert_eq!(said[1..], ["1 failed: Protocol", "closed #1: Protocol", "closed: Protocol"]);
    });
}

/// Whatever is wrong with the answer, who asked hears of it.
#[test]
fn get_ok_with_a_tag_used_before() {
    channel(|it, channel| {
        it.consumer(channel, "a", false);
        it.deliver("a", 1);
        it.connection.get(channel, BasicGet::default(), 1, it.now).unwrap();
        it.said();
        let got = BasicGetOk { delivery_tag: 1, ..Default::default() };
        it.content(1, got, Properties::default(), b"");
        let said = it.said();
        assert!(said.contains(&"1 failed: Protocol".to_owned()), "{said:?}");
    });
}

#[test]
fn an_answer_nobody_asked_for() {
    let answers: [Method<'_>; 4] = [
        declare_ok("a").into(),
        BasicConsumeOk::default().into(),
        BasicGetEmpty::default().into(),
        ConfirmSelectOk {}.into(),
    ];
    for answer in answers {
        channel(|it, _| {
            it.broker(1, answer);
            assert_eq!(it.connection.closed().unwrap().kind(), ErrorKind::Protocol);
        });
    }
    open(|it| {
        it.broker(0, ConnectionUpdateSecretOk {});
        assert_eq!(it.connection.closed().unwrap().kind(), ErrorKind::Protocol);
    });
}

#[test]
fn answers_go_by_channel() {
    channel(|it, first| {
        let second = it.channel();
        it.ask(first, QueueDeclare::default(), 1);
        it.ask(second, QueuePurge::default(), 2);
        it.said();
        it.broker(2, QueuePurgeOk { message_count: 0 });
        it.broker(1, declare_ok("a"));
        it.says(&["2 messages: 0", "1 queue a: 2, 1"]);
    });
}

#[test]
fn got() {
    channel(|it, channel| {
        it.connection.get(channel, BasicGet::default(), 1, it.now).unwrap();
        it.connection.get(channel, BasicGet::default(), 2, it.now).unwrap();
        it.says(&["> #1 basic.get", "> #1 basic.get"]);
        let got = BasicGetOk { delivery_tag: 1, ..Default::default() };
        it.content(1, got, Properties::default(), b"one");
        it.broker(1, BasicGetEmpty::default());
        it.says(&["1 got 1: one", "2 got nothing"]);
    });
}

/// The first deadline is told; a late answer is still taken for what it answers.
#[test]
fn too_late() {
    channel(|it, channel| {
        it.ask(channel, QueueDeclare::default(), 1);
        it.now += std::time::Duration::from_secs(3);
        it.ask(channel, QueuePurge::default(), 2);
        it.said();
        assert_eq!(it.next(), Some(7_000));
        it.pass(7_000);
        it.says(&["1 failed: TimedOut"]);
        assert_eq!(it.next(), Some(3_000));
        it.broker(1, declare_ok("a"));
        it.broker(1, QueuePurgeOk { message_count: 1 });
        it.says(&["2 messages: 1"]);
        assert_eq!(it.next(), None);
    });
}

#[test]
fn a_late_channel_is_closed() {
    open(|it| {
        it.connection.open_channel(1, it.now).unwrap();
        it.pass(10_000);
        it.says(&["> #1 channel.open", "1 failed: TimedOut"]);
        it.broker(1, ChannelOpenOk::default());
        it.says(&["> #1 channel.close reply_code: 200, reply_text: \"closed\""]);
        it.broker(1, ChannelCloseOk {});
        it.says(&["closed #1: Closed"]);
    });
}

#[test]
fn a_late_consumer_is_cancelled() {
    channel(|it, channel| {
        it.connection.consume(channel, &BasicConsume::default(), 1, it.now).unwrap();
        it.pass(10_000);
        it.says(&["> #1 basic.consume consumer_tag: \"k0\"", "1 failed: TimedOut"]);
        it.broker(1, BasicConsumeOk { consumer_tag: "k0".into() });
        it.says(&["> #1 basic.cancel consumer_tag: \"k0\""]);
        it.deliver("k0", 1);
        it.says(&["> #1 basic.reject delivery_tag: 1, requeue: true"]);
        it.broker(1, BasicCancelOk { consumer_tag: "k0".into() });
        it.says(&["consumer 0 ended"]);
    });
}

#[test]
fn a_late_message_is_given_back() {
    for (no_ack, sent) in [(false, "> #1 basic.reject delivery_tag: 1, requeue: true"), (true, "")]
    {
        channel(|it, channel| {
            let get = BasicGet { no_ack, ..BasicGet::default() };
            it.connection.get(channel, get, 1, it.now).unwrap();
            it.pass(10_000);
            it.said();
            let got = BasicGetOk { delivery_tag: 1, ..Default::default() };
            it.content(1, got, Properties::default(), b"one");
            assert_eq!(it.said().join(""), sent);
        });
    }
}

/// A name has room for 255 bytes, and a frame for what was agreed. What cannot be sent leaves nothing.
#[test]
fn what_cannot_be_sent() {
    channel(|it, channel| {
        let long = "q".repeat(256);
        let fields = Fields::new().with("x", &*"v".repeat(5000));
        let arguments = fields.as_table();
        for declare in [
            QueueDeclare { queue: (&long).into(), ..Default::default() },
            QueueDeclare { arguments, ..Default::default() },
        ] {
            let asked = it.connection.request(channel, &declare.into(), 1, it.now);
            let (error, token) = asked.unwrap_err();
            assert_eq!((error.kind(), token), (ErrorKind::Invalid, 1));
        }
        it.says(&[]);
        it.ask(channel, QueueDeclare { queue: long[..255].into(), ..Default::default() }, 2);
        it.said();
        it.broker(1, declare_ok("a"));
        it.says(&["2 queue a: 2, 1"]);
    });
}

#[test]
fn update_secret() {
    open(|it| {
        it.connection.update_secret("new", "renewed", 1, it.now).unwrap();
        it.connection.update_secret("newer", "renewed", 2, it.now).unwrap();
        let said = it.said();
        assert!(said[0].contains("(secret)") && !said[0].contains("new\""), "{said:?}");
        it.broker(0, ConnectionUpdateSecretOk {});
        it.says(&["1 done"]);
        it.pass(10_000);
        it.says(&["2 failed: TimedOut"]);
        it.broker(0, ConnectionUpdateSecretOk {});
        it.says(&[]);
    });
}

#[test]
fn on_a_channel_that_is_gone() {
    channel(|it, channel| {
        it.broker(1, ChannelClose { reply_code: 404, ..ChannelClose::default() });
        it.said();
        let asked = it.connection.request(channel, &QueueDeclare::default().into(), 1, it.now);
        // Why it is gone is what helps.
        assert_eq!(asked.unwrap_err().0.kind(), ErrorKind::NotFound);
        assert!(it.connection.get(channel, BasicGet::default(), 2, it.now).is_err());
        assert!(it.connection.consume(channel, &BasicConsume::default(), 3, it.now).is_err());
        it.says(&[]);
    });
}

/// What would not be answered, or has a function of its own, would go around the account that is kept.
#[test]
fn not_every_method_is_a_request() {
    channel(|it, channel| {
        for method in [
            BasicAck::default().into(),
            BasicConsume::default().into(),
            BasicPublish::default().into(),
            ConfirmSelect::default().into(),
            ChannelClose::default().into(),
            ConnectionClose::default().into(),
            QueueDeclare { no_wait: true, ..QueueDeclare::default() }.into(),
        ] {
            let (error, token) =
                it.connection.request(channel, &method, 7, it.now).expect_err(method.name());
            assert_eq!((error.kind(), token), (ErrorKind::Invalid, 7), "{}", method.name());
        }
        it.says(&[]);
    });
}
