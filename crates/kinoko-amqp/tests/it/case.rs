//! What every test has: the node, a virtual host, and words for what it does with them.

use std::{pin::Pin, sync::Arc, time::Duration};

use futures_util::StreamExt;
use kinoko_amqp::{Amqp, AmqpOptions};
use kinoko_core::{
    Address, Deliveries, Delivery, EventMode, Guarantee, Message, Settlement, Subscription,
    Transport,
};
use kinoko_testing::rabbitmq::RabbitNode;
use tokio::{
    sync::{Mutex, MutexGuard},
    time::{Instant, sleep, timeout},
};

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

    pub(crate) fn shared_node(&self) -> Arc<Mutex<RabbitNode>> {
        Arc::clone(&self.node)
    }

    pub(crate) fn options(&self) -> AmqpOptions {
        AmqpOptions::new(&self.uri).expect("the URI is one")
    }

    pub(crate) async fn amqp(&self) -> Amqp {
        Amqp::open(self.options()).await.expect("the node lets us in")
    }

    /// `rabbitmqctl list_…` in this virtual host, line by line.
    pub(crate) async fn list(&self, what: &[&str]) -> Vec<String> {
        let (command, columns) = what.split_first().expect("there is a command");
        let mut args = vec![*command, "-p", &*self.vhost, "--no-table-headers"];
        args.extend(columns);
        let text = self.node().await.ctl(&args).await.expect("the node answers");
        text.lines().map(str::to_owned).collect()
    }

    /// How many consumers a queue has.
    pub(crate) async fn consumers(&self, queue: &str) -> usize {
        let lines = self.list(&["list_consumers", "queue_name"]).await;
        lines.iter().filter(|it| *it == queue).count()
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
}

/// Waits until something holds, and fails when it does not.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds().await {
        assert!(Instant::now() < deadline, "never: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// The next delivery, which comes.
pub(crate) async fn next(deliveries: &mut Deliveries) -> Delivery {
    let delivery = timeout(Duration::from_secs(60), deliveries.next()).await;
    delivery.expect("a delivery comes").expect("the stream goes on")
}

/// That no delivery comes, for a while.
pub(crate) async fn nothing(deliveries: &mut Deliveries) {
    let delivery = timeout(Duration::from_millis(300), deliveries.next()).await;
    assert!(delivery.is_err(), "there is one: {delivery:?}");
}

pub(crate) fn rpc(service: &'static str, prefetch: u16) -> Subscription {
    Subscription::Rpc { service: service.into(), prefetch }
}

pub(crate) fn replies(key: &str, guarantee: Guarantee) -> Subscription {
    Subscription::Replies { key: key.to_owned(), guarantee }
}

pub(crate) fn events(method: &'static str) -> Subscription {
    Subscription::Event {
        source: "source".into(),
        event_type: "happened".into(),
        service: "tests".into(),
        method: method.into(),
        mode: EventMode::ServicePool,
        reliable: true,
        prefetch: 100,
    }
}

pub(crate) fn request(service: &'static str, body: impl Into<Vec<u8>>) -> Message {
    let to = Address::Method { service: service.into(), method: "run".into() };
    Message::json(to, body.into())
}

pub(crate) fn event(body: impl Into<Vec<u8>>) -> Message {
    let to = Address::Event { source: "source".into(), event_type: "happened".into() };
    Message::json(to, body.into())
}

pub(crate) fn fast(mut message: Message) -> Message {
    message.guarantee = Guarantee::Fast;
    message
}

pub(crate) fn text(delivery: &Delivery) -> String {
    String::from_utf8(delivery.message.body.to_vec()).expect("the body is text")
}

pub(crate) fn ack(delivery: Delivery) {
    delivery.settle(Settlement::Ack);
}

pub(crate) async fn subscribe(amqp: &Amqp, to: Subscription) -> Deliveries {
    amqp.subscribe(to).await.expect("the subscription is made")
}
