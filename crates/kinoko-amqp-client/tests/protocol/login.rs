//! `connection.start`, `start-ok`, `secure`, `open-ok`, and a broker that does not let in.

use std::time::Instant;

use kinoko_amqp_client::{
    Config, ErrorKind, Fields, Login, Scope, Value, codec::*, protocol::Connection,
};

use crate::dialogue::{config, fresh, start, tune};

#[test]
fn protocol_header_and_whole_login() {
    fresh(config(), |it| {
        it.says(&["> AMQP0091"]);
        it.broker(0, start(b"PLAIN AMQPLAIN"));
        let said = it.said();
        let [start_ok] = &*said else { panic!("{said:?}") };
        assert!(start_ok.starts_with("> #0 connection.start-ok"), "{start_ok}");
        it.broker(0, tune(0));
        it.says(&[
            "> #0 connection.tune-ok channel_max: 3, frame_max: 4096",
            "> #0 connection.open virtual_host: \"/\"",
        ]);
        it.broker(0, ConnectionOpenOk::default());
        it.says(&["opened"]);
        assert_eq!(it.next(), None);
    });
}

#[test]
fn another_version_is_told() {
    fresh(config(), |it| {
        it.said();
        it.raw(b"AMQP\0\x01\0\0");
        it.says(&["closed: Protocol"]);
        let text = it.connection.closed().unwrap().to_string();
        assert!(text.contains("0-1-0-0"), "{text}");
    });
    fresh(config(), |it| {
        it.broker(0, ConnectionStart { version_major: 1, ..start(b"PLAIN") });
        assert_eq!(it.connection.closed().unwrap().kind(), ErrorKind::Protocol);
    });
}

/// What is sent for each way to log in.
#[test]
fn mechanisms() {
    let guest = || ("guest".to_owned(), "secret".to_owned());
    let ((user, password), (user_, password_)) = (guest(), guest());
    let amqplain = Fields::new().with("LOGIN", "guest").with("PASSWORD", "secret");
    for (login, mechanism, response) in [
        (Login::Plain { user, password }, "PLAIN", &b"\0guest\0secret"[..]),
        (
            Login::AmqPlain { user: user_, password: password_ },
            "AMQPLAIN",
            amqplain.as_table().as_bytes(),
        ),
        (Login::External, "EXTERNAL", b""),
    ] {
        fresh(Config { login, ..config() }, |it| {
            it.sent();
            it.broker(0, start(b"EXTERNAL PLAIN AMQPLAIN"));
            let bytes = it.sent();
            let frame = Frame::first(&bytes, 4096).unwrap().unwrap();
            let Ok(Method::ConnectionStartOk(start_ok)) = Method::read(frame.payload) else {
                panic!("{frame}");
            };
            assert_eq!(
                (start_ok.mechanism.to_str(), start_ok.response.0),
                (Some(mechanism), response)
            );
            assert_eq!(start_ok.locale, "en_US");
            assert!(!frame.to_string().contains("secret\""), "{frame}");
            let Some(Value::Table(can)) = start_ok.client_properties.get("capabilities") else {
                panic!("{frame}");
            };
            for name in ["basic.nack", "connection.blocked", "consumer_cancel_notify"] {
                assert_eq!(can.get(name), Some(true.into()), "{name}");
            }
        });
    }
}

#[test]
fn a_mechanism_that_is_not_offered() {
    for offered in ["AMQPLAIN", "XPLAIN PLAINX", ""] {
        fresh(config(), |it| {
            it.broker(0, start(offered.as_bytes()));
            let error = it.connection.closed().unwrap();
            assert_eq!((error.kind(), error.scope()), (ErrorKind::Refused, Scope::Connection));
            assert!(error.to_string().contains("PLAIN"));
            let said = it.said().join("\n");
            assert!(!said.contains("start-ok"), "{said}");
        });
    }
}

