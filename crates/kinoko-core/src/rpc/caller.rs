//! `Caller`: the requests of a process that wait for an answer, and the queue the answers come on.

use std::{
    borrow::Cow,
    future::poll_fn,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use futures_util::StreamExt;
use tokio::{
    sync::OnceCell,
    time::{Instant, timeout_at},
};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::waiting::{Answer, Waiting};
use crate::{
    Address, Deliveries, Fault, FaultKind, Guarantee, Headers, Message, PublishError, Settlement,
    Subscription, Transport, codec::body, context, transport::REPLY_KEY_PREFIX,
};

/// Sends requests and hands each its answer. One for a process and transport.
pub(crate) struct Caller {
    transport: Arc<dyn Transport>,
    /// Whose calls these are, for those who look at the broker's queues.
    name: Cow<'static, str>,
    max_body_size: usize,
    waiting: Arc<Waiting>,
    /// Watches over the deadlines of those that wait, from the first call on.
    watch: OnceLock<AbortOnDropHandle<()>>,
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
    pub(crate) deadline: Instant,
    pub(crate) guarantee: Guarantee,
}

impl Caller {
    pub(crate) fn new(
        transport: Arc<dyn Transport>,
        name: Cow<'static, str>,
        max_body_size: usize,
    ) -> Caller {
        let (waiting, watch) = (Waiting::new(), OnceLock::new());
        let (fast, durable) = Default::default();
        Caller { transport, name, max_body_size, waiting, watch, fast, durable }
    }

    /// Makes a call and waits for the body of its reply.
    ///
    /// Dropping the future takes the call back: its entry is gone, and the callee is told.
    pub(crate) async fn call(&self, request: Request) -> Result<Bytes, Fault> {
        let deadline = request.deadline;
        let reply_to = match self.mailbox(request.guarantee).get() {
            Some(replies) => replies.key.clone(),
            None => timeout_at(deadline, self.reply_key(request.guarantee))
                .await
                .unwrap_or_else(|_| Err(too_late()))?,
        };
        let left = deadline.saturating_duration_since(Instant::now());
        let id = Uuid::new_v4();
        let Some(mut expected) = self.waiting.expect(id, deadline) else {
            return Err(closed());
        };
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
        let mut unwanted = CancelOnDrop { caller: self, id, service: Some(&service), deadline };
        let mut sending = self.transport.publish(message);
        let sent = match poll_once(&mut sending).await {
            Some(sent) => sent,
            None => timeout_at(deadline, sending).await.map_err(|_| too_late())?,
        };
        if let Err(error) = sent {
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
            Some(Answer::TooLate) => Err(too_late()),
            None => Err(closed()),
        }
    }

    /// How many calls wait for an answer.
    pub(crate) fn in_flight(&self) -> usize {
        self.waiting.len()
    }

    /// Whether replies under that key come here.
    pub(crate) fn has_reply_key(&self, key: &str) -> bool {
        [&self.fast, &self.durable].iter().any(|it| it.get().is_some_and(|it| &*it.key == key))
    }

    /// The key replies come under; asks for them on the first call.
    ///
    /// Asking goes on when the call that began it gives up: the next one finds it further on, and a
    /// client whose calls are always hasty still gets there.
    async fn reply_key(&self, guarantee: Guarantee) -> Result<Arc<str>, Fault> {
        let watch = || AbortOnDropHandle::new(tokio::spawn(self.waiting.clone().watch()));
        self.watch.get_or_init(watch);
        let mailbox = self.mailbox(guarantee).clone();
        let opening = tokio::spawn(self.open(mailbox, guarantee));
        match opening.await {
            Ok(opened) => opened,
            Err(_) => Err(closed()),
        }
    }

    fn mailbox(&self, guarantee: Guarantee) -> &Mailbox {
        match guarantee {
            Guarantee::Fast => &self.fast,
            Guarantee::Durable => &self.durable,
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
    while let Some(mut delivery) = deliveries.next().await {
        let id = delivery.message.correlation_id.as_deref().and_then(|it| Uuid::try_parse(it).ok());
        let answer = if delivery.returned {
            Answer::Returned
        } else {
            Answer::Reply(body::take(&mut delivery.message))
        };
        if !id.is_some_and(|it| waiting.answer(it, answer)) {
            tracing::debug!(?id, "a reply that nobody waits for (any more)");
        }
        delivery.settle(Settlement::Ack);
    }
    // No reply will come any more, so every call that waits fails.
    waiting.clear();
}

fn closed() -> Fault {
    Fault::new(FaultKind::Unavailable, "the client was closed")
}

fn too_late() -> Fault {
    Fault::new(FaultKind::Timeout, "no reply within the deadline")
}

/// What comes of a future at once; none if it waits for something.
async fn poll_once<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
    poll_fn(|cx| match Pin::new(&mut *future).poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
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
