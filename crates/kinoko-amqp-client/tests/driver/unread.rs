//! Consumers that acknowledge nothing and do not read what they are given.

use std::time::Duration;

use kinoko_amqp_client::{
    Channel, Config, Consume, Consumer, ErrorKind, Limits, Outcome, Publish,
    codec::{
        BasicAck, BasicCancel, BasicCancelOk, BasicConsumeOk, ChannelCloseOk, ChannelOpenOk,
        ConfirmSelectOk, ConnectionCloseOk, write_method,
    },
};
use tokio::time::{sleep, timeout};

use crate::peer::{FRAME_MAX, Peer, channel, consumer, delivery};

const LIMIT: usize = 10_000;
const SECOND: Duration = Duration::from_secs(1);

async fn open() -> (Channel, Peer) {
    let limits = Limits { undelivered: LIMIT, ..Limits::default() };
    channel(Config { limits, ..Config::default() }).await
}

/// Delivers until the connection is read no further. How many messages it took.
async fn fill(peer: &mut Peer, consumer: &Consumer, tag: &str, from: u64) -> usize {
    for number in from..from + 1000 {
        let before = consumer.waiting();
        peer.writes(&delivery(tag, number)).await;
        sleep(Duration::from_millis(1)).await;
        if consumer.waiting() == before {
            return before;
        }
    }
    panic!("{} messages wait, and it is still read", consumer.waiting());
}

/// Messages without a body take memory too.
#[tokio::test(start_paused = true)]
async fn empty_messages_count() {
    let (channel, mut peer) = open().await;
    let consumer = consumer(&channel, &mut peer, "c").await;
    let waiting = fill(&mut peer, &consumer, "c", 1).await;
    assert!((10..=LIMIT / 30).contains(&waiting), "{waiting} messages wait");
}

/// What one read brings comes on top of the limit, and not another.
#[tokio::test(start_paused = true)]
async fn nothing_is_read_over_the_limit() {
    let (channel, mut peer) = open().await;
    let consumer = consumer(&channel, &mut peer, "c").await;
    let all: Vec<u8> = (1..=900).flat_map(|it| delivery("c", it)).collect();
    peer.writes(&all).await;
    sleep(SECOND).await;
    // The first read has eight kilobytes, of messages that take thirty and more.
    assert!(consumer.waiting() <= 8 * 1024 / 30, "{} messages wait", consumer.waiting());
}

/// Who stops a consumer gets an answer, however much waits for it; and what waits can still be taken out.
#[tokio::test(start_paused = true)]
async fn a_full_consumer_can_be_cancelled() {
    let (channel, mut peer) = open().await;
    let mut consumer = consumer(&channel, &mut peer, "c").await;
    let waiting = fill(&mut peer, &consumer, "c", 1).await;
    let answers = async {
        peer.hears("basic.cancel").await;
        peer.say_on(1, BasicCancelOk { consumer_tag: "c".into() }).await;
    };
    let (cancelled, ()) = tokio::join!(timeout(SECOND, consumer.cancel()), answers);
    cancelled.expect("it is answered").unwrap();
    // With what was on its way, which the broker has no more.
    for _ in 0..=waiting {
        consumer.next().await.expect("it is still there").unwrap();
    }
    assert!(consumer.next().await.is_none());
    // What was taken out counts once only.
    let mut other = crate::peer::consumer(&channel, &mut peer, "d").await;
    let waiting = fill(&mut peer, &other, "d", 2000).await;
    assert!((10..=LIMIT / 30).contains(&waiting), "{waiting} messages wait");
    other.next().await.expect("there are some").unwrap();
}

