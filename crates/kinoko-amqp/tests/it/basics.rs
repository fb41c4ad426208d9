//! What the transport does while nothing is wrong.

use std::time::Duration;

use kinoko_amqp::Amqp;
use kinoko_core::{
    Address, ErrorKind, Guarantee, HeaderValue, Headers, Message, PublishError, Settlement,
    Subscription, Transport,
};

use crate::case::{
    Case, Test, ack, event, events, fast, next, nothing, replies, request, rpc, subscribe, test,
    text, until,
};

pub(crate) const TESTS: &[(&str, Test)] = &[
    test!("basics", a_request_and_its_reply),
    test!("basics", topology_is_namekos),
    test!("basics", headers_of_every_type_arrive),
    test!("basics", what_cannot_be_read_is_rejected),
    test!("basics", what_is_not_text_arrives),
    test!("basics", requests_to_nobody),
    test!("basics", cancels_reach_every_instance),
    test!("basics", prefetch_is_respected),
    test!("basics", a_dropped_stream_gives_back_what_it_had),
    test!("basics", deliveries_outlive_their_stream),
    test!("basics", a_different_queue_is_a_refusal_that_says_how),
    test!("basics", logins_that_fail_say_why),
    test!("basics", the_next_of_several_brokers_takes_over),
    test!("basics", closing_leaves_nothing_behind),
];

async fn a_request_and_its_reply(case: Case) {
    let amqp = case.amqp().await;
    for (guarantee, key) in [(Guarantee::Fast, "key-1"), (Guarantee::Durable, "key-2")] {
        let mut server = subscribe(&amqp, rpc("greeter", 10)).await;
        let mut client = subscribe(&amqp, replies(key, guarantee)).await;
        let mut asked = request("greeter", "{}");
        asked.guarantee = guarantee;
        asked.reply_to = Some(key.into());
        asked.correlation_id = Some("one".into());
        asked.expires = Some(Duration::from_secs(30));
        amqp.publish(asked.clone()).await.unwrap();

        let delivery = next(&mut server).await;
        assert_eq!(delivery.message.to, asked.to);
        assert_eq!(delivery.message.reply_to, asked.reply_to);
        assert_eq!(delivery.message.expires, asked.expires);
        assert_eq!(delivery.message.guarantee, guarantee);
        assert!(!delivery.redelivered && !delivery.returned);
        let mut reply = Message::json(Address::Reply { to: key.into() }, "{\"result\": 1}");
        reply.guarantee = guarantee;
        reply.correlation_id = delivery.message.correlation_id.clone();
        amqp.publish(reply).await.unwrap();
        ack(delivery);

        let delivery = next(&mut client).await;
        assert_eq!(delivery.message.correlation_id.as_deref(), Some("one"));
        assert_eq!(delivery.message.content_type.as_deref(), Some("application/json"));
        assert_eq!(delivery.message.content_encoding.as_deref(), Some("utf-8"));
        assert_eq!(text(&delivery), "{\"result\": 1}");
        ack(delivery);
    }
    until("the request is acked", async || case.messages("rpc-greeter").await == (0, 0)).await;
    amqp.close().await;
}