#[test]
fn secure_is_not_known() {
    fresh(config(), |it| {
        it.broker(0, start(b"PLAIN"));
        it.said();
        it.broker(0, ConnectionSecure { challenge: Long(b"more") });
        assert_eq!(it.connection.closed().unwrap().kind(), ErrorKind::NotImplemented);
        let said = it.said();
        assert!(said.last().is_some_and(|it| it == "closed: NotImplemented"), "{said:?}");
    });
}

/// RabbitMQ says with a close why it does not let in.
#[test]
fn close_during_the_login() {
    for (code, name) in [(403, "ACCESS_REFUSED"), (530, "NOT_ALLOWED")] {
        for steps in 0..3 {
            fresh(config(), |it| {
                for step in 0..steps {
                    match step {
                        0 => it.broker(0, start(b"PLAIN")),
                        _ => it.broker(0, tune(0)),
                    }
                }
                it.said();
                let close = ConnectionClose {
                    reply_code: code,
                    reply_text: "not you".into(),
                    ..Default::default()
                };
                it.broker(0, close);
                it.says(&["> #0 connection.close-ok", "closed: Refused"]);
                let error = it.connection.closed().unwrap();
                assert_eq!(error.code().unwrap().name, name);
                assert_eq!((error.text(), error.scope()), ("not you", Scope::Connection));
            });
        }
    }
}

#[test]
fn methods_out_of_order() {
    for steps in 0..3 {
        fresh(config(), |it| {
            for step in 0..steps {
                match step {
                    0 => it.broker(0, start(b"PLAIN")),
                    _ => it.broker(0, tune(0)),
                }
            }
            it.broker(0, ConnectionUnblocked {});
            assert_eq!(it.connection.closed().unwrap().kind(), ErrorKind::Protocol, "{steps}");
        });
    }
    fresh(config(), |it| {
        it.broker(1, ChannelOpenOk::default());
        assert_eq!(it.connection.closed().unwrap().kind(), ErrorKind::Protocol);
    });
}

#[test]
fn it_may_not_take_for_ever() {
    fresh(config(), |it| {
        it.broker(0, start(b"PLAIN"));
        it.said();
        assert_eq!(it.next(), Some(10_000));
        it.pass(9_999);
        it.says(&[]);
        it.pass(1);
        it.says(&["closed: TimedOut"]);
    });
}

#[test]
fn nothing_is_taken_before_it_is_open() {
    fresh(config(), |it| {
        let (error, token) = it.connection.open_channel(5, it.now).unwrap_err();
        assert_eq!((error.kind(), token), (ErrorKind::Invalid, 5));
        it.connection.close(it.now);
        it.says(&["> AMQP0091", "closed: Closed"]);
    });
}

/// They are refused before anything is sent.
#[test]
fn settings_that_cannot_be_sent() {
    let name = "n".repeat(256);
    for config in [
        Config { virtual_host: name.clone(), ..config() },
        Config { client_properties: Fields::new().with(&name, 1), ..config() },
        Config { frame_max: 1000, ..config() },
        // A login goes into one of the first frames, which are 8 KiB at most.
        Config { login: password(9000), ..config() },
    ] {
        let made = Connection::<u32, u32>::new(config, Instant::now());
        assert_eq!(made.err().map(|it| it.kind()), Some(ErrorKind::Invalid));
    }
}

fn password(size: usize) -> Login {
    Login::Plain { user: "svc".into(), password: "p".repeat(size) }
}

/// A long login may be what an older broker hangs up for.
#[test]
fn a_login_that_is_long() {
    for (size, expected) in [(5000, "a RabbitMQ before 4.0 takes 4096"), (10, "most likely")] {
        fresh(Config { login: password(size), frame_max: 0, ..config() }, |it| {
            it.broker(0, start(b"PLAIN"));
            assert!(it.said()[1].starts_with("> #0 connection.start-ok"));
            it.connection.lost("the broker closed the connection");
            let error = it.connection.closed().unwrap();
            assert!(error.text().contains(expected), "{error}");
        });
    }
}
