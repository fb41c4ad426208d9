//! Consuming and getting: how many come ahead, what becomes of them, and how it stops.

use kinoko_amqp_client::{Connection, Consume, ErrorKind, Fields, QueueDeclaration, Settle};

use crate::case::{Case, Test, consume, failed, next, put, queue, soon, test, to, until};

pub(crate) const TESTS: &[(&str, Test)] = &[
    test!("consuming", getting_one_at_a_time),
    test!("consuming", each_way_to_settle),
    test!("consuming", several_at_once),
    test!("consuming", prefetch_bounds_what_comes_ahead),
    test!("consuming", cancelling_stops_and_loses_nothing),
    test!("consuming", recovering_delivers_again),
    test!("consuming", who_may_consume),
];

async fn getting_one_at_a_time(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    assert!(channel.get("queue", false).await.unwrap().is_none());
    for body in ["a", "b", "c"] {
        put(&channel, &to("queue", body)).await;
    }
    let (left, first) = channel.get("queue", false).await.unwrap().unwrap();
    assert_eq!((left, &**first.message().body(), first.redelivered()), (2, &b"a"[..], false));
    let (left, second) = channel.get("queue", true).await.unwrap().unwrap();
    assert_eq!((left, &**second.message().body()), (1, &b"b"[..]));
    second.ack().expect("it is settled already, and that is no error");
    first.requeue().unwrap();
    let (left, first) = channel.get("queue", false).await.unwrap().unwrap();
    assert_eq!((left, first.redelivered()), (1, true));
    first.ack().unwrap();
    // One that is dropped goes back.
    drop(channel.get("queue", false).await.unwrap());
    case.settles_at("queue", (1, 0)).await;
    let fresh = channel.connection().open_channel().await.unwrap();
    failed(fresh.get("absent", false).await, ErrorKind::NotFound, "absent");
}

async fn each_way_to_settle(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "dead").await;
    let main = QueueDeclaration {
        name: "main",
        arguments: Fields::new()
            .with("x-dead-letter-exchange", "")
            .with("x-dead-letter-routing-key", "dead"),
        ..QueueDeclaration::default()
    };
    channel.declare_queue(&main).await.unwrap();
    let mut consumer = consume(&channel, "main").await;
    for (how, redelivered, dead) in
        [(Settle::Ack, false, 0), (Settle::Reject, false, 1), (Settle::Requeue, true, 1)]
    {
        put(&channel, &to("main", "x")).await;
        let (message, settler) = next(&mut consumer).await.into_parts();
        assert_eq!(&**message.body(), b"x");
        settler.expect("it is to be settled").settle(how).unwrap();
        if redelivered {
            let again = next(&mut consumer).await;
            assert!(again.redelivered());
            again.ack().unwrap();
        }
        case.settles_at("main", (0, 0)).await;
        case.settles_at("dead", (dead, 0)).await;
    }
    let no_ack = Consume { queue: "dead", no_ack: true, ..Consume::default() };
    let mut consumer = channel.consume(&no_ack).await.unwrap();
    let (_, settler) = next(&mut consumer).await.into_parts();
    assert!(settler.is_none());
}

async fn several_at_once(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    let mut consumer = consume(&channel, "queue").await;
    let mut deliveries = Vec::new();
    for _ in 0..5 {
        put(&channel, &to("queue", "x")).await;
        deliveries.push(next(&mut consumer).await);
    }
    let last = deliveries.pop().unwrap();
    let fourth = deliveries.pop().unwrap();
    fourth.ack_all_up_to_here().unwrap();
    case.settles_at("queue", (0, 1)).await;
    for delivery in deliveries {
        failed(delivery.ack(), ErrorKind::Stale, "settled");
    }
    last.ack().unwrap();
    case.settles_at("queue", (0, 0)).await;
    assert!(channel.is_open());
}

