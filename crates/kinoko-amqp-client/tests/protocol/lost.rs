//! The socket is lost: what that most likely means depends on when.

use kinoko_amqp_client::{ErrorKind, Retry, Scope, codec::ConnectionOpenOk};

use crate::dialogue::{config, fresh, start, tune};

#[test]
fn in_each_step() {
    let texts = [
        "reset, before the broker said anything",
        "reset, most likely for a wrong name or password",
        "reset, when the virtual host was to be opened",
        "reset",
    ];
    for (step, text) in texts.into_iter().enumerate() {
        fresh(config(), |it| {
            if step > 0 {
                it.broker(0, start(b"PLAIN"));
            }
            if step > 1 {
                it.broker(0, tune(0));
            }
            if step > 2 {
                it.broker(0, ConnectionOpenOk::default());
            }
            it.said();
            it.connection.lost("reset");
            it.says(&["closed: Lost"]);
            let error = it.connection.closed().unwrap();
            assert_eq!((error.text(), error.kind()), (text, ErrorKind::Lost));
            assert_eq!((error.scope(), error.retry()), (Scope::Connection, Retry::Soon));
            assert_eq!(it.next(), None);
            it.connection.lost("twice");
            it.connection.close(it.now);
            it.connection.abort();
            it.pass(100_000);
            it.says(&[]);
        });
    }
}
