//! What a case has at hand: connections, inboxes with a deadline, messages, and a way to fail.

use std::{
    collections::BTreeSet, fmt, future::poll_fn, pin::pin, sync::Arc, task::Poll, time::Duration,
};

use futures_util::StreamExt;
use kinoko_core::{
    Address, BoxFuture, Deliveries, Delivery, Error, EventMode, Guarantee, Message, PublishError,
    Settlement, Subscription, Transport,
};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::{Features, Subject};

/// How a case ends. It holds when nothing stops it.
pub(super) type Checked<T = ()> = Result<T, Stop>;

/// Why a case stops.
#[derive(Debug)]
pub(super) enum Stop {
    /// The transport does not do what it must.
    Failed(String),
    /// The transport does not promise that, or the subject cannot do what it takes to see.
    LeftOut(String),
}

/// One case, being run.
pub(super) struct Case {
    pub(super) features: Features,
    subject: Arc<dyn Subject>,
    deadline: Duration,
    id: Uuid,
}

impl Case {
    pub(super) fn new(subject: Arc<dyn Subject>, features: Features, deadline: Duration) -> Case {
        Case { features, subject, deadline, id: Uuid::new_v4() }
    }

    /// A name no other case has.
    pub(super) fn name(&self, word: &str) -> String {
        format!("{word}-{}", self.id.simple())
    }

    /// Leaves the case out unless the transport promises that.
    pub(super) fn needs(&self, promised: bool, feature: &str) -> Checked {
        if promised {
            return Ok(());
        }
        Err(Stop::LeftOut(format!("the transport does not promise `{feature}`")))
    }

    /// A connection of its own.
    pub(super) async fn process(&self) -> Checked<Process> {
        let transport = self.subject.connect().await?;
        // Twice in a case something may take long, and the second still says what.
        Ok(Process { transport, patience: self.deadline * 2 / 5 })
    }

    /// Breaks all connections.
    pub(super) async fn disconnect(&self) -> Checked {
        done(self.subject.disconnect(), "the subject cannot break connections").await
    }

    /// Stops and starts the broker.
    pub(super) async fn restart(&self) -> Checked {
        done(self.subject.restart(), "the subject cannot start its broker again").await
    }
}

async fn done(doing: Option<BoxFuture<'_, ()>>, otherwise: &str) -> Checked {
    match doing {
        Some(doing) => {
            doing.await;
            Ok(())
        }
        None => Err(Stop::LeftOut(otherwise.to_owned())),
    }
}

/// One connection: as far as the broker is concerned, a process.
#[derive(Clone)]
pub(super) struct Process {
    pub(super) transport: Arc<dyn Transport>,
    patience: Duration,
}

impl Process {
    /// Publishes, whatever comes of it.
    pub(super) async fn publish(&self, message: Message) -> Result<(), PublishError> {
        self.transport.publish(message).await
    }

    /// Publishes what must go through.
    pub(super) async fn send(&self, message: Message) -> Checked {
        let to = message.to.clone();
        self.publish(message).await.map_err(|err| Stop::failed(format!("publish to {to:?}: {err}")))
    }

    /// Publishes until it goes through, as one must when connections break.
    pub(super) async fn send_in_the_end(&self, message: Message) -> Checked {
        let trying = async {
            while self.publish(message.clone()).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let tried = within(self.patience, trying).await;
        tried.ok_or_else(|| Stop::failed(format!("no publish went through in {:?}", self.patience)))
    }

    pub(super) async fn subscribe(&self, to: Subscription) -> Checked<Inbox> {
        let deliveries = self.transport.subscribe(to).await?;
        Ok(Inbox { deliveries, patience: self.patience })
    }

    pub(super) async fn close(&self) -> Checked {
        let closed = within(self.patience, self.transport.close()).await;
        closed.ok_or_else(|| Stop::failed(format!("close took more than {:?}", self.patience)))
    }
}

/// What arrives on one subscription.
pub(super) struct Inbox {
    deliveries: Deliveries,
    patience: Duration,
}

impl Inbox {
    /// The next delivery, to be settled by the case.
    pub(super) async fn next(&mut self) -> Checked<Delivery> {
        match within(self.patience, self.deliveries.next()).await {
            Some(Some(delivery)) => Ok(delivery),
            Some(None) => Err(Stop::failed("the stream of deliveries ended")),
            None => Err(Stop::failed(format!("nothing arrived in {:?}", self.patience))),
        }
    }

    /// The next message, acknowledged.
    pub(super) async fn take(&mut self) -> Checked<Message> {
        let delivery = self.next().await?;
        let message = Message::clone(&delivery.message);
        delivery.settle(Settlement::Ack);
        Ok(message)
    }

    /// The next message, which must have that body.
    pub(super) async fn expect(&mut self, body: &str) -> Checked {
        same("the next body", text(&self.take().await?), body.to_owned())
    }