async fn prefetch_bounds_what_comes_ahead(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    for _ in 0..20 {
        put(&channel, &to("queue", "x")).await;
    }
    channel.prefetch(3).await.unwrap();
    let mut consumer = consume(&channel, "queue").await;
    until("three are there", async || consumer.waiting() == 3).await;
    case.settles_at("queue", (17, 3)).await;
    next(&mut consumer).await.ack().unwrap();
    until("the next is there", async || consumer.waiting() == 3).await;
    case.settles_at("queue", (16, 3)).await;
}

async fn cancelling_stops_and_loses_nothing(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    for _ in 0..10 {
        put(&channel, &to("queue", "x")).await;
    }
    channel.prefetch(10).await.unwrap();
    let mut consumer = consume(&channel, "queue").await;
    until("all are there", async || consumer.waiting() == 10).await;
    consumer.cancel().await.unwrap();
    consumer.cancel().await.expect("twice is no error");
    put(&channel, &to("queue", "late")).await;
    // What came before can be taken out and settled; then it ends without an error.
    for _ in 0..4 {
        next(&mut consumer).await.ack().unwrap();
    }
    case.settles_at("queue", (1, 6)).await;
    let kept = next(&mut consumer).await;
    drop(consumer);
    case.settles_at("queue", (6, 1)).await;
    kept.ack().expect("its channel lives");
    case.settles_at("queue", (6, 0)).await;
    // Dropping cancels, too.
    let consumer = consume(&channel, "queue").await;
    until("all are there", async || consumer.waiting() == 6).await;
    drop(consumer);
    case.settles_at("queue", (6, 0)).await;
    assert!(case.list(&["list_consumers", "queue_name"]).await.is_empty());
    let mut consumer = consume(&channel, "queue").await;
    consumer.cancel().await.unwrap();
    let mut seen = 0;
    while let Some(delivery) = soon("the end", consumer.next()).await {
        delivery.unwrap().ack().unwrap();
        seen += 1;
    }
    assert!(seen <= 6);
}

async fn recovering_delivers_again(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    put(&channel, &to("queue", "x")).await;
    let mut consumer = consume(&channel, "queue").await;
    let before = next(&mut consumer).await;
    channel.recover().await.unwrap();
    let again = next(&mut consumer).await;
    assert!(again.redelivered());
    failed(before.ack(), ErrorKind::Stale, "");
    again.ack().unwrap();
    case.settles_at("queue", (0, 0)).await;
}

async fn who_may_consume(case: Case) {
    let connection: Connection = case.connect().await;
    let channel = connection.open_channel().await.unwrap();
    queue(&channel, "queue").await;
    let tagged = Consume { queue: "queue", tag: "mine", exclusive: true, ..Consume::default() };
    let mut first = channel.consume(&tagged).await.unwrap();
    let listed = case.list(&["list_consumers", "queue_name", "consumer_tag"]).await;
    assert_eq!(listed, ["queue\tmine"]);
    failed(channel.consume(&tagged).await, ErrorKind::Invalid, "mine");
    assert!(channel.is_open(), "the broker was not asked");
    let fresh = connection.open_channel().await.unwrap();
    let result = fresh.consume(&Consume { queue: "queue", ..Consume::default() }).await;
    failed(result, ErrorKind::Refused, "exclusive");
    first.cancel().await.unwrap();
    let fresh = connection.open_channel().await.unwrap();
    let result = fresh.consume(&Consume { queue: "absent", ..Consume::default() }).await;
    failed(result, ErrorKind::NotFound, "absent");
    // The one with the higher priority is served.
    let urgent = Consume {
        queue: "queue",
        arguments: Fields::new().with("x-priority", 10),
        ..Consume::default()
    };
    let usual = consume(&channel, "queue").await;
    let mut urgent = channel.consume(&urgent).await.unwrap();
    put(&channel, &to("queue", "x")).await;
    next(&mut urgent).await.ack().unwrap();
    assert_eq!(usual.waiting(), 0);
}
