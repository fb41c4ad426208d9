//! What the transport does while the broker, or the way to it, is broken.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, future::join_all};
use kinoko_amqp::Amqp;
use kinoko_core::{Deliveries, ErrorKind, Guarantee, PublishError, Settlement, Transport};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{Instant, sleep, timeout},
};

use crate::case::{
    Case, Test, ack, event, events, fast, next, replies, request, rpc, subscribe, test, text, until,
};

pub(crate) const TESTS: &[(&str, Test)] = &[
    test!("faults", connections_closed_by_force),
    test!("faults", what_is_sent_again_has_the_same_id),
    test!("faults", a_killed_broker_loses_nothing_confirmed),
    test!("faults", a_broker_that_stays_away_is_waited_for),
    test!("faults", a_queue_deleted_under_its_consumer),
    test!("faults", a_consumer_that_vanished_without_a_word),
    test!("faults", an_exchange_deleted_under_its_publisher),
    test!("faults", an_exchange_deleted_under_its_consumers),
    test!("faults", a_memory_alarm),
    test!("faults", a_frozen_broker),
    test!("faults", who_goes_away_leaves_no_room_in_the_window),
    test!("faults", a_dead_link_is_found_by_its_heartbeat),
    test!("faults", a_late_ack_is_not_sent),
    test!("faults", closing_while_disconnected_leaves_nothing),
];

/// What takes a time of its own is over by then, on a slow machine too. What should not take a time
/// must not be taken for it: deadlines in the way are longer.
const SOON: Duration = Duration::from_secs(10);

/// Publishes `count` events and waits until each is confirmed, whatever happens meanwhile.
async fn publish_all(amqp: &Amqp, numbers: std::ops::Range<usize>) -> Vec<String> {
    let publishing = numbers.map(|number| async move {
        let body = number.to_string();
        amqp.publish(event(body.clone())).await.map(|()| body)
    });
    let outcomes = join_all(publishing).await;
    outcomes.into_iter().collect::<Result<_, _>>().expect("all are confirmed")
}

/// Takes deliveries until all of `expected` have come, some perhaps twice.
async fn take_all(case: &Case, deliveries: &mut Deliveries, expected: Vec<String>) {
    let mut missing: BTreeSet<usize> = expected.iter().map(|it| it.parse().unwrap()).collect();
    let mut taken = 0;
    while !missing.is_empty() {
        let delivery = timeout(Duration::from_secs(60), deliveries.next()).await;
        let Ok(delivery) = delivery else {
            let columns = ["name", "messages_ready", "messages_unacknowledged", "consumers"];
            let queues = case.list(&[&["list_queues"], &columns[..]].concat()).await;
            let bindings = case.list(&["list_bindings"]).await;
            panic!(
                "{} of {} are lost, from {:?} to {:?}; {taken} came; {queues:?} {bindings:?}",
                missing.len(),
                expected.len(),
                missing.first(),
                missing.last()
            );
        };
        let delivery = delivery.expect("the stream goes on");
        taken += 1;
        missing.remove(&text(&delivery).parse().unwrap());
        ack(delivery);
    }
}

async fn patient(case: &Case) -> Amqp {
    let mut options = case.options();
    options.publish_deadline = Duration::from_secs(60);
    Amqp::open(options).await.unwrap()
}

async fn connections_closed_by_force(case: Case) {
    let amqp = patient(&case).await;
    let mut deliveries = subscribe(&amqp, events("on")).await;
    let mut client = subscribe(&amqp, replies("key", Guarantee::Fast)).await;
    for round in 0..5 {
        let closing = async {
            case.node().await.close_all_connections().await.unwrap();
        };
        let publishing = publish_all(&amqp, round * 1000..(round + 1) * 1000);
        let ((), confirmed) = tokio::join!(closing, publishing);
        take_all(&case, &mut deliveries, confirmed).await;
    }
    // The way back works too.
    let mut asked = fast(request("nobody", "x"));
    asked.reply_to = Some("key".into());
    amqp.publish(asked).await.unwrap();
    assert!(next(&mut client).await.returned);
    // Nothing was declared twice under another name, and nothing is bound twice.
    let bindings = case.list(&["list_bindings", "source_name", "destination_name"]).await;
    let ours = bindings.iter().filter(|it| it.starts_with("source.events")).count();
    assert_eq!(ours, 1, "{bindings:?}");
    amqp.close().await;
}