async fn topology_is_namekos(case: Case) {
    let amqp = case.amqp().await;
    let _server = subscribe(&amqp, rpc("greeter", 10)).await;
    let _client = subscribe(&amqp, replies("key", Guarantee::Fast)).await;
    let _events = subscribe(&amqp, events("on")).await;
    amqp.publish(Message::json(
        Address::Event { source: "lonely".into(), event_type: "x".into() },
        "1",
    ))
    .await
    .unwrap();

    let exchanges = case.list(&["list_exchanges", "name", "type", "durable", "auto_delete"]).await;
    for name in ["nameko-rpc", "source.events", "lonely.events"] {
        let expected = format!("{name}\ttopic\ttrue\tfalse");
        assert!(exchanges.contains(&expected), "{name} in {exchanges:?}");
    }
    let columns = ["list_queues", "name", "durable", "auto_delete", "exclusive", "arguments"];
    let mut queues = case.list(&columns).await;
    queues.sort();
    // RabbitMQ 4 notes down which type a queue got that asked for none.
    let (none, and) = if case.node().await.version().await.unwrap() < (4, 0) {
        ("", "")
    } else {
        (r#"{"x-queue-type","classic"}"#, r#",{"x-queue-type","classic"}"#)
    };
    assert_eq!(
        queues,
        [
            format!("evt-source-happened--tests.on\ttrue\tfalse\tfalse\t[{none}]"),
            format!("key\ttrue\tfalse\tfalse\t[{{\"x-expires\",300000}}{and}]"),
            format!("rpc-greeter\ttrue\tfalse\tfalse\t[{none}]"),
        ]
    );
    let columns = ["list_bindings", "source_name", "destination_name", "routing_key"];
    let bindings = case.list(&columns).await;
    for expected in [
        "nameko-rpc\trpc-greeter\tgreeter.*",
        "nameko-rpc\tkey\tkey",
        "source.events\tevt-source-happened--tests.on\thappened",
    ] {
        assert!(bindings.iter().any(|it| it == expected), "{expected} in {bindings:?}");
    }
    amqp.close().await;
}

async fn headers_of_every_type_arrive(case: Case) {
    let amqp = case.amqp().await;
    let mut deliveries = subscribe(&amqp, events("on")).await;
    let inner: Headers = [("deep", HeaderValue::from("ಠ"))].into_iter().collect();
    let list = vec![HeaderValue::Int(1), HeaderValue::from("two"), HeaderValue::Map(inner.clone())];
    let headers: Headers = [
        ("a-null", HeaderValue::Null),
        ("bool", HeaderValue::Bool(true)),
        ("bytes", HeaderValue::Bytes(vec![0, 255].into())),
        ("empty", HeaderValue::from("")),
        ("float", HeaderValue::Float(1.5)),
        ("float-big", HeaderValue::Float(-1.5e300)),
        ("int", HeaderValue::Int(-7)),
        ("int-32", HeaderValue::Int(i32::MAX.into())),
        ("int-64", HeaderValue::Int(i64::MIN)),
        ("int-64-max", HeaderValue::Int(i64::MAX)),
        ("list", HeaderValue::from(list)),
        ("list-empty", HeaderValue::from(Vec::new())),
        ("map", HeaderValue::Map(inner)),
        ("map-empty", HeaderValue::Map(Headers::new())),
        ("no-bytes", HeaderValue::Bytes(Vec::new().into())),
        ("text", HeaderValue::from("a \u{0} in between")),
        ("text-long", HeaderValue::from("long ".repeat(2_000))),
        ("time", HeaderValue::Timestamp(1_700_000_000)),
        ("time-zero", HeaderValue::Timestamp(0)),
    ]
    .into_iter()
    .collect();
    let sorted = |headers: &Headers| {
        let mut all: Vec<_> = headers.clone().into_iter().collect();
        all.sort_by(|one, other| one.0.cmp(&other.0));
        all
    };
    for message in [event("1"), fast(event("2"))] {
        let mut message = message;
        message.headers = headers.clone();
        amqp.publish(message).await.unwrap();
        let delivery = next(&mut deliveries).await;
        assert_eq!(sorted(&delivery.message.headers), sorted(&headers));
        ack(delivery);
    }
    amqp.close().await;
}

/// Publishes what no transport would.
async fn publish_raw(case: &Case, message: kinoko_amqp_client::Publish<'_>) {
    let connection = kinoko_amqp_client::Connection::connect(&case.uri).await.unwrap();
    let channel = connection.open_channel().await.unwrap();
    let message = kinoko_amqp_client::Publish { exchange: "nameko-rpc".into(), ..message };
    let outcome = channel.publish(&message).await.unwrap();
    assert_eq!(outcome, kinoko_amqp_client::Outcome::Confirmed);
    connection.close().await;
}

/// Such a message once ended the process, and waited in the queue for the next.
async fn what_cannot_be_read_is_rejected(case: Case) {
    let amqp = case.amqp().await;
    let mut server = subscribe(&amqp, rpc("steady", 10)).await;
    let mut headers = kinoko_amqp_client::Fields::new();
    for _ in 0..2_000 {
        headers = kinoko_amqp_client::Fields::new().with("deeper", headers.as_table());
    }
    let properties =
        kinoko_amqp_client::Properties { headers: Some(headers.as_table()), ..Default::default() };
    let routing_key = "steady.run".into();
    let message = kinoko_amqp_client::Publish {
        routing_key,
        properties,
        mandatory: true,
        body: "{}".into(),
        ..Default::default()
    };
    publish_raw(&case, message).await;
    amqp.publish(request("steady", "after")).await.unwrap();
    let delivery = next(&mut server).await;
    assert_eq!((text(&delivery), delivery.redelivered), ("after".to_owned(), false));
    ack(delivery);
    until("nothing is left", async || case.messages("rpc-steady").await == (0, 0)).await;
    amqp.close().await;
}

/// Such a one cost the connection, again and again.
async fn what_is_not_text_arrives(case: Case) {
    let amqp = case.amqp().await;
    let mut server = subscribe(&amqp, rpc("steady", 10)).await;
    let headers =
        kinoko_amqp_client::Fields::new().with("bytes", kinoko_amqp_client::Value::Text(b"\xff"));
    let properties = kinoko_amqp_client::Properties {
        headers: Some(headers.as_table()),
        correlation_id: Some(b"\xfe-1"[..].into()),
        ..Default::default()
    };
    let message = kinoko_amqp_client::Publish {
        routing_key: b"steady.\xfd"[..].into(),
        properties,
        mandatory: true,
        body: "{}".into(),
        ..Default::default()
    };
    publish_raw(&case, message).await;
    let delivery = next(&mut server).await;
    assert_eq!(delivery.message.correlation_id.as_deref(), Some("\u{fffd}-1"));
    let bytes = HeaderValue::Bytes(vec![0xff].into());
    assert_eq!(delivery.message.headers.get("bytes"), Some(&bytes));
    ack(delivery);
    amqp.close().await;
}

async fn requests_to_nobody(case: Case) {
    let amqp = case.amqp().await;
    assert_eq!(amqp.publish(request("nobody", "1")).await, Err(PublishError::Unroutable));
    amqp.publish(event("nobody listens, which is fine")).await.unwrap();
    amqp.publish(Message::json(Address::Reply { to: "gone".into() }, "1")).await.unwrap();

    let mut mine = subscribe(&amqp, replies("mine", Guarantee::Fast)).await;
    let mut other = subscribe(&amqp, replies("other", Guarantee::Durable)).await;
    for number in 0..20 {
        let mut asked = fast(request("nobody", number.to_string()));
        let key = if number % 2 == 0 { "mine" } else { "other" };
        asked.reply_to = Some(key.into());
        asked.correlation_id = Some(number.to_string().into());
        amqp.publish(asked).await.unwrap();
    }
    for number in 0..20 {
        let delivery = next(if number % 2 == 0 { &mut mine } else { &mut other }).await;
        assert!(delivery.returned);
        assert_eq!(delivery.message.correlation_id, Some(number.to_string().into()));
        assert_eq!(delivery.message.to, request("nobody", "").to);
        assert_eq!(text(&delivery), number.to_string());
    }
    nothing(&mut mine).await;
    amqp.close().await;
}

async fn cancels_reach_every_instance(case: Case) {
    let (one, two) = (case.amqp().await, case.amqp().await);
    let cancels = Subscription::Cancels { service: "slow".into() };
    let mut first = subscribe(&one, cancels.clone()).await;
    let mut second = subscribe(&two, cancels).await;
    let mut message = Message::json(Address::Cancel { service: "slow".into() }, "");
    message.correlation_id = Some("call".into());
    message.guarantee = Guarantee::Fast;
    one.publish(message.clone()).await.unwrap();
    for deliveries in [&mut first, &mut second] {
        let delivery = next(deliveries).await;
        assert_eq!(delivery.message.correlation_id.as_deref(), Some("call"));
        assert_eq!(delivery.message.to, message.to);
        ack(delivery);
    }
    one.close().await;
    two.close().await;
}

async fn prefetch_is_respected(case: Case) {
    let amqp = case.amqp().await;
    let mut server = subscribe(&amqp, rpc("busy", 3)).await;
    for number in 0..10 {
        amqp.publish(request("busy", number.to_string())).await.unwrap();
    }
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(next(&mut server).await);
    }
    nothing(&mut server).await;
    assert_eq!(case.messages("rpc-busy").await, (7, 3));
    ack(held.remove(0));
    assert_eq!(text(&next(&mut server).await), "3");
    amqp.close().await;
}

