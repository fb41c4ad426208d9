//! What every test has: the node, a virtual host, and words for what it does with them.

use std::{pin::Pin, sync::Arc, time::Duration};

use kinoko_amqp_client::{
    Channel, ConnectOptions, Connection, Consume, Consumer, Delivery, Error, ErrorKind, Outcome,
    Publish, QueueDeclaration,
};
use kinoko_testing::rabbitmq::RabbitNode;
use tokio::{
    sync::{Mutex, MutexGuard},
    time::{Instant, sleep, timeout},
};

use crate::process::is_long;

/// A test, as the list has it.
pub(crate) type Test = fn(Case) -> Pin<Box<dyn Future<Output = ()>>>;

/// The entry of a list of tests.
macro_rules! test {
    ($module:literal, $name:ident) => {
        (concat!($module, "::", stringify!($name)), |case| Box::pin($name(case)))
    };
}
pub(crate) use test;

/// One test's own virtual host.
pub(crate) struct Case {
    node: Arc<Mutex<RabbitNode>>,
    pub(crate) vhost: String,
    pub(crate) uri: String,
}

impl Case {
    pub(crate) async fn new(name: &str, node: Arc<Mutex<RabbitNode>>) -> Case {
        let vhost = name.replace("::", "-");
        let uri = node.lock().await.new_vhost(&vhost).await.expect("a virtual host is made");
        Case { node, vhost, uri }
    }

    pub(crate) async fn node(&self) -> MutexGuard<'_, RabbitNode> {
        self.node.lock().await
    }

    pub(crate) fn options(&self) -> ConnectOptions {
        let mut options = ConnectOptions::from_uri(&self.uri).expect("the URI is one");
        if is_long() {
            // A queue of millions takes long to be purged.
            options.config.answer_timeout = Duration::from_secs(300);
        }
        options
    }

    /// With signs of life every two seconds, so that their absence is soon noticed.
    pub(crate) fn lively(&self) -> ConnectOptions {
        let mut options = self.options();
        options.config.heartbeat = Duration::from_secs(2);
        options
    }

    pub(crate) async fn connect(&self) -> Connection {
        Connection::connect_with(&self.options()).await.expect("the node lets us in")
    }

    /// A channel on a connection of its own.
    pub(crate) async fn channel(&self) -> Channel {
        self.connect().await.open_channel().await.expect("a channel opens")
    }

    /// `rabbitmqctl list_…` in this virtual host, line by line.
    pub(crate) async fn list(&self, what: &[&str]) -> Vec<String> {
        let (command, columns) = what.split_first().expect("there is a command");
        let mut args = vec![*command, "-p", &*self.vhost, "--no-table-headers"];
        args.extend(columns);
        let text = self.node().await.ctl(&args).await.expect("the node answers");
        text.lines().map(str::to_owned).collect()
    }

    /// How many messages a queue has that nobody has been given, and that somebody has.
    pub(crate) async fn messages(&self, queue: &str) -> (u64, u64) {
        let columns = ["list_queues", "name", "messages_ready", "messages_unacknowledged"];
        for line in self.list(&columns).await {
            let mut fields = line.split_whitespace();
            if fields.next() == Some(queue) {
                let mut number = || fields.next().and_then(|it| it.parse().ok()).expect("a number");
                return (number(), number());
            }
        }
        panic!("there is no queue {queue}");
    }

    /// Waits until a queue has so many messages that are ready and that are not settled.
    pub(crate) async fn settles_at(&self, queue: &str, expected: (u64, u64)) {
        let mut last = (0, 0);
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            last = self.messages(queue).await;
            if last == expected {
                return;
            }
        }
        panic!("{queue} has {last:?} and not {expected:?} messages");
    }
}

/// What takes a time of its own is over by then, on a slow machine too.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until something holds, and fails when it does not.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < deadline, "never: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// What comes of something that has an end.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    within(PATIENCE, what, future).await
}

/// What comes of something that ends in so much time.
pub(crate) async fn within<T>(most: Duration, what: &str, future: impl Future<Output = T>) -> T {
    match timeout(most, future).await {
        Ok(it) => it,
        Err(_) => panic!("not in {most:?}: {what}"),
    }
}

/// The next delivery, which comes.
pub(crate) async fn next(consumer: &mut Consumer) -> Delivery {
    let delivery = soon("a delivery", consumer.next()).await;
    delivery.expect("the stream goes on").expect("it is a delivery")
}

/// The error a stream ends with, and that it ends.
pub(crate) async fn ending(consumer: &mut Consumer) -> Error {
    loop {
        match soon("the end of the stream", consumer.next()).await {
            Some(Ok(_)) => {}
            Some(Err(err)) => {
                assert!(consumer.next().await.is_none(), "nothing follows {err:?}");
                return err;
            }
            None => panic!("the stream ends without a reason"),
        }
    }
}

/// Declares a queue that goes with the node.
pub(crate) async fn queue(channel: &Channel, name: &str) {
    let queue = QueueDeclaration { name, ..QueueDeclaration::default() };
    channel.declare_queue(&queue).await.expect("the queue is declared");
}

pub(crate) async fn consume(channel: &Channel, queue: &str) -> Consumer {
    let consume = Consume { queue, ..Consume::default() };
    channel.consume(&consume).await.expect("the queue is consumed")
}

/// A message for a queue.
pub(crate) fn to<'a>(queue: &'a str, body: &'static str) -> Publish<'a> {
    Publish { routing_key: queue.into(), mandatory: true, body: body.into(), ..Publish::default() }
}

/// Publishes what has to be confirmed.
pub(crate) async fn put(channel: &Channel, message: &Publish<'_>) {
    let outcome = soon("an outcome", channel.publish(message)).await;
    assert_eq!(outcome, Ok(Outcome::Confirmed));
}

/// That something failed, how, and with which words.
#[track_caller]
pub(crate) fn failed<T>(result: Result<T, Error>, kind: ErrorKind, words: &str) -> Error {
    let Err(err) = result else { panic!("it did not fail, and should with {kind:?}") };
    assert_eq!(err.kind(), kind, "{err:?}");
    assert!(err.text().contains(words), "{err:?} does not say `{words}`");
    err
}