/// So whoever gets it twice can tell.
async fn what_is_sent_again_has_the_same_id(case: Case) {
    let amqp = patient(&case).await;
    // Makes the queue, and has a channel open for what follows.
    drop(subscribe(&amqp, events("on")).await);
    publish_all(&amqp, 0..1).await;
    let next = AtomicUsize::new(1);
    let mut twice = 0;
    for _ in 0..20 {
        let closed = AtomicBool::new(false);
        let closing = async {
            case.node().await.close_all_connections().await.unwrap();
            closed.store(true, Ordering::Relaxed);
        };
        let publishing = (0..64).map(async |_| {
            while !closed.load(Ordering::Relaxed) {
                let number = next.fetch_add(1, Ordering::Relaxed);
                amqp.publish(event(number.to_string())).await.unwrap();
            }
        });
        tokio::join!(join_all(publishing), closing);
        let connection = kinoko_amqp_client::Connection::connect(&case.uri).await.unwrap();
        let channel = connection.open_channel().await.unwrap();
        let mut ids = HashMap::new();
        while let Some((_, it)) = channel.get("evt-source-happened--tests.on", true).await.unwrap()
        {
            let id = it.message().properties().message_id.expect("it has one").as_bytes().to_vec();
            let body = it.message().body().clone();
            if let Some(before) = ids.insert(body, id.clone()) {
                assert_eq!(before, id);
                twice += 1;
            }
        }
        let different: HashSet<_> = ids.values().collect();
        assert_eq!(different.len(), ids.len(), "another message has another");
        connection.close().await;
        if twice > 0 {
            break;
        }
    }
    assert!(twice > 0, "none was sent again in twenty rounds");
    amqp.close().await;
}

async fn a_killed_broker_loses_nothing_confirmed(case: Case) {
    let amqp = patient(&case).await;
    let mut deliveries = subscribe(&amqp, events("on")).await;
    // A broker that forgets the binding has lost it, and not us.
    case.node().await.write_declarations().await.unwrap();
    const EACH: usize = 20_000;
    for round in 0..3 {
        let confirmed = AtomicUsize::new(0);
        let publishing = (round * EACH..(round + 1) * EACH).map(|number| {
            let (amqp, confirmed) = (&amqp, &confirmed);
            async move {
                let body = number.to_string();
                amqp.publish(event(body.clone())).await.expect("it is confirmed in the end");
                confirmed.fetch_add(1, Ordering::Relaxed);
                body
            }
        });
        let crash = async {
            until("some are confirmed", async || confirmed.load(Ordering::Relaxed) > 100).await;
            let mut node = case.node().await;
            node.kill9().await.unwrap();
            assert!(confirmed.load(Ordering::Relaxed) < EACH, "others were on their way");
            node.restart().await.unwrap();
        };
        let ((), published) = tokio::join!(crash, join_all(publishing));
        take_all(&case, &mut deliveries, published).await;
    }
    assert_eq!(case.consumers("evt-source-happened--tests.on").await, 1);
    amqp.close().await;
}

async fn a_broker_that_stays_away_is_waited_for(case: Case) {
    let mut options = case.options();
    options.publish_deadline = Duration::from_secs(1);
    let amqp = Amqp::open(options).await.unwrap();
    let mut server = subscribe(&amqp, rpc("steady", 10)).await;
    case.node().await.stop().await.unwrap();
    for message in [request("steady", "1"), fast(request("steady", "2"))] {
        let started = Instant::now();
        let error = amqp.publish(message).await.unwrap_err();
        assert!(matches!(error, PublishError::Unavailable(_)), "{error:?}");
        assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    }
    // Longer than a library would have tried.
    sleep(Duration::from_secs(15)).await;
    case.node().await.restart().await.unwrap();
    until("it publishes again", async || amqp.publish(request("steady", "3")).await.is_ok()).await;
    let delivery = next(&mut server).await;
    assert_eq!(text(&delivery), "3");
    ack(delivery);
    amqp.close().await;
}