async fn a_dropped_stream_gives_back_what_it_had(case: Case) {
    let amqp = case.amqp().await;
    let mut server = subscribe(&amqp, rpc("busy", 5)).await;
    for number in 0..5 {
        amqp.publish(request("busy", number.to_string())).await.unwrap();
    }
    let first = next(&mut server).await;
    until("all are handed out", async || case.messages("rpc-busy").await == (0, 5)).await;
    drop(server);
    // One is still in our hands; the four that waited are back.
    until("four are back", async || case.messages("rpc-busy").await == (4, 1)).await;
    assert_eq!(case.consumers("rpc-busy").await, 0);
    first.settle(Settlement::Requeue);
    until("the fifth too", async || case.messages("rpc-busy").await == (5, 0)).await;
    let mut again = subscribe(&amqp, rpc("busy", 5)).await;
    for _ in 0..5 {
        let delivery = next(&mut again).await;
        assert!(delivery.redelivered);
        ack(delivery);
    }
    amqp.close().await;
}

async fn deliveries_outlive_their_stream(case: Case) {
    let amqp = case.amqp().await;
    let mut server = subscribe(&amqp, rpc("busy", 5)).await;
    for number in 0..3 {
        amqp.publish(request("busy", number.to_string())).await.unwrap();
    }
    let [one, two, three] =
        [next(&mut server).await, next(&mut server).await, next(&mut server).await];
    drop(server);
    ack(one);
    two.settle(Settlement::Reject);
    drop(three);
    until("one is back", async || case.messages("rpc-busy").await == (1, 0)).await;
    assert_eq!(amqp.stale_settlements(), 0);
    amqp.close().await;
}

