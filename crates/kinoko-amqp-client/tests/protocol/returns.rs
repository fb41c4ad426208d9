//! `basic.return`: which publish came back.

use bytes::Bytes;
use kinoko_amqp_client::{
    Config, Fields, Limits, Properties, Publish, codec::*, protocol::ChannelId,
};

use crate::dialogue::{Dialogue, channel, config, open_with};

/// A message by what tells it from others: exchange, routing key, message id, correlation id, body.
type Letter = (&'static str, &'static str, &'static str, &'static str, &'static str);

fn properties(letter: Letter) -> Properties<'static> {
    let id = |it: &'static str| (!it.is_empty()).then_some(it.into());
    Properties { message_id: id(letter.2), correlation_id: id(letter.3), ..Properties::default() }
}

fn publish(it: &mut Dialogue, channel: ChannelId, letter: Letter, token: Option<u32>) {
    let publish = Publish {
        exchange: letter.0.into(),
        routing_key: letter.1.into(),
        mandatory: true,
        properties: properties(letter),
        body: Bytes::from_static(letter.4.as_bytes()),
    };
    it.send(channel, &publish, token).unwrap();
}

fn comes_back(it: &mut Dialogue, reply_code: u16, letter: Letter) {
    let (exchange, routing_key) = (letter.0.into(), letter.1.into());
    let reply_text = "NO_ROUTE".into();
    let back = BasicReturn { reply_code, reply_text, exchange, routing_key };
    it.content(1, back, properties(letter), letter.4.as_bytes());
}

fn ack(it: &mut Dialogue, delivery_tag: u64, multiple: bool) {
    it.broker(1, BasicAck { delivery_tag, multiple });
}

/// Two messages that differ in one respect; the second comes back.
#[test]
fn told_apart_by() {
    let first: Letter = ("x", "key", "m", "c", "body");
    for second in [
        ("y", "key", "m", "c", "body"),
        ("x", "other", "m", "c", "body"),
        ("x", "key", "n", "c", "body"),
        ("x", "key", "m", "d", "body"),
        ("x", "key", "m", "", "body"),
        ("x", "key", "m", "c", "longer body"),
        ("xkey", "", "m", "c", "body"),
    ] {
        check(first, second);
    }
    check(("", "key", "", "", "body"), ("", "key", "", "", "ydob"));
    check(("", "key", "", "c", "body"), ("", "key", "", "d", "body"));
}

fn check(first: Letter, second: Letter) {
    channel(|it, channel| {
        publish(it, channel, first, Some(1));
        publish(it, channel, second, Some(2));
        it.said();
        comes_back(it, 312, second);
        it.says(&[]);
        ack(it, 2, true);
        it.says(&["publish 1 confirmed", "publish 2 returned: NotFound"]);
    });
}

#[test]
fn two_that_are_alike() {
    let letter = ("", "nowhere", "", "", "same");
    channel(|it, channel| {
        (1..=3).for_each(|token| publish(it, channel, letter, Some(token)));
        it.said();
        comes_back(it, 312, letter);
        comes_back(it, 312, letter);
        ack(it, 3, true);
        it.says(&[
            "publish 1 returned: NotFound",
            "publish 2 returned: NotFound",
            "publish 3 confirmed",
        ]);
    });
}

/// What is confirmed is not what comes back, though it is kept until those before it are.
#[test]
fn alike_and_one_is_confirmed() {
    let (other, letter) = (("", "other", "", "", "o"), ("", "nowhere", "", "", "same"));
    channel(|it, channel| {
        publish(it, channel, other, Some(1));
        publish(it, channel, letter, Some(2));
        publish(it, channel, letter, Some(3));
        ack(it, 2, false);
        it.said();
        comes_back(it, 312, letter);
        ack(it, 3, true);
        it.says(&["publish 1 confirmed", "publish 3 returned: NotFound"]);
    });
}

