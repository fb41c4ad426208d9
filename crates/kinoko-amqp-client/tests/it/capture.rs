//! What is sent and received, read by somebody else: Wireshark's dissector finds nothing malformed,
//! and every method there is.

use std::{collections::BTreeSet, path::Path, process::Stdio};

use kinoko_amqp_client::{
    Channel, Connection, ExchangeDeclaration, Fields, Outcome, Properties, Publish,
    QueueDeclaration, Value, Values,
};

use crate::{
    case::{Case, Test, consume, next, put, queue, soon, test, to, until},
    pcap,
    proxy::Proxy,
};

pub(crate) const TESTS: &[(&str, Test)] = &[test!("capture", read_by_wireshark)];

/// The methods that have to be found, by class: what the client can send, and what answers it.
const EXPECTED: &[(u16, &[u16])] = &[
    // connection: start, tune, open, close, blocked, unblocked, update-secret
    (10, &[10, 11, 30, 31, 40, 41, 50, 51, 60, 61, 70, 71]),
    // channel: open, close
    (20, &[10, 11, 40, 41]),
    // exchange: declare, delete, bind, unbind
    (40, &[10, 11, 20, 21, 30, 31, 40, 51]),
    // queue: declare, bind, purge, delete, unbind
    (50, &[10, 11, 20, 21, 30, 31, 40, 41, 50, 51]),
    // basic: qos, consume, cancel, publish, return, deliver, get, ack, reject, recover, nack
    (60, &[10, 11, 20, 21, 30, 31, 40, 50, 60, 70, 71, 72, 80, 90, 110, 111, 120]),
    // confirm: select
    (85, &[10]),
];

/// What it must not say of anything. It does not know `connection.update-secret`, so of an unknown
/// method of that class it may.
const WRONG: &[&str] = &[
    "_ws.malformed",
    "tcp.analysis.flags",
    "data",
    "amqp.array_type_unknown",
    "amqp.bad_flag_value",
    "amqp.bad_length",
    "amqp.field_short",
    "amqp.unknown.amqp_type",
    "amqp.unknown.class_code",
    "amqp.unknown.frame_type",
    "amqp.unknown.header_class",
    "amqp.unknown.method.basic",
    "amqp.unknown.method.channel",
    "amqp.unknown.method.class",
    "amqp.unknown.method.confirm",
    "amqp.unknown.method.exchange",
    "amqp.unknown.method.queue",
];

async fn read_by_wireshark(case: Case) {
    let mut options = case.options();
    options.config.frame_max = 8192;
    let (proxy, options) = Proxy::before(&options).await;
    proxy.keep();
    let connection = Connection::connect_with(&options).await.unwrap();
    let channel = connection.open_channel().await.unwrap();
    declare(&channel).await;
    exchange_messages(&channel).await;
    take_back(&channel).await;
    be_blocked(&case, &channel).await;
    connection.update_secret("another", "rotation").await.unwrap();
    // A channel that the broker closes.
    let doomed = connection.open_channel().await.unwrap();
    doomed.purge_queue("absent").await.unwrap_err();
    channel.close().await;
    connection.close().await;
    let path = std::env::temp_dir().join(format!("kinoko-{}.pcap", std::process::id()));
    pcap::write(&path, proxy.port(), &proxy.kept()).unwrap();
    let result = judge(&path, proxy.port()).await;
    std::fs::remove_file(&path).unwrap();
    if let Err(text) = result {
        panic!("{text}");
    }
}

async fn declare(channel: &Channel) {
    queue(channel, "queue").await;
    let mut values = Values::new();
    values.push(1);
    values.push("two");
    let exchange = ExchangeDeclaration {
        name: "exchange",
        arguments: Fields::new()
            .with("alternate-exchange", "amq.fanout")
            .with("x-list", values.as_array()),
        ..ExchangeDeclaration::default()
    };
    channel.declare_exchange(&exchange).await.unwrap();
    let none = Fields::new();
    channel.bind_exchange("exchange", "amq.direct", "key", &none).await.unwrap();
    let arguments = Fields::new().with("x-anything", Value::Void);
    channel.bind_queue("queue", "exchange", "#", &arguments).await.unwrap();
    let full = QueueDeclaration {
        name: "full",
        arguments: Fields::new().with("x-max-length", 0).with("x-overflow", "reject-publish"),
        ..QueueDeclaration::default()
    };
    channel.declare_queue(&full).await.unwrap();
}