async fn a_different_queue_is_a_refusal_that_says_how(case: Case) {
    let expression = format!(
        "rabbit_amqqueue:declare({{resource, <<\"{}\">>, queue, <<\"rpc-old\">>}}, \
         false, false, [], none, <<\"test\">>).",
        case.vhost
    );
    case.node().await.eval(&expression).await.unwrap();
    let amqp = case.amqp().await;
    let mut other = subscribe(&amqp, rpc("other", 1)).await;
    let error = amqp.subscribe(rpc("old", 1)).await.err().expect("it is refused");
    assert_eq!(error.kind(), ErrorKind::Refused);
    let text = error.to_string();
    assert!(text.contains("`rpc-old`") && text.contains("durable is 'false'"), "{text}");
    amqp.publish(request("other", "still works")).await.unwrap();
    ack(next(&mut other).await);
    amqp.close().await;
}

async fn logins_that_fail_say_why(case: Case) {
    let port = case.node().await.port();
    let check = async |uri: String, kind: ErrorKind, hint: &str| {
        let started = std::time::Instant::now();
        let error = Amqp::connect(&uri).await.err().expect("it is refused");
        let text = format!("{error} {error:?}");
        assert_eq!(error.kind(), kind, "{text}");
        assert!(text.contains(hint) && !text.contains("hunter2"), "{text}");
        assert!(started.elapsed() < Duration::from_secs(5), "{text}");
    };
    let at = |login: &str, vhost: &str| format!("amqp://{login}@127.0.0.1:{port}/{vhost}");
    check(at("guest:hunter2", &case.vhost), ErrorKind::Refused, "ACCESS_REFUSED").await;
    check(at("guest:guest", "no-such"), ErrorKind::Refused, "no-such").await;
    let nobody = "amqp://guest:hunter2@127.0.0.1:1/".to_owned();
    check(nobody.clone(), ErrorKind::Unavailable, "127.0.0.1:1").await;
    check("amqp://h:port".to_owned(), ErrorKind::Config, "port").await;
    // The second of a list is as good as the first.
    let amqp = Amqp::connect(&format!("{nobody};{}", case.uri)).await.unwrap();
    amqp.close().await;
}

