//! Exchanges, queues and bindings: made, looked for, refused, taken away.

use kinoko_amqp_client::{
    Channel, ErrorKind, ExchangeDeclaration, Fields, Outcome, Properties, QueueDeclaration, Scope,
};

use crate::case::{Case, Test, consume, failed, put, queue, soon, test, to};

pub(crate) const TESTS: &[(&str, Test)] = &[
    test!("topology", what_is_declared_is_there),
    test!("topology", a_queue_that_is_not_what_was_declared),
    test!("topology", an_exchange_that_is_not_what_was_declared),
    test!("topology", bindings_route_for_as_long_as_they_last),
    test!("topology", headers_route_by_arguments),
    test!("topology", purging_and_deleting),
];

async fn what_is_declared_is_there(case: Case) {
    let channel = case.channel().await;
    let state = channel.declare_queue(&QueueDeclaration::default()).await.unwrap();
    assert!(state.name.starts_with("amq.gen-"), "{state:?}");
    queue(&channel, "named").await;
    put(&channel, &to("named", "x")).await;
    let _consumer = consume(&channel, &state.name).await;
    for (name, messages, consumers) in [("named", 1, 0), (&*state.name, 0, 1)] {
        let look = QueueDeclaration { name, passive: true, ..QueueDeclaration::default() };
        let found = channel.declare_queue(&look).await.unwrap();
        assert_eq!((&*found.name, found.messages, found.consumers), (name, messages, consumers));
    }
    for kind in ["direct", "fanout", "topic", "headers"] {
        let exchange = ExchangeDeclaration {
            name: kind,
            kind,
            durable: true,
            auto_delete: true,
            internal: true,
            arguments: Fields::new().with("alternate-exchange", "amq.fanout"),
            ..ExchangeDeclaration::default()
        };
        channel.declare_exchange(&exchange).await.unwrap();
        // The same once more, and without a word of what it is.
        channel.declare_exchange(&exchange).await.unwrap();
        let look = ExchangeDeclaration { name: kind, passive: true, ..Default::default() };
        channel.declare_exchange(&look).await.unwrap();
        let columns = ["name", "type", "durable", "auto_delete", "internal"];
        let listed = case.list(&[&["list_exchanges"][..], &columns].concat()).await;
        assert!(listed.contains(&format!("{kind}\t{kind}\ttrue\ttrue\ttrue")), "{listed:?}");
    }
}

/// Declares on a channel of its own what cannot be, and looks at what is left.
async fn check_queue(beside: &Channel, queue: QueueDeclaration<'_>, kind: ErrorKind, words: &str) {
    let channel = beside.connection().open_channel().await.unwrap();
    let error = failed(channel.declare_queue(&queue).await, kind, words);
    assert_eq!(error.scope(), Scope::Channel);
    assert!(error.code().is_some(), "{error:?}");
    assert!(!channel.is_open() && beside.is_open());
}

async fn a_queue_that_is_not_what_was_declared(case: Case) {
    let channel = case.channel().await;
    let taken = || QueueDeclaration {
        name: "taken",
        durable: true,
        arguments: Fields::new().with("x-max-length", 5),
        ..QueueDeclaration::default()
    };
    channel.declare_queue(&taken()).await.unwrap();
    let other = Fields::new().with("x-max-length", 6);
    let wrong = Fields::new().with("x-max-length", "many");
    let mine = QueueDeclaration { name: "mine", exclusive: true, ..QueueDeclaration::default() };
    case.channel().await.declare_queue(&mine).await.unwrap();
    let elsewhere = case.channel().await;
    elsewhere.declare_queue(&QueueDeclaration { name: "locked", ..mine }).await.unwrap();
    use ErrorKind::{Locked, NotFound, Precondition, Refused};
    for (queue, kind, words) in [
        (QueueDeclaration { durable: false, ..taken() }, Precondition, "durable"),
        (QueueDeclaration { auto_delete: true, ..taken() }, Precondition, "auto_delete"),
        (QueueDeclaration { arguments: other, ..taken() }, Precondition, "x-max-length"),
        (QueueDeclaration { arguments: Fields::new(), ..taken() }, Precondition, "x-max-length"),
        (QueueDeclaration { name: "new", arguments: wrong, ..taken() }, Precondition, "max-length"),
        (QueueDeclaration { name: "absent", passive: true, ..taken() }, NotFound, "absent"),
        (QueueDeclaration { name: "amq.taken", ..taken() }, Refused, "amq."),
        (QueueDeclaration { name: "locked", ..taken() }, Locked, "locked"),
    ] {
        check_queue(&channel, queue, kind, words).await;
    }
    drop(elsewhere);
}