async fn exchange_messages(channel: &Channel) {
    let headers = Fields::new()
        .with("text", "grün")
        .with("number", i64::MIN)
        .with("double", 0.5)
        .with("flag", true)
        .with("time", Value::Timestamp(1_700_000_000));
    let properties = Properties {
        content_type: Some("text/plain".into()),
        content_encoding: Some("utf-8".into()),
        headers: Some(headers.as_table()),
        delivery_mode: Some(Properties::PERSISTENT),
        priority: Some(1),
        correlation_id: Some("correlation".into()),
        reply_to: Some("reply".into()),
        expiration: Some("60000".into()),
        message_id: Some("message".into()),
        timestamp: Some(1_700_000_000),
        kind: Some("kind".into()),
        user_id: Some("guest".into()),
        app_id: Some("application".into()),
        cluster_id: Some("cluster".into()),
    };
    let message = Publish { exchange: "amq.direct".into(), properties, ..to("key", "x") };
    put(channel, &message).await;
    let body = vec![7; 50_000].into();
    put(channel, &Publish { body, ..to("queue", "") }).await;
    put(channel, &to("queue", "")).await;
    assert_eq!(channel.publish(&to("full", "x")).await, Ok(Outcome::Nacked));
    let returned = channel.publish(&to("absent", "x")).await.unwrap();
    assert!(matches!(returned, Outcome::Returned(_)));
    assert!(channel.get("full", true).await.unwrap().is_none());
    drop(channel.get("queue", false).await.unwrap().unwrap());
    channel.prefetch(10).await.unwrap();
    let mut consumer = consume(channel, "queue").await;
    until("all three are there", async || consumer.waiting() == 3).await;
    channel.recover().await.unwrap();
    let mut count = 0;
    while count < 3 {
        let delivery = next(&mut consumer).await;
        // Those of before are stale, and the broker gave others for them.
        count += usize::from(delivery.ack().is_ok());
    }
    consumer.cancel().await.unwrap();
}

async fn take_back(channel: &Channel) {
    put(channel, &to("queue", "x")).await;
    let (_, delivery) = channel.get("queue", false).await.unwrap().unwrap();
    delivery.reject().unwrap();
    let none = Fields::new();
    let arguments = Fields::new().with("x-anything", Value::Void);
    channel.unbind_queue("queue", "exchange", "#", &arguments).await.unwrap();
    channel.unbind_exchange("exchange", "amq.direct", "key", &none).await.unwrap();
    channel.purge_queue("queue").await.unwrap();
    channel.delete_exchange("exchange", true).await.unwrap();
    channel.delete_queue("full", false, false).await.unwrap();
}

async fn be_blocked(case: &Case, channel: &Channel) {
    case.node().await.set_memory_alarm(true).await.unwrap();
    let confirm = channel.submit(&to("queue", "x")).await.unwrap();
    until("it is blocked", async || channel.connection().is_blocked()).await;
    case.node().await.set_memory_alarm(false).await.unwrap();
    until("it is not", async || !channel.connection().is_blocked()).await;
    assert_eq!(soon("an outcome", confirm).await, Outcome::Confirmed);
}

/// What Wireshark says of the file.
async fn judge(path: &Path, port: u16) -> Result<(), String> {
    let unknown = "amqp.unknown.method.connection && !(amqp.method.method >= 70)";
    let wrong = format!("{} || ({unknown})", WRONG.join(" || "));
    let shown = tshark(path, port, &["-Y", &wrong]).await?;
    if !shown.is_empty() {
        return Err(format!("Wireshark finds fault with\n{shown}"));
    }
    let columns = ["-T", "fields", "-e", "amqp.method.class", "-e", "amqp.method.method"];
    let columns = [&columns[..], &["-Y", "amqp.method.class"]].concat();
    let mut found = BTreeSet::new();
    for line in tshark(path, port, &columns).await?.lines() {
        let (classes, methods) = line.split_once('\t').ok_or("a line without a method")?;
        for (class, method) in classes.split(',').zip(methods.split(',')) {
            let number = |it: &str| it.parse::<u16>().map_err(|err| format!("{line}: {err}"));
            found.insert((number(class)?, number(method)?));
        }
    }
    let expected: BTreeSet<_> = EXPECTED
        .iter()
        .flat_map(|(class, methods)| methods.iter().map(|method| (*class, *method)))
        .collect();
    let missing: Vec<_> = expected.difference(&found).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("Wireshark does not see {missing:?}")) }
}

async fn tshark(path: &Path, port: u16, args: &[&str]) -> Result<String, String> {
    let output = tokio::process::Command::new("tshark")
        .arg("-r")
        .arg(path)
        .args(["-d", &format!("tcp.port=={port},amqp")])
        .args(args)
        .stdin(Stdio::null())
        .output()
        .await
        .map_err(|err| {
            format!(
                "tshark cannot be run: {err}; install it with \
                 `apt-get install --no-install-recommends tshark`, or run `cargo xtask test`"
            )
        })?;
    if !output.status.success() {
        return Err(format!("tshark: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