async fn the_next_of_several_brokers_takes_over(case: Case) {
    // Nobody is at the first; the second is a door to the node that can be shut.
    let node = case.uri.clone();
    let port = case.node().await.port();
    let door = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let door_port = door.local_addr().unwrap().port();
    let through = tokio::spawn(async move {
        let mut open = tokio::task::JoinSet::new();
        while let Ok((mut client, _)) = door.accept().await {
            open.spawn(async move {
                let mut node = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut node).await;
            });
        }
    });
    let at = |other: u16| node.replace(&format!(":{port}/"), &format!(":{other}/"));
    let amqp = Amqp::connect(&format!("{};{};{node}", at(1), at(door_port))).await.unwrap();
    let mut handled = subscribe(&amqp, events("handle")).await;
    amqp.publish(event("through the door")).await.unwrap();
    ack(next(&mut handled).await);
    // With the door go all connections through it.
    through.abort();
    amqp.publish(event("straight")).await.unwrap();
    loop {
        let delivery = next(&mut handled).await;
        let (text, redelivered) = (text(&delivery), delivery.redelivered);
        ack(delivery);
        if text == "straight" {
            break;
        }
        // Its acknowledgement went with the door.
        assert!(redelivered, "{text}");
    }
    amqp.close().await;
}

async fn closing_leaves_nothing_behind(case: Case) {
    let connections = async || {
        let lines = case.node().await.ctl(&["list_connections", "vhost"]).await.unwrap();
        lines.lines().filter(|it| *it == case.vhost).count()
    };
    let amqp = case.amqp().await;
    let mut server = subscribe(&amqp, rpc("busy", 5)).await;
    for number in 0..3 {
        amqp.publish(request("busy", number.to_string())).await.unwrap();
    }
    ack(next(&mut server).await);
    let held = next(&mut server).await;
    until("both connections are listed", async || connections().await == 2).await;
    amqp.close().await;
    amqp.close().await;
    until("no connection is left", async || connections().await == 0).await;
    assert_eq!(case.messages("rpc-busy").await, (2, 0));
    assert!(futures_util::StreamExt::next(&mut server).await.is_none());
    assert_eq!(amqp.publish(request("busy", "")).await, Err(PublishError::Closed));
    let error = amqp.subscribe(rpc("busy", 1)).await.err().expect("it is closed");
    assert_eq!(error.kind(), ErrorKind::Closed);
    ack(held);
    assert_eq!(amqp.stale_settlements(), 1);

    let amqp = case.amqp().await;
    let server = subscribe(&amqp, rpc("busy", 5)).await;
    drop(server);
    drop(amqp);
    until("no connection is left", async || connections().await == 0).await;
}
