//! Heartbeats: any byte counts as one, in both directions.

use std::time::Duration;

use kinoko_amqp_client::{
    Config,
    codec::{QueueDeclare, write_heartbeat},
};

use crate::dialogue::{Dialogue, config, open_with};

/// Ten seconds between heartbeats, and the clock starts anew.
fn beating(script: impl Fn(&mut Dialogue)) {
    open_with(Config { heartbeat: Duration::from_secs(10), ..config() }, script);
}

fn alive(it: &mut Dialogue) {
    let mut bytes = Vec::new();
    write_heartbeat(&mut bytes);
    it.raw(&bytes);
}

#[test]
fn sent_after_half_an_interval_of_silence() {
    beating(|it| {
        assert_eq!(it.next(), Some(5_000));
        it.pass(4_999);
        it.says(&[]);
        it.pass(1);
        it.says(&["> #0 heartbeat"]);
        it.pass(4_999);
        it.says(&[]);
        it.pass(1);
        it.says(&["> #0 heartbeat"]);
    });
}

#[test]
fn not_while_something_else_is_written() {
    beating(|it| {
        it.pass(4_000);
        let channel = it.channel();
        it.pass(4_000);
        it.says(&[]);
        it.ask(channel, QueueDeclare::default(), 1);
        // It was not taken yet, so there is something on its way already.
        it.pass(1_000);
        it.says(&["> #1 queue.declare"]);
        it.pass(4_999);
        it.says(&[]);
    });
}

#[test]
fn dead_at_two_intervals() {
    beating(|it| {
        it.pass(19_999);
        it.says(&["> #0 heartbeat"]);
        alive(it);
        it.pass(19_999);
        it.says(&["> #0 heartbeat"]);
        it.pass(1);
        it.says(&["closed: Lost"]);
        let text = it.connection.closed().unwrap().to_string();
        assert!(text.contains("20.0 s"), "{text}");
    });
}

#[test]
fn a_part_of_a_frame_is_a_sign_of_life() {
    beating(|it| {
        it.pass(19_000);
        it.raw(&[8]);
        it.pass(19_000);
        it.said();
        assert!(it.connection.closed().is_none());
    });
}

#[test]
fn not_dead_while_reading_is_suspended() {
    beating(|it| {
        it.connection.set_reading(false, it.now);
        it.pass(60_000);
        it.says(&["> #0 heartbeat"]);
        it.connection.set_reading(true, it.now);
        it.pass(19_999);
        it.says(&["> #0 heartbeat"]);
        it.pass(1);
        it.says(&["closed: Lost"]);
    });
}