/// What comes before the answer to `basic.consume` is there when the consumer is; and one that the broker
/// cancels before that is none.
#[tokio::test(start_paused = true)]
async fn before_a_consumer_is_answered() {
    let (channel, mut peer) = open().await;
    let consume = Consume { queue: "q", tag: "c", no_ack: true, ..Consume::default() };
    let answers = async {
        peer.hears("basic.consume").await;
        peer.writes(&delivery("c", 1)).await;
        peer.say_on(1, BasicConsumeOk { consumer_tag: "c".into() }).await;
    };
    let (consumer, ()) = tokio::join!(channel.consume(&consume), answers);
    consumer.unwrap().next().await.expect("it is there").unwrap();
    let consume = Consume { tag: "d", ..consume };
    let answers = async {
        peer.hears("basic.consume").await;
        peer.say_on(1, BasicCancel { consumer_tag: "d".into(), no_wait: true }).await;
        peer.say_on(1, BasicConsumeOk { consumer_tag: "d".into() }).await;
    };
    let (consumer, ()) = tokio::join!(channel.consume(&consume), answers);
    assert_eq!(consumer.unwrap_err().kind(), ErrorKind::NotFound);
}

/// One that is dropped holds nobody up.
#[tokio::test(start_paused = true)]
async fn a_full_consumer_can_be_dropped() {
    let (channel, mut peer) = open().await;
    let consumer = consumer(&channel, &mut peer, "c").await;
    fill(&mut peer, &consumer, "c", 1).await;
    drop(consumer);
    let answers = async {
        peer.hears("channel.open").await;
        peer.say_on(2, ChannelOpenOk::default()).await;
    };
    let connection = channel.connection();
    let (opened, ()) = tokio::join!(timeout(SECOND, connection.open_channel()), answers);
    opened.expect("it is answered").unwrap();
}

/// What was published is confirmed, and a channel closed, with a full consumer on it.
#[tokio::test(start_paused = true)]
async fn a_channel_with_a_full_consumer_can_be_closed() {
    let (channel, mut peer) = open().await;
    let mut consumer = consumer(&channel, &mut peer, "c").await;
    let publish = Publish { routing_key: "q".into(), ..Publish::default() };
    let outcome = channel.submit(&publish).await.unwrap();
    fill(&mut peer, &consumer, "c", 1).await;
    let answers = async {
        peer.hears("confirm.select").await;
        peer.say_on(1, ConfirmSelectOk {}).await;
        peer.say_on(1, BasicAck { delivery_tag: 1, multiple: false }).await;
        peer.hears("channel.close").await;
        peer.say_on(1, ChannelCloseOk {}).await;
    };
    let (closed, ()) = tokio::join!(timeout(SECOND, channel.close()), answers);
    closed.expect("it is answered");
    assert_eq!(outcome.await, Outcome::Confirmed);
    while consumer.next().await.is_some() {}
}

/// The same of a connection.
#[tokio::test(start_paused = true)]
async fn a_connection_with_a_full_consumer_can_be_closed() {
    let (channel, mut peer) = open().await;
    let consumer = consumer(&channel, &mut peer, "c").await;
    fill(&mut peer, &consumer, "c", 1).await;
    let answers = async {
        peer.hears("connection.close").await;
        peer.say(ConnectionCloseOk {}).await;
    };
    let connection = channel.connection();
    let (closed, ()) = tokio::join!(timeout(SECOND, connection.close()), answers);
    closed.expect("it is answered");
}

/// Nor does one that the broker ended.
#[tokio::test(start_paused = true)]
async fn a_full_consumer_may_end() {
    let (channel, mut peer) = open().await;
    let one = consumer(&channel, &mut peer, "c").await;
    let mut all: Vec<u8> = (1..=100).flat_map(|it| delivery("c", it)).collect();
    let cancel = BasicCancel { consumer_tag: "c".into(), no_wait: true };
    write_method(&mut all, 1, &cancel.into(), FRAME_MAX).unwrap();
    // It is all there before anything is read.
    peer.writes(&all).await;
    sleep(SECOND).await;
    assert_eq!(one.waiting(), 100);
    let answers = async {
        peer.hears("channel.open").await;
        peer.say_on(2, ChannelOpenOk::default()).await;
    };
    let connection = channel.connection();
    let (opened, ()) = tokio::join!(timeout(SECOND, connection.open_channel()), answers);
    opened.expect("it is answered").unwrap();
}