/// Each comes back once, in whatever order.
#[test]
fn alike_and_another_between() {
    let (other, letter) = (("", "other", "", "", "o"), ("", "nowhere", "", "", "same"));
    channel(|it, channel| {
        publish(it, channel, letter, Some(1));
        publish(it, channel, letter, Some(2));
        publish(it, channel, other, Some(3));
        it.said();
        [letter, other, letter].into_iter().for_each(|letter| comes_back(it, 312, letter));
        ack(it, 3, true);
        it.says(&[
            "publish 1 returned: NotFound",
            "publish 2 returned: NotFound",
            "publish 3 returned: NotFound",
        ]);
    });
}

/// A broker acknowledges what it returned; so what it refused is not what came back.
#[test]
fn alike_and_one_is_nacked() {
    let letter = ("", "somewhere", "", "", "same");
    channel(|it, channel| {
        publish(it, channel, letter, Some(1));
        publish(it, channel, letter, Some(2));
        it.said();
        comes_back(it, 312, letter);
        it.broker(1, BasicNack { delivery_tag: 1, ..BasicNack::default() });
        ack(it, 2, false);
        it.says(&["publish 1 nacked", "publish 2 returned: NotFound"]);
    });
}

#[test]
fn what_nobody_asked_about_is_an_event() {
    let letter = ("", "nowhere", "", "", "body");
    channel(|it, channel| {
        // Without confirm mode.
        publish(it, channel, letter, None);
        it.said();
        comes_back(it, 312, letter);
        it.says(&["came back on #1: body"]);
        // With it, and nobody waits.
        publish(it, channel, ("", "nowhere", "", "", "asked"), Some(1));
        publish(it, channel, letter, None);
        it.said();
        comes_back(it, 312, letter);
        it.says(&["came back on #1: body"]);
        // What was never sent.
        comes_back(it, 312, ("", "nowhere", "", "", "never"));
        it.says(&["came back on #1: never"]);
        ack(it, 0, true);
        it.says(&["publish 1 confirmed"]);
    });
}

/// What comes back before `select-ok` was sent before there were numbers.
#[test]
fn back_before_select_ok() {
    let letter = ("", "nowhere", "", "", "body");
    channel(|it, channel| {
        let body = Bytes::from_static(b"body");
        let routing_key = "nowhere".into();
        let publish = Publish { mandatory: true, routing_key, body, ..Publish::default() };
        it.connection.publish(channel, &publish, None, || it.now).unwrap();
        it.connection.publish(channel, &publish, Some(1), || it.now).unwrap();
        it.said();
        comes_back(it, 312, letter);
        it.says(&["came back on #1: body"]);
        it.broker(1, ConfirmSelectOk {});
        comes_back(it, 312, letter);
        ack(it, 1, false);
        it.says(&["publish 1 returned: NotFound"]);
    });
}

#[test]
fn what_is_resolved_does_not_come_back() {
    let letter = ("", "nowhere", "", "", "body");
    channel(|it, channel| {
        publish(it, channel, letter, Some(1));
        ack(it, 1, false);
        it.said();
        comes_back(it, 312, letter);
        it.says(&["came back on #1: body"]);
    });
}

#[test]
fn what_is_not_mandatory_does_not_come_back() {
    channel(|it, channel| {
        let publish = Publish { body: Bytes::from_static(b"body"), ..Publish::default() };
        it.send(channel, &publish, Some(1)).unwrap();
        it.said();
        comes_back(it, 312, ("", "", "", "", "body"));
        ack(it, 1, false);
        it.says(&["came back on #1: body", "publish 1 confirmed"]);
    });
}