async fn a_queue_deleted_under_its_consumer(case: Case) {
    let amqp = case.amqp().await;
    let mut server = subscribe(&amqp, rpc("steady", 10)).await;
    case.node().await.ctl(&["delete_queue", "-p", &case.vhost, "rpc-steady"]).await.unwrap();
    // The stream makes the queue again when it is asked for more.
    let (delivery, ()) = tokio::join!(next(&mut server), async {
        let reached = async || amqp.publish(request("steady", "1")).await.is_ok();
        until("the queue is back", reached).await;
    });
    assert_eq!(text(&delivery), "1");
    amqp.close().await;
}

async fn a_consumer_that_vanished_without_a_word(case: Case) {
    let mut options = case.options();
    options.reconcile_every = Duration::from_millis(200);
    let amqp = Amqp::open(options).await.unwrap();
    let mut server = subscribe(&amqp, rpc("steady", 10)).await;
    // The broker forgets the consumer, and does not say so to the client.
    let expression = format!(
        "{{ok, Q}} = rabbit_amqqueue:lookup({{resource, <<\"{}\">>, queue, <<\"rpc-steady\">>}}), \
         [C] = rabbit_amqqueue:consumers(Q), \
         gen_server2:call(amqqueue:get_pid(Q), \
         {{basic_cancel, element(1, C), element(2, C), undefined, <<\"test\">>}}, infinity).",
        case.vhost
    );
    assert_eq!(case.node().await.eval(&expression).await.unwrap(), "ok");
    amqp.publish(request("steady", "1")).await.unwrap();
    ack(next(&mut server).await);
    amqp.close().await;
}

async fn an_exchange_deleted_under_its_publisher(case: Case) {
    let amqp = case.amqp().await;
    let delete = async || {
        let expression = format!(
            "rabbit_exchange:delete({{resource, <<\"{}\">>, exchange, <<\"source.events\">>}}, \
             false, <<\"test\">>).",
            case.vhost
        );
        case.node().await.eval(&expression).await.unwrap();
    };
    amqp.publish(event("1")).await.unwrap();
    amqp.publish(fast(event("2"))).await.unwrap();
    delete().await;
    publish_all(&amqp, 0..100).await;
    delete().await;
    // A fast one says nothing, and costs no more than those on their way.
    amqp.publish(fast(event("3"))).await.unwrap();
    let mut deliveries = subscribe(&amqp, events("on")).await;
    let arrives = async || {
        amqp.publish(fast(event("4"))).await.unwrap();
        sleep(Duration::from_millis(100)).await;
        deliveries.next().now_or_never().is_some()
    };
    until("fast events arrive again", arrives).await;
    amqp.close().await;
}

/// Nobody tells a consumer that its binding is gone, and what is published meanwhile is confirmed.
async fn an_exchange_deleted_under_its_consumers(case: Case) {
    let mut options = case.options();
    options.reconcile_every = Duration::from_millis(200);
    let amqp = Amqp::open(options).await.unwrap();
    let mut deliveries = subscribe(&amqp, events("on")).await;
    let mut server = subscribe(&amqp, rpc("steady", 10)).await;
    for exchange in ["source.events", "nameko-rpc"] {
        let expression = format!(
            "rabbit_exchange:delete({{resource, <<\"{}\">>, exchange, <<\"{exchange}\">>}}, \
             false, <<\"test\">>).",
            case.vhost
        );
        case.node().await.eval(&expression).await.unwrap();
    }
    let arrives = async || {
        amqp.publish(event("1")).await.unwrap();
        sleep(Duration::from_millis(100)).await;
        deliveries.next().now_or_never().is_some()
    };
    until("events arrive again", arrives).await;
    let reached = async || amqp.publish(request("steady", "1")).await.is_ok();
    until("requests are routed again", reached).await;
    ack(next(&mut server).await);
    amqp.close().await;
}

