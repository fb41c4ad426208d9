//! The way of replies: straight to the queue of a caller that is Kinoko, where that is permitted.

use std::time::Duration;

use futures_util::{FutureExt, future::join_all};
use kinoko_amqp::{Amqp, AmqpOptions};
use kinoko_amqp_client::{Connection, Fields};
use kinoko_core::{Address, Deliveries, Guarantee, Message, Transport};
use tokio::time::sleep;

use crate::case::{Case, Test, ack, fast, next, replies, subscribe, test, text, until};

pub(crate) const TESTS: &[(&str, Test)] = &[
    test!("replies", go_straight_to_the_queue),
    test!("replies", go_through_the_exchange_where_nothing_else_is_permitted),
    test!("replies", find_another_way_when_a_permission_is_taken_back),
];

const KEY: &str = "kinoko-reply-tests-1";
/// What a service may write to that has only what it needs.
const ONLY_RPC: &str = "^nameko-rpc$";

fn reply(body: impl Into<Vec<u8>>) -> Message {
    Message::json(Address::Reply { to: KEY.into() }, body.into())
}

/// Connects as a user who may write to what matches.
async fn connect_as(case: &Case, user: &str, write: &str) -> Amqp {
    let node = case.node().await;
    // Of a run before; there may be none.
    let _ = node.ctl(&["delete_user", user]).await;
    node.ctl(&["add_user", user, "secret"]).await.unwrap();
    drop(node);
    permit(case, user, write).await;
    let (_, host) = case.uri.split_once('@').expect("the URI has a user");
    Amqp::open(AmqpOptions::new(&format!("amqp://{user}:secret@{host}")).unwrap()).await.unwrap()
}

async fn permit(case: &Case, user: &str, write: &str) {
    let permissions = ["set_permissions", "-p", &*case.vhost, user, ".*", write, ".*"];
    case.node().await.ctl(&permissions).await.unwrap();
}

/// Has the exchange forget the queue of replies.
async fn unbind(case: &Case) {
    let connection = Connection::connect(&case.uri).await.unwrap();
    let channel = connection.open_channel().await.unwrap();
    channel.unbind_queue(KEY, "nameko-rpc", KEY, &Fields::new()).await.unwrap();
    connection.close().await;
}

/// Sends a hundred replies of each guarantee at once, and takes them all.
async fn all_arrive(server: &Amqp, inbox: &mut Deliveries) {
    let sending = (0..100).map(async |number: u32| {
        server.publish(reply(format!("durable {number}"))).await.unwrap();
        server.publish(fast(reply(format!("fast {number}")))).await.unwrap();
    });
    join_all(sending).await;
    let mut bodies = Vec::new();
    for _ in 0..200 {
        let delivery = next(inbox).await;
        bodies.push(text(&delivery));
        ack(delivery);
    }
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 200);
}

async fn go_straight_to_the_queue(case: Case) {
    let client = case.amqp().await;
    let mut inbox = subscribe(&client, replies(KEY, Guarantee::Durable)).await;
    unbind(&case).await;
    let server = case.amqp().await;
    all_arrive(&server, &mut inbox).await;

    let mut options = case.options();
    options.direct_replies = false;
    let other = Amqp::open(options).await.unwrap();
    other.publish(reply("through the exchange")).await.unwrap();
    server.publish(reply("after that")).await.unwrap();
    assert_eq!(text(&next(&mut inbox).await), "after that");
    for amqp in [client, server, other] {
        amqp.close().await;
    }
}

async fn go_through_the_exchange_where_nothing_else_is_permitted(case: Case) {
    let client = case.amqp().await;
    let mut inbox = subscribe(&client, replies(KEY, Guarantee::Durable)).await;
    let server = connect_as(&case, "only-rpc", ONLY_RPC).await;
    all_arrive(&server, &mut inbox).await;
    client.close().await;
    server.close().await;
}

async fn find_another_way_when_a_permission_is_taken_back(case: Case) {
    let client = case.amqp().await;
    let mut inbox = subscribe(&client, replies(KEY, Guarantee::Durable)).await;
    let server = connect_as(&case, "less-and-less", ".*").await;
    all_arrive(&server, &mut inbox).await;
    permit(&case, "less-and-less", ONLY_RPC).await;
    server.publish(reply("durable")).await.unwrap();
    let delivery = next(&mut inbox).await;
    assert_eq!(text(&delivery), "durable");
    ack(delivery);
    // The first fast one tells nobody that it was refused.
    let arrives = async || {
        server.publish(fast(reply("fast"))).await.unwrap();
        sleep(Duration::from_millis(100)).await;
        futures_util::StreamExt::next(&mut inbox).now_or_never().is_some()
    };
    until("fast replies arrive again", arrives).await;
    client.close().await;
    server.close().await;
}