    /// The next messages, which must have those bodies in any order, and the same number.
    pub(super) async fn expect_all(&mut self, bodies: impl IntoIterator<Item = String>) -> Checked {
        let mut missing: BTreeSet<String> = bodies.into_iter().collect();
        while let Some(one) = missing.first() {
            let one = one.clone();
            let found = self.take().await.map_err(|stop| {
                stop.with(format!("{} are missing, {one} among them", missing.len()))
            })?;
            let found = text(&found);
            if !missing.remove(&found) {
                return Err(Stop::failed(format!("{found} arrived, which is no more expected")));
            }
        }
        Ok(())
    }

    /// Checks that nothing arrives any more.
    pub(super) async fn expect_end(&mut self) -> Checked {
        let waiting = async {
            // What arrived before the end may come first.
            while self.deliveries.next().await.is_some() {}
        };
        let ended = within(self.patience, waiting).await;
        ended.ok_or_else(|| Stop::failed(format!("the stream goes on after {:?}", self.patience)))
    }
}

/// What comes of it in that time. A timeout looks once more when the time is over, and would hide
/// that nobody was woken: so what is found only then does not count.
async fn within<T>(patience: Duration, doing: impl Future<Output = T>) -> Option<T> {
    let start = Instant::now();
    let done = timeout(patience, doing).await.ok();
    done.filter(|_| start.elapsed() < patience)
}

/// Begins to wait, and only then does what is waited for: who waits must be woken.
pub(super) async fn waiting_for<T>(
    waiting: impl Future<Output = Checked<T>>,
    doing: impl Future<Output = Checked> + Send + 'static,
) -> Checked<T> {
    let mut waiting = pin!(waiting);
    let early = poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx))).await;
    if early.is_ready() {
        return Err(Stop::failed("something came before it was sent"));
    }
    // On a task of its own: here, each of its steps would look at what is waited for too.
    let doing = tokio::spawn(doing);
    let found = waiting.await;
    doing.await.map_err(|err| Stop::failed(format!("the transport panicked: {err}")))??;
    found
}

impl Stop {
    pub(super) fn failed(why: impl Into<String>) -> Stop {
        Stop::Failed(why.into())
    }

    fn with(self, more: impl fmt::Display) -> Stop {
        match self {
            Stop::Failed(why) => Stop::Failed(format!("{why}: {more}")),
            left_out @ Stop::LeftOut(_) => left_out,
        }
    }
}

impl From<Error> for Stop {
    fn from(err: Error) -> Stop {
        Stop::Failed(err.to_string())
    }
}

/// Fails unless both are the same.
pub(super) fn same<T: PartialEq + fmt::Debug>(what: &str, found: T, expected: T) -> Checked {
    if found == expected {
        return Ok(());
    }
    let (found, expected) = (short(&found), short(&expected));
    Err(Stop::Failed(format!("{what}: expected {expected}, found {found}")))
}

/// A debug text that does not fill the terminal with a body of 1 MiB.
fn short(value: &impl fmt::Debug) -> String {
    let text = format!("{value:?}");
    match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
        None => text,
    }
}

/// A message's body as text.
pub(super) fn text(message: &Message) -> String {
    String::from_utf8_lossy(&message.body).into_owned()
}

/// A request of that service.
pub(super) fn request(service: &str, body: &str) -> Message {
    let to = Address::Method { service: service.to_owned().into(), method: "run".into() };
    Message::json(to, body.to_owned())
}

/// A fast message, otherwise the same.
pub(super) fn fast(message: Message) -> Message {
    Message { guarantee: Guarantee::Fast, ..message }
}

pub(super) fn event(source: &str, event_type: &str, body: &str) -> Message {
    let to = Address::Event {
        source: source.to_owned().into(),
        event_type: event_type.to_owned().into(),
    };
    Message::json(to, body.to_owned())
}

pub(super) fn reply(key: &str, body: &str) -> Message {
    Message::json(Address::Reply { to: key.into() }, body.to_owned())
}

pub(super) fn cancel(service: &str, correlation_id: &str) -> Message {
    let to = Address::Cancel { service: service.to_owned().into() };
    Message { correlation_id: Some(correlation_id.into()), ..Message::json(to, "") }
}

/// The requests of a service, with a prefetch that is in nobody's way.
pub(super) fn requests(service: &str) -> Subscription {
    requests_with_prefetch(service, 100)
}

pub(super) fn requests_with_prefetch(service: &str, prefetch: u16) -> Subscription {
    Subscription::Rpc { service: service.to_owned().into(), prefetch }
}

/// The replies under that key.
pub(super) fn replies(key: &str, guarantee: Guarantee) -> Subscription {
    Subscription::Replies { key: key.to_owned(), guarantee }
}

pub(super) fn cancels(service: &str) -> Subscription {
    Subscription::Cancels { service: service.to_owned().into() }
}

/// Reliable handling of an event by a service's method.
pub(super) fn handler(
    source: &str,
    event_type: &str,
    service: &str,
    mode: EventMode,
) -> Subscription {
    Subscription::Event {
        source: source.to_owned().into(),
        event_type: event_type.to_owned().into(),
        service: service.to_owned().into(),
        method: "handle".into(),
        mode,
        reliable: true,
        prefetch: 100,
    }
}