async fn a_memory_alarm(case: Case) {
    let mut options = case.options();
    options.blocked_grace = Duration::from_millis(500);
    options.publish_deadline = Duration::from_secs(6);
    let amqp = Amqp::open(options).await.unwrap();
    let mut deliveries = subscribe(&amqp, events("on")).await;
    for number in 0..20 {
        amqp.publish(event(number.to_string())).await.unwrap();
    }
    case.node().await.set_memory_alarm(true).await.unwrap();
    // The broker tells only those that publish, and what told it is stuck.
    let first = amqp.publish(event("first")).await.unwrap_err();
    assert!(matches!(first, PublishError::Unknown(_)), "{first:?}");
    for message in [event("more"), fast(event("more")), request("nobody", "")] {
        let started = Instant::now();
        let error = amqp.publish(message).await.unwrap_err();
        assert!(
            matches!(&error, PublishError::Unavailable(why) if why.contains("memory")),
            "{error:?}"
        );
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }
    for _ in 0..20 {
        ack(next(&mut deliveries).await);
    }
    let queue = "evt-source-happened--tests.on";
    until("acks get through", async || case.messages(queue).await == (0, 0)).await;
    case.node().await.set_memory_alarm(false).await.unwrap();
    until("it publishes again", async || amqp.publish(event("after")).await.is_ok()).await;
    until("it arrives", async || text(&next(&mut deliveries).await) == "after").await;

    // Closing does not wait for a broker that does not listen.
    case.node().await.set_memory_alarm(true).await.unwrap();
    let _ = amqp.publish(event("stuck")).await;
    let started = Instant::now();
    amqp.close().await;
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    case.node().await.set_memory_alarm(false).await.unwrap();
    let connections = async || {
        let lines = case.node().await.ctl(&["list_connections", "vhost"]).await.unwrap();
        lines.lines().filter(|it| *it == case.vhost).count()
    };
    until("no connection is left", async || connections().await == 0).await;
}

async fn a_frozen_broker(case: Case) {
    let mut options = case.options();
    options.heartbeat = Duration::from_secs(1);
    options.publish_deadline = Duration::from_secs(30);
    options.connect_deadline = Duration::from_secs(2);
    let amqp = Amqp::open(options.clone()).await.unwrap();
    let mut deliveries = subscribe(&amqp, events("on")).await;
    case.node().await.pause().unwrap();
    let started = Instant::now();
    let error = Amqp::open(options).await.err().expect("nobody answers");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    let publishing = publish_all(&amqp, 0..100);
    let (confirmed, ()) = tokio::join!(publishing, async {
        sleep(Duration::from_secs(6)).await;
        case.node().await.resume().unwrap();
    });
    take_all(&case, &mut deliveries, confirmed).await;
    amqp.close().await;
}

/// A message takes its place in the window until it is nowhere any more, whoever still waits for it.
async fn who_goes_away_leaves_no_room_in_the_window(case: Case) {
    let mut options = case.options();
    (options.window, options.publish_deadline) = (4, Duration::from_secs(1));
    let amqp = Amqp::open(options).await.unwrap();
    amqp.publish(event("before")).await.unwrap();
    case.node().await.pause().unwrap();
    for _ in 0..4 {
        let going_away = timeout(Duration::from_millis(10), amqp.publish(event("x"))).await;
        assert!(going_away.is_err(), "the broker does not answer");
    }
    for _ in 0..3 {
        let error = amqp.publish(event("one too many")).await.unwrap_err();
        let PublishError::Unavailable(why) = &error else { panic!("{error:?}") };
        assert!(why.contains("too many messages"), "{why}");
    }
    case.node().await.resume().unwrap();
    until("there is room again", async || amqp.publish(event("after")).await.is_ok()).await;
    amqp.close().await;
}

