//! A runtime that goes away under its connection, while others use it from a runtime of their own.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use bytes::Bytes;
use futures_util::FutureExt;
use kinoko_amqp_client::{Channel, Config, Limits, Outcome, Publish};
use tokio::{
    runtime::{Builder, Runtime},
    time::timeout,
};

use crate::peer::{Peer, channel};

/// A body that can be asked whether somebody still has it.
struct Body(Arc<Vec<u8>>);

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

fn message() -> (Publish<'static>, Weak<Vec<u8>>) {
    // So large that it is sent from where it is.
    let owner = Arc::new(vec![7; 50_000]);
    let weak = Arc::downgrade(&owner);
    let body = Bytes::from_owner(Body(owner));
    (Publish { routing_key: "q".into(), body, ..Publish::default() }, weak)
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A channel on which there is room for one message.
fn open(on: &Runtime) -> (Channel, Peer) {
    let limits = Limits { buffered: 1, ..Limits::default() };
    on.block_on(channel(Config { limits, ..Config::default() }))
}

#[test]
fn who_waits_for_room_is_told() {
    let (theirs, ours) = (runtime(), runtime());
    let (channel, peer) = open(&theirs);
    let ((first, first_body), (second, second_body)) = (message(), message());
    let (third, third_body) = message();
    let told = ours.block_on(async {
        // Nobody drives the connection meanwhile, so this one stays where it is.
        let confirm = channel.submit(&first).await.unwrap();
        let mut waits = Box::pin(channel.submit(&second));
        let mut in_turn = Box::pin(channel.publish(&third));
        assert!((&mut waits).now_or_never().is_none());
        assert!((&mut in_turn).now_or_never().is_none());
        theirs.shutdown_background();
        let all = async {
            assert!(waits.await.is_err());
            assert!(in_turn.await.is_err());
            confirm.await
        };
        timeout(Duration::from_secs(5), all).await
    });
    assert!(matches!(told.expect("everybody is told"), Outcome::Unknown(_)));
    drop((first, second, third, peer));
    for body in [first_body, second_body, third_body] {
        assert!(body.upgrade().is_none(), "somebody still has it, and nobody will send it");
    }
    assert!(!channel.is_open());
}
