//! Every reply code, when a channel or the connection is closed with it.

use kinoko_amqp_client::{ErrorKind, ReplyCode, Retry, Scope, codec::*};

use crate::dialogue::{channel, open};

#[test]
fn of_a_channel() {
    for code in ReplyCode::all() {
        channel(|it, channel| {
            it.ask(channel, QueueDeclare::default(), 1);
            it.said();
            let close = ChannelClose {
                reply_code: code.code,
                reply_text: "the reason".into(),
                class_id: 50,
                method_id: 10,
            };
            it.broker(1, close);
            it.says(&[
                "> #1 channel.close-ok",
                &format!("1 failed: {:?}", code.kind),
                &format!("closed #1: {:?}", code.kind),
            ]);
            assert!(it.connection.closed().is_none());
        });
    }
}

#[test]
fn of_the_connection() {
    for code in ReplyCode::all() {
        open(|it| {
            let close = ConnectionClose {
                reply_code: code.code,
                reply_text: "the reason".into(),
                ..ConnectionClose::default()
            };
            it.broker(0, close);
            it.says(&["> #0 connection.close-ok", &format!("closed: {:?}", code.kind)]);
            let error = it.connection.closed().unwrap();
            assert_eq!(error.code(), Some(code));
            // Whatever the code ends by itself: here it was the connection.
            assert_eq!((error.scope(), error.text()), (Scope::Connection, "the reason"));
            assert_eq!((error.retry(), error.blame()), (code.retry, code.blame));
        });
    }
}

/// What the codes mean, as the specification and RabbitMQ have them.
#[test]
fn what_they_mean() {
    for (code, kind, scope, retry) in [
        (311, ErrorKind::TooLarge, Scope::Channel, Retry::AfterChange),
        (312, ErrorKind::NotFound, Scope::Request, Retry::AfterChange),
        (320, ErrorKind::Forced, Scope::Connection, Retry::Soon),
        (402, ErrorKind::Refused, Scope::Connection, Retry::AfterChange),
        (403, ErrorKind::Refused, Scope::Channel, Retry::AfterChange),
        (404, ErrorKind::NotFound, Scope::Channel, Retry::AfterChange),
        (405, ErrorKind::Locked, Scope::Channel, Retry::Soon),
        (406, ErrorKind::Precondition, Scope::Channel, Retry::AfterChange),
        (501, ErrorKind::Protocol, Scope::Connection, Retry::AfterChange),
        (506, ErrorKind::Exhausted, Scope::Connection, Retry::Soon),
        (530, ErrorKind::Refused, Scope::Connection, Retry::AfterChange),
        (540, ErrorKind::NotImplemented, Scope::Connection, Retry::AfterChange),
        (541, ErrorKind::Broker, Scope::Connection, Retry::Soon),
    ] {
        let found = ReplyCode::of(code).unwrap();
        assert_eq!((found.kind, found.scope, found.retry), (kind, scope, retry), "{code}");
    }
}

#[test]
fn a_code_nobody_knows() {
    for text in ["", "why"] {
        open(|it| {
            let (reply_code, reply_text) = (999, text.into());
            it.broker(0, ConnectionClose { reply_code, reply_text, ..Default::default() });
            let error = it.connection.closed().unwrap();
            assert_eq!((error.kind(), error.code()), (ErrorKind::Broker, None));
            let expected = if text.is_empty() { "reply code 999" } else { "why (reply code 999)" };
            assert_eq!(error.text(), expected);
        });
    }
}

/// A text that is no text is shown as far as it is one.
#[test]
fn a_reply_text_that_is_no_text() {
    open(|it| {
        let reply_text = Text::from(&b"x\xe9"[..]);
        it.broker(0, ConnectionClose { reply_code: 541, reply_text, ..Default::default() });
        assert_eq!(it.connection.closed().unwrap().text(), "x\u{fffd}");
    });
}