async fn a_dead_link_is_found_by_its_heartbeat(case: Case) {
    let port = case.node().await.port();
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = proxy.local_addr().unwrap();
    let (dead, is_dead) = tokio::sync::watch::channel(false);
    let proxying = tokio::spawn(async move {
        loop {
            let (mut client, _) = proxy.accept().await.unwrap();
            let mut is_dead = is_dead.clone();
            tokio::spawn(async move {
                let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                    _ = is_dead.wait_for(|it| *it) => {}
                }
                if *is_dead.borrow() {
                    // Both ends stay open, and nothing goes through.
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    let mut options = case.options();
    options.endpoints = kinoko_amqp::Endpoint::list(
        &case.uri.replace(&port.to_string(), &address.port().to_string()),
    )
    .unwrap();
    options.heartbeat = Duration::from_secs(1);
    options.connect_deadline = Duration::from_secs(2);
    options.publish_deadline = Duration::from_secs(1);
    let amqp = Amqp::open(options).await.unwrap();
    let mut server = subscribe(&amqp, rpc("steady", 10)).await;
    amqp.publish(request("steady", "before")).await.unwrap();
    let held = next(&mut server).await;
    for _ in 0..3 {
        amqp.publish(request("steady", "before")).await.unwrap();
        ack(next(&mut server).await);
    }
    dead.send_replace(true);
    let started = Instant::now();
    let error = amqp.publish(request("steady", "lost")).await.unwrap_err();
    assert!(matches!(error, PublishError::Unknown(_)), "{error:?}");
    let fails = async || {
        matches!(amqp.publish(request("steady", "x")).await, Err(PublishError::Unavailable(_)))
    };
    until("the link is given up", fails).await;
    assert!(started.elapsed() < 2 * SOON, "{:?}", started.elapsed());
    dead.send_replace(false);
    until("it publishes again", async || amqp.publish(request("steady", "after")).await.is_ok())
        .await;
    // What was held comes again, and settling it late is not sent.
    until("it arrives again", async || text(&next(&mut server).await) == "after").await;
    held.settle(Settlement::Ack);
    assert_eq!(amqp.stale_settlements(), 1);
    amqp.close().await;
    proxying.abort();
}

async fn a_late_ack_is_not_sent(case: Case) {
    let amqp = case.amqp().await;
    let mut server = subscribe(&amqp, rpc("steady", 1)).await;
    amqp.publish(request("steady", "one")).await.unwrap();
    let old = next(&mut server).await;
    case.node().await.close_all_connections().await.unwrap();
    let again = next(&mut server).await;
    assert!(again.redelivered);
    // Both have tag 1; only the second may ack it.
    ack(old);
    sleep(Duration::from_millis(300)).await;
    assert_eq!(amqp.stale_settlements(), 1);
    assert_eq!(case.messages("rpc-steady").await, (0, 1));
    ack(again);
    until("it is acked", async || case.messages("rpc-steady").await == (0, 0)).await;
    assert_eq!(amqp.stale_settlements(), 1);
    amqp.close().await;
}

async fn closing_while_disconnected_leaves_nothing(case: Case) {
    let amqp = case.amqp().await;
    let mut server = subscribe(&amqp, rpc("steady", 1)).await;
    case.node().await.kill9().await.unwrap();
    sleep(Duration::from_millis(200)).await;
    timeout(Duration::from_secs(8), amqp.close()).await.expect("closing does not wait for ever");
    assert!(server.next().await.is_none());
    case.node().await.restart().await.unwrap();
    // Long enough for anything that still tried.
    sleep(Duration::from_secs(5)).await;
    let lines = case.node().await.ctl(&["list_connections", "vhost"]).await.unwrap();
    assert!(!lines.lines().any(|it| it == case.vhost), "{lines}");
    assert_eq!(case.consumers("rpc-steady").await, 0);
}