/// What came back did come back, whatever happens then.
#[test]
fn returned_and_then_lost() {
    for connection in [false, true] {
        let letter = ("", "nowhere", "m", "", "body");
        channel(|it, channel| {
            publish(it, channel, letter, Some(1));
            publish(it, channel, ("", "nowhere", "n", "", "body"), Some(2));
            it.said();
            comes_back(it, 312, letter);
            if connection {
                it.connection.lost("reset");
            } else {
                it.broker(1, ChannelClose { reply_code: 320, ..ChannelClose::default() });
            }
            let said = it.said();
            assert!(said.contains(&"publish 1 returned: NotFound".to_owned()), "{said:?}");
            let second = said.iter().find(|it| it.starts_with("publish 2 unknown"));
            assert!(second.is_some(), "{said:?}");
        });
    }
}

/// The code of a return is told with the outcome.
#[test]
fn codes() {
    for (code, line) in [(311, "TooLarge"), (312, "NotFound"), (313, "NotFound"), (999, "Broker")] {
        let letter = ("", "nowhere", "m", "", "body");
        channel(|it, channel| {
            publish(it, channel, letter, Some(1));
            it.said();
            comes_back(it, code, letter);
            ack(it, 1, false);
            it.says(&[&format!("publish 1 returned: {line}")]);
        });
    }
}

/// What was sent comes back, however little is received of others.
#[test]
fn larger_than_what_is_received() {
    let letter = ("", "nowhere", "", "", "a long body");
    let limits = Limits { receive: 3, ..Limits::default() };
    open_with(Config { limits, ..config() }, |it| {
        let channel = it.channel();
        publish(it, channel, letter, Some(1));
        it.said();
        comes_back(it, 312, letter);
        ack(it, 1, false);
        let said = it.said();
        assert!(said.contains(&"publish 1 returned: NotFound".to_owned()), "{said:?}");
    });
}

/// Headers too long to be kept: the ids and the body tell which it was.
#[test]
fn with_long_headers() {
    let headers = Fields::new().with("long", &*"x".repeat(3000));
    let sent =
        |letter: Letter| Properties { headers: Some(headers.as_table()), ..properties(letter) };
    let first: Letter = ("x", "key", "", "c", "body");
    for second in [("x", "key", "", "d", "body"), ("x", "key", "", "c", "ydob")] {
        channel(|it, channel| {
            for (letter, token) in [(first, 1), (second, 2)] {
                let publish = Publish {
                    exchange: letter.0.into(),
                    routing_key: letter.1.into(),
                    mandatory: true,
                    properties: sent(letter),
                    body: Bytes::from_static(letter.4.as_bytes()),
                };
                it.send(channel, &publish, Some(token)).unwrap();
            }
            it.said();
            let (exchange, routing_key) = (second.0.into(), second.1.into());
            let back = BasicReturn { reply_code: 312, exchange, routing_key, ..Default::default() };
            it.content(1, back, sent(second), second.4.as_bytes());
            ack(it, 2, true);
            it.says(&["publish 1 confirmed", "publish 2 returned: NotFound"]);
        });
    }
}

/// What is kept of messages goes with them, and of the others stays right, however many pass.
#[test]
fn in_a_long_row() {
    const WINDOW: u32 = 10;
    channel(|it, channel| {
        let letter = |number: u32| Publish {
            routing_key: "key".into(),
            mandatory: true,
            body: number.to_string().repeat(number as usize % 7 + 1).into(),
            ..Publish::default()
        };
        for number in 1..=500 + WINDOW {
            if number <= 500 {
                it.send(channel, &letter(number), Some(number)).unwrap();
            }
            let Some(oldest) = number.checked_sub(WINDOW).filter(|it| *it > 0) else { continue };
            it.said();
            let returned = oldest % 3 == 0;
            if returned {
                let Publish { routing_key, body, .. } = letter(oldest);
                let back = BasicReturn { reply_code: 312, routing_key, ..BasicReturn::default() };
                it.content(1, back, Properties::default(), &body);
            }
            ack(it, oldest.into(), false);
            let outcome = if returned { "returned: NotFound" } else { "confirmed" };
            it.says(&[&format!("publish {oldest} {outcome}")]);
        }
    });
}