async fn an_exchange_that_is_not_what_was_declared(case: Case) {
    let connection = case.connect().await;
    let beside = connection.open_channel().await.unwrap();
    let taken =
        || ExchangeDeclaration { name: "taken", durable: true, ..ExchangeDeclaration::default() };
    beside.declare_exchange(&taken()).await.unwrap();
    let alternate = Fields::new().with("alternate-exchange", "other");
    use ErrorKind::{NotFound, Precondition, Refused};
    for (exchange, kind, words) in [
        (ExchangeDeclaration { kind: "direct", ..taken() }, Precondition, "type"),
        (ExchangeDeclaration { durable: false, ..taken() }, Precondition, "durable"),
        (ExchangeDeclaration { auto_delete: true, ..taken() }, Precondition, "auto_delete"),
        (ExchangeDeclaration { internal: true, ..taken() }, Precondition, "internal"),
        (
            ExchangeDeclaration { arguments: alternate, ..taken() },
            Precondition,
            "alternate-exchange",
        ),
        (ExchangeDeclaration { name: "absent", passive: true, ..taken() }, NotFound, "absent"),
        (ExchangeDeclaration { name: "amq.mine", ..taken() }, Refused, "amq."),
    ] {
        let channel = connection.open_channel().await.unwrap();
        let error = failed(channel.declare_exchange(&exchange).await, kind, words);
        assert_eq!(error.scope(), Scope::Channel);
        assert!(!channel.is_open() && beside.is_open());
    }
    // What this costs, in the opinion of which RabbitMQ.
    let (kind, scope) = if case.node().await.version().await.unwrap() < (4, 0) {
        (ErrorKind::Protocol, Scope::Connection)
    } else {
        (Precondition, Scope::Channel)
    };
    let unknown = ExchangeDeclaration { name: "x", kind: "astrology", ..taken() };
    let error = connection.open_channel().await.unwrap().declare_exchange(&unknown).await;
    let error = failed(error, kind, "astrology");
    assert_eq!(error.scope(), scope);
    assert_eq!(connection.is_closed(), scope == Scope::Connection);
    assert_eq!(beside.is_open(), scope == Scope::Channel);
}

async fn bindings_route_for_as_long_as_they_last(case: Case) {
    let channel = case.channel().await;
    let none = Fields::new();
    for name in ["first", "second"] {
        let exchange = ExchangeDeclaration { name, ..ExchangeDeclaration::default() };
        channel.declare_exchange(&exchange).await.unwrap();
    }
    queue(&channel, "queue").await;
    let routed = async || {
        let message = kinoko_amqp_client::Publish { exchange: "first".into(), ..to("a.b", "x") };
        match soon("an outcome", channel.publish(&message)).await.unwrap() {
            Outcome::Confirmed => true,
            Outcome::Returned(_) => false,
            other => panic!("{other:?}"),
        }
    };
    assert!(!routed().await);
    channel.bind_exchange("second", "first", "a.#", &none).await.unwrap();
    channel.bind_queue("queue", "second", "*.b", &none).await.unwrap();
    assert!(routed().await);
    channel.unbind_exchange("second", "first", "a.#", &none).await.unwrap();
    assert!(!routed().await);
    channel.bind_exchange("second", "first", "a.#", &none).await.unwrap();
    assert!(routed().await);
    channel.unbind_queue("queue", "second", "*.b", &none).await.unwrap();
    assert!(!routed().await);
    let result = channel.bind_queue("absent", "second", "", &none).await;
    failed(result, ErrorKind::NotFound, "absent");
    let channel = channel.connection().open_channel().await.unwrap();
    let result = channel.bind_exchange("absent", "second", "", &none).await;
    failed(result, ErrorKind::NotFound, "absent");
}

async fn headers_route_by_arguments(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    let wanted = Fields::new().with("x-match", "all").with("colour", "red").with("size", 5);
    channel.bind_queue("queue", "amq.headers", "", &wanted).await.unwrap();
    for (size, reaches) in [(5, true), (6, false)] {
        let headers = Fields::new().with("size", size).with("colour", "red");
        let properties = Properties { headers: Some(headers.as_table()), ..Properties::default() };
        let message = kinoko_amqp_client::Publish {
            exchange: "amq.headers".into(),
            properties,
            ..to("", "x")
        };
        let outcome = channel.publish(&message).await.unwrap();
        assert_eq!(outcome == Outcome::Confirmed, reaches, "{outcome:?}");
    }
    channel.unbind_queue("queue", "amq.headers", "", &wanted).await.unwrap();
    assert_eq!(channel.delete_queue("queue", true, false).await, Ok(1));
}

async fn purging_and_deleting(case: Case) {
    let channel = case.channel().await;
    let fresh = async || channel.connection().open_channel().await.unwrap();
    queue(&channel, "queue").await;
    for _ in 0..3 {
        put(&channel, &to("queue", "x")).await;
    }
    let kind = ErrorKind::Precondition;
    failed(fresh().await.delete_queue("queue", false, true).await, kind, "not empty");
    assert_eq!(channel.purge_queue("queue").await, Ok(3));
    assert_eq!(channel.purge_queue("queue").await, Ok(0));
    let mut consumer = consume(&channel, "queue").await;
    failed(fresh().await.delete_queue("queue", true, false).await, kind, "in use");
    consumer.cancel().await.unwrap();
    put(&channel, &to("queue", "x")).await;
    assert_eq!(channel.delete_queue("queue", true, false).await, Ok(1));
    assert_eq!(channel.delete_queue("queue", false, false).await, Ok(0), "there is none");
    failed(fresh().await.purge_queue("queue").await, ErrorKind::NotFound, "queue");
    let exchange = ExchangeDeclaration { name: "exchange", ..ExchangeDeclaration::default() };
    channel.declare_exchange(&exchange).await.unwrap();
    queue(&channel, "queue").await;
    channel.bind_queue("queue", "exchange", "#", &Fields::new()).await.unwrap();
    failed(fresh().await.delete_exchange("exchange", true).await, kind, "in use");
    channel.delete_exchange("exchange", false).await.unwrap();
    channel.delete_exchange("exchange", false).await.expect("there is none");
}
