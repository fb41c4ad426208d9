//! `Caller`: the requests of a process that wait for an answer, and the queue the answers come on.

use std::{borrow::Cow, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::StreamExt;
use tokio::{
    sync::{OnceCell, oneshot},
    time::Instant,
};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::ids::ById;
use crate::{
    Address, Deliveries, Fault, FaultKind, Guarantee, HeaderValue, Headers, Message, PublishError,
    Settlement, Subscription, Transport,
    codec::body::{self, Sealed},
    context,
    transport::REPLY_KEY_PREFIX,
};

/// Sends requests and hands each its answer. One for a process and transport.
pub(crate) struct Caller {
    transport: Arc<dyn Transport>,
    /// Whose calls these are, for those who look at the broker's queues.
    name: Cow<'static, str>,
    /// The call ids of calls on nobody's behalf: that of the client.
    stack: Arc<[HeaderValue]>,
    max_body_size: usize,
    waiting: Arc<Waiting>,
    fast: Mailbox,
    durable: Mailbox,
}

/// Opened by the first call.
type Mailbox = Arc<OnceCell<Replies>>;

/// A subscription to replies at work.
struct Replies {
    key: Arc<str>,
    _task: AbortOnDropHandle<()>,
}

/// A call about to be made.
pub(crate) struct Request {
    pub(crate) service: Cow<'static, str>,
    pub(crate) method: Cow<'static, str>,
    pub(crate) headers: Headers,
    pub(crate) body: Bytes,
    /// When it is made.
    pub(crate) now: Instant,
    pub(crate) deadline: Instant,
    pub(crate) guarantee: Guarantee,
}

impl Caller {
    pub(crate) fn new(
        transport: Arc<dyn Transport>,
        name: Cow<'static, str>,
        max_body_size: usize,
    ) -> Caller {
        let call_id = format!("{name}.call.{}", Uuid::new_v4());
        let (stack, waiting) = (Arc::new([HeaderValue::from(call_id)]), Arc::default());
        let (fast, durable) = Default::default();
        Caller { transport, name, stack, max_body_size, waiting, fast, durable }
    }

    /// Makes a call and waits for the body of its reply.
    ///
    /// Dropping the future takes the call back: its entry is gone, and the callee is told.
    pub(crate) async fn call(&self, request: Request) -> Result<Bytes, Fault> {
        let deadline = request.deadline;
        match tokio::time::timeout_at(deadline, self.round_trip(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(Fault::new(FaultKind::Timeout, "no reply within the deadline")),
        }
    }

    /// The call ids of calls on nobody's behalf.
    pub(crate) fn stack(&self) -> Arc<[HeaderValue]> {
        Arc::clone(&self.stack)
    }

    /// How many calls wait for an answer.
    pub(crate) fn in_flight(&self) -> usize {
        self.waiting.len()
    }

    async fn round_trip(&self, request: Request) -> Result<Bytes, Fault> {
        let mailbox = self.mailbox(request.guarantee);
        let (reply_to, now) = match mailbox.get() {
            Some(replies) => (replies.key.clone(), request.now),
            None => (self.reply_key(mailbox, request.guarantee).await?, Instant::now()),
        };
        let left = request.deadline.saturating_duration_since(now);
        let id = Uuid::new_v4();
        let mut expected = Expected::new(&self.waiting, id);
        let mut headers = request.headers;
        context::add_deadline(&mut headers, left);
        let service = request.service.clone();
        let message = Message {
            headers,
            reply_to: Some(reply_to),
            correlation_id: Some(text(id)),
            guarantee: request.guarantee,
            expires: Some(left.max(Duration::from_millis(1))),
            ..Message::json(
                Address::Method { service: request.service, method: request.method },
                request.body,
            )
        };
        let mut unwanted =
            CancelOnDrop { caller: self, id, service: Some(&service), deadline: request.deadline };
        if let Err(error) = self.transport.publish(message).await {
            unwanted.service = None;
            return Err(not_sent(&error, &service));
        }
        let answer = expected.answer().await;
        unwanted.service = None;
        match answer {
            Some(Answer::Reply(body)) => body
                .and_then(|it| it.open(self.max_body_size))
                .map_err(|why| Fault::new(FaultKind::MalformedReply, why)),
            Some(Answer::Returned) => Err(Fault::unknown_service(&service)),
            None => Err(Fault::new(FaultKind::Unavailable, "the client was closed")),
        }
    }

    /// Whether replies under that key come here.
    pub(crate) fn has_reply_key(&self, key: &str) -> bool {
        [&self.fast, &self.durable].iter().any(|it| it.get().is_some_and(|it| &*it.key == key))
    }

    fn mailbox(&self, guarantee: Guarantee) -> &Mailbox {
        match guarantee {
            Guarantee::Fast => &self.fast,
            Guarantee::Durable => &self.durable,
        }
    }

    /// The key replies come under, which are asked for on the first call.
    ///
    /// Asking goes on when the call that began it gives up: the next one finds it further on, and a
    /// client whose calls are always hasty still gets there.
    async fn reply_key(&self, mailbox: &Mailbox, guarantee: Guarantee) -> Result<Arc<str>, Fault> {
        let opening = tokio::spawn(self.open(mailbox.clone(), guarantee));
        match opening.await {
            Ok(opened) => opened,
            Err(_) => Err(Fault::new(FaultKind::Unavailable, "the client was closed")),
        }
    }

    /// Opens a mailbox, unless another call has.
    fn open(
        &self,
        mailbox: Mailbox,
        guarantee: Guarantee,
    ) -> impl Future<Output = Result<Arc<str>, Fault>> + Send + use<> {
        let (transport, service) = (self.transport.clone(), self.name.clone());
        let waiting = self.waiting.clone();
        async move {
            let replies = mailbox.get_or_try_init(async || {
                let key = reply_key(&service);
                let to = Subscription::Replies { key: key.clone(), guarantee };
                let deliveries = transport.subscribe(to).await.map_err(|err| {
                    Fault::new(FaultKind::Unavailable, format!("no replies can be received: {err}"))
                })?;
                let task = tokio::spawn(hand_out(deliveries, waiting));
                Ok::<_, Fault>(Replies { key: key.into(), _task: AbortOnDropHandle::new(task) })
            });
            Ok(replies.await?.key.clone())
        }
    }
}

/// A key of our own, with who asks in it for those who look at the broker. There is no dot in it, or it
/// could be taken for a method's address.
fn reply_key(service: &str) -> String {
    let (asks, unique) = (service.replace('.', "-"), Uuid::new_v4());
    format!("{REPLY_KEY_PREFIX}{asks}-{unique}")
}

/// An id as it is written in a message.
fn text(id: Uuid) -> Arc<str> {
    let mut buffer = Uuid::encode_buffer();
    Arc::from(&*id.hyphenated().encode_lower(&mut buffer))
}

async fn hand_out(mut deliveries: Deliveries, waiting: Arc<Waiting>) {
    while let Some(delivery) = deliveries.next().await {
        let id = delivery.message.correlation_id.as_deref().and_then(|it| Uuid::try_parse(it).ok());
        match id.and_then(|it| waiting.remove(it)) {
            Some(waiter) => {
                let answer = if delivery.returned {
                    Answer::Returned
                } else {
                    Answer::Reply(body::of(&delivery.message))
                };
                // The caller may have given up in this very moment.
                let _ = waiter.send(answer);
            }
            None => tracing::debug!(?id, "a reply that nobody waits for (any more)"),
        }
        delivery.settle(Settlement::Ack);
    }
    // No reply will come any more, so every call that waits fails.
    waiting.clear();
}

fn not_sent(error: &PublishError, service: &str) -> Fault {
    match error {
        PublishError::Unroutable => Fault::unknown_service(service),
        PublishError::TooLarge { .. } => {
            Fault::new(FaultKind::UnserializableValue, error.to_string())
        }
        _ => Fault::new(FaultKind::Unavailable, error.to_string()),
    }
}

/// Tells the callee when a caller stops waiting, unless there is nothing to tell: a call whose
/// deadline has passed ends over there by itself.
struct CancelOnDrop<'a> {
    caller: &'a Caller,
    id: Uuid,
    /// Nobody any more once there is an answer.
    service: Option<&'a Cow<'static, str>>,
    deadline: Instant,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        let Some(service) = self.service else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if self.deadline <= Instant::now() {
            return;
        }
        let mut message = Message::json(Address::Cancel { service: service.clone() }, "null");
        message.correlation_id = Some(text(self.id));
        message.guarantee = Guarantee::Fast;
        let transport = self.caller.transport.clone();
        runtime.spawn(async move {
            // Nobody is there to be told if it fails, and the deadline still holds.
            let _ = transport.publish(message).await;
        });
    }
}

enum Answer {
    /// What of the reply a call has use for, or why it is none. Whoever waits opens it, and not the one task
    /// that hands all of them out.
    Reply(Result<Sealed, Cow<'static, str>>),
    /// The request came back, as nobody was there to receive it.
    Returned,
}

/// The calls that wait, by correlation id.
type Waiting = ById<oneshot::Sender<Answer>>;

/// A place in the table of waiting calls, given up when dropped.
struct Expected<'a> {
    waiting: &'a Waiting,
    id: Uuid,
    receiver: oneshot::Receiver<Answer>,
    /// Whether it was taken out of the table, as whoever answers does.
    answered: bool,
}

impl Expected<'_> {
    fn new(waiting: &Waiting, id: Uuid) -> Expected<'_> {
        let (sender, receiver) = oneshot::channel();
        waiting.insert(id, sender);
        Expected { waiting, id, receiver, answered: false }
    }

    /// What is answered; none when nobody will answer any more.
    async fn answer(&mut self) -> Option<Answer> {
        let answer = (&mut self.receiver).await;
        self.answered = true;
        answer.ok()
    }
}

impl Drop for Expected<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.waiting.remove(self.id);
        }
    }
}
