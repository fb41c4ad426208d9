//! The `rpc` entrypoint: one queue per service, the address names the method.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use futures_util::StreamExt;
use tokio::time::{Instant, interval};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use uuid::Uuid;

use super::calls::Calls;
use crate::{
    Address, BindContext, Bound, BoxFuture, Call, Canceller, Deliveries, Delivery, Entrypoint,
    Error, Fault, FaultKind, Guarantee, Message, Outcome, PublishError, Settlement, Subscription,
    Worker,
    codec::{body, envelope},
    context,
    eager::{Eager, Habit},
    entrypoint::side_by_side,
    fault::OneLine,
};

/// Runs `#[rpc]` methods.
#[derive(Debug, Default, Clone, Copy)]
pub struct Rpc;

impl Rpc {
    /// The kind's name.
    pub const KIND: &'static str = "rpc";
}

impl Entrypoint for Rpc {
    fn kind(&self) -> &'static str {
        Rpc::KIND
    }

    fn bind<'a>(
        &'a self,
        workers: Vec<Worker>,
        cx: BindContext,
    ) -> BoxFuture<'a, Result<Bound, Error>> {
        Box::pin(async move {
            let mut services: BTreeMap<&'static str, BTreeMap<String, Served>> = BTreeMap::new();
            for worker in workers {
                let methods = services.entry(worker.service()).or_default();
                methods.insert(worker.method().name.clone(), Served::new(worker));
            }
            let mut loops = Vec::new();
            for (service, methods) in services {
                let prefetch = cx.config.framework().prefetch;
                let requests = Subscription::Rpc { service: service.into(), prefetch };
                let cancels = Subscription::Cancels { service: service.into() };
                let cancels = cx.transport.subscribe(cancels).await?;
                let requests = cx.transport.subscribe(requests).await?;
                let server = Server {
                    service,
                    methods,
                    calls: Calls::default(),
                    cx: cx.clone(),
                    refusing: Habit::default(),
                    never: CancellationToken::new(),
                };
                loops.push(serve(Arc::new(server), requests, cancels));
            }
            Ok(side_by_side(loops))
        })
    }
}

/// One service's methods, reachable by message.
struct Server {
    service: &'static str,
    methods: BTreeMap<String, Served>,
    calls: Calls,
    cx: BindContext,
    /// Of requests for what it has not.
    refusing: Habit,
    /// What stops a request that a call of this process waits for: nothing.
    never: CancellationToken,
}

struct Served {
    worker: Worker,
    /// What its replies are sent with.
    guarantee: Guarantee,
    habit: Habit,
}

impl Served {
    fn new(worker: Worker) -> Served {
        let durable = worker.method().entrypoint.options.get("durable");
        let durable = durable.and_then(serde_json::Value::as_bool).unwrap_or(false);
        let guarantee = if durable { Guarantee::Durable } else { Guarantee::Fast };
        Served { worker, guarantee, habit: Habit::default() }
    }
}

async fn serve(server: Arc<Server>, requests: Deliveries, cancels: Deliveries) {
    // In a task of its own, so that it is not looked at for each request. Whoever still runs when the
    // service stops can still be cancelled.
    let _heeding = AbortOnDropHandle::new(tokio::spawn(heed(server.clone(), cancels)));
    claim(&server, requests).await;
    if server.cx.stopping.is_cancelled() {
        server.cx.calls.wait().await;
    }
}

async fn heed(server: Arc<Server>, mut cancels: Deliveries) {
    while let Some(delivery) = cancels.next().await {
        if let Some(id) = correlation_id(&delivery.message) {
            server.calls.cancel(id);
        }
        delivery.settle(Settlement::Ack);
    }
}

/// Claims requests until the process stops, and those that its own calls wait for until they end.
async fn claim(server: &Arc<Server>, requests: Deliveries) {
    let BindContext { stopping, calls, nested, .. } = &server.cx;
    let mut requests = requests.fuse();
    {
        // For the calls that run here, and have no task that could be waited for.
        let _begins = calls.token();
        // Waited for once, and not with each request anew.
        let mut stopped = pin!(stopping.cancelled());
        let mut eager = Eager::new(calls.clone());
        while let Some(delivery) = eager.next(Pin::new(&mut requests), stopped.as_mut()).await {
            let served = server.methods.get(method_name(&delivery.message));
            let habit = served.map_or(&server.refusing, |it| &it.habit);
            let size = body::size(&delivery.message);
            eager.begin(habit, size, handle(server.clone(), delivery));
        }
    }
    if !stopping.is_cancelled() || !nested.may_call(server.service) {
        return;
    }
    // Given back when dropped. Not at once: where no other instance is they come back here.
    let mut others = Vec::new();
    let mut give_back = interval(BEFORE_GIVEN_BACK);
    let mut finished = pin!(calls.wait());
    loop {
        tokio::select! {
            delivery = requests.next() => match delivery {
                Some(it) if nested.has_sent(&it.message) => {
                    calls.spawn(Box::pin(handle(server.clone(), it)));
                }
                Some(other) => others.push(other),
                None => return,
            },
            _ = give_back.tick() => others.clear(),
            () = &mut finished => return,
        }
    }
}

/// delivery -> call -> worker -> outcome -> reply -> settle.
#[expect(
    clippy::manual_async_fn,
    reason = "an `async fn` has room for what it was given twice: that makes 1,176 bytes, and above 1,032 glibc has no memory at hand"
)]
fn handle(server: Arc<Server>, delivery: Delivery) -> impl Future<Output = ()> + Send {
    async move {
        let settlement = match server.run(&delivery.message).await {
            Ran::Done(done) => server.reply(&delivery.message, done).await,
            Ran::Cancelled => Settlement::Ack,
            Ran::NotStarted => Settlement::Requeue,
        };
        delivery.settle(settlement);
    }
}

enum Ran {
    Done(Done),
    /// Its caller no longer waits.
    Cancelled,
    /// The service is stopping; another instance can have it.
    NotStarted,
}

/// A request that was run, or refused.
struct Done {
    outcome: Outcome,
    /// What its reply is sent with.
    guarantee: Guarantee,
    /// Until when its caller waits, if it said so.
    until: Option<Instant>,
}

impl Server {
    async fn run(&self, message: &Message) -> Ran {
        let malformed = |why| Fault::new(FaultKind::MalformedRequest, why);
        let sealed = match body::of(message) {
            Ok(sealed) => sealed,
            Err(why) => return self.refuse(message, malformed(why)),
        };
        if let Some(reason) = sealed.complaint {
            tracing::warn!(service = self.service, reason, "odd message");
        }
        let name = method_name(message);
        let Some(served) = self.methods.get(name) else {
            let fault = Fault::new(FaultKind::MethodNotFound, name);
            return self.refuse(message, fault);
        };
        let is_nested = self.cx.nested.has_sent(message);
        let context = served.worker.receive(message);
        let until = context.deadline();
        let mut call = Call::new(context, Bytes::new());
        let canceller = context::has_deadline(&message.headers).then(|| call.cancellable());
        let is_cancelled = || canceller.as_ref().is_some_and(Canceller::has_cancelled);
        // Most calls wait for nothing, and are over before they would be found there.
        let list = || Some(self.calls.list(correlation_id(message)?, canceller.as_ref()?));
        let mut listed = if self.calls.may_be_cancelled() { list() } else { None };
        let worker = match served.worker.free_now() {
            Some(worker) => worker,
            None => {
                listed = listed.or_else(list);
                let stopping = if is_nested { &self.never } else { &self.cx.stopping };
                let Some(worker) = served.worker.free(stopping).await else {
                    return Ran::NotStarted;
                };
                worker
            }
        };
        if is_cancelled() {
            return Ran::Cancelled;
        }
        match sealed.open(self.cx.config.framework().max_body_size) {
            Ok(json) => call.body = json,
            Err(why) => return self.refuse(message, malformed(why)),
        }
        let mut run = pin!(worker.run(call));
        let outcome = match poll_fn(|cx| Poll::Ready(run.as_mut().poll(cx))).await {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => {
                let _listed = listed.or_else(list);
                run.await
            }
        };
        match outcome {
            // Nobody waits. A method may fail in the same words of its own, and is waited for.
            Err(fault) if fault.kind() == FaultKind::Cancelled && is_cancelled() => Ran::Cancelled,
            outcome => Ran::Done(Done { outcome, guarantee: served.guarantee, until }),
        }
    }

    fn refuse(&self, message: &Message, fault: Fault) -> Ran {
        let (service, method, reason) =
            (self.service, OneLine(method_name(message)), fault.to_string());
        tracing::warn!(service, %method, reason = %OneLine(&reason), "request refused");
        Ran::Done(Done { outcome: Err(fault), guarantee: Guarantee::Fast, until: None })
    }

    async fn reply(&self, request: &Message, done: Done) -> Settlement {
        let (service, method) = (self.service, method_name(request));
        let to = match &request.reply_to {
            Some(to) if is_reply_key(to) => to,
            found => {
                let reason = match found {
                    None => "the request has no reply_to",
                    Some(_) => "the request's reply_to is no key of a reply queue",
                };
                tracing::warn!(service, method, reason, "the outcome of a call is dropped");
                return Settlement::Ack;
            }
        };
        let mut body = match done.outcome {
            Ok(reply) => reply.body.into_reply(),
            Err(fault) => envelope::failure(&fault, service),
        };
        // Whether the reply only says that the real one is too large.
        let mut cut = false;
        loop {
            let reply = Message {
                correlation_id: request.correlation_id.clone(),
                guarantee: done.guarantee,
                ..Message::json(Address::Reply { to: Arc::clone(to) }, body.clone())
            };
            let error = match self.cx.transport.publish(reply).await {
                Ok(()) | Err(PublishError::Unroutable) => return Settlement::Ack,
                Err(error) => error,
            };
            tracing::error!(service, method, %error, "a reply was not sent");
            match error {
                PublishError::TooLarge { .. } if cut => return Settlement::Ack,
                PublishError::TooLarge { .. } => {
                    cut = true;
                    let fault = Fault::new(FaultKind::UnserializableValue, error.to_string());
                    body = envelope::failure(&fault, service);
                }
                // The method has run: its reply is tried again, and not the method.
                PublishError::Unavailable(_) | PublishError::Unknown(_) => {
                    if done.until.is_some_and(|it| it <= Instant::now()) {
                        return Settlement::Ack;
                    }
                    let pause = tokio::time::sleep(BEFORE_NEXT_REPLY);
                    if self.cx.stopping.run_until_cancelled(pause).await.is_none() {
                        return Settlement::Requeue;
                    }
                }
                PublishError::Closed => return Settlement::Requeue,
                _ => return Settlement::Ack,
            }
        }
    }
}

/// How long a stopping service keeps a request that is not for it.
const BEFORE_GIVEN_BACK: Duration = Duration::from_millis(50);

/// How long to wait before a reply that could not be sent is sent again.
const BEFORE_NEXT_REPLY: Duration = Duration::from_secs(1);

fn method_name(message: &Message) -> &str {
    match &message.to {
        Address::Method { method, .. } => method,
        _ => "",
    }
}

fn correlation_id(message: &Message) -> Option<Uuid> {
    message.correlation_id.as_deref().and_then(|it| Uuid::try_parse(it).ok())
}

/// Replies are routed on the exchange that requests are on. A `reply_to` with a dot in it could be a
/// method's address, and the reply a request made in the service's name.
fn is_reply_key(key: &str) -> bool {
    let odd = |it: char| it == '.' || it.is_control();
    // All of them are looked at, whatever is found: that is many at a time.
    let is_plain =
        key.bytes().fold(true, |plain, it| plain & (it != b'.' && (b' '..=b'~').contains(&it)));
    !key.is_empty() && key.len() <= 255 && (is_plain || !key.contains(odd))
}

#[cfg(test)]
mod tests {
    use super::is_reply_key;

    #[test]
    fn a_reply_key_is_neither_an_address_nor_odd() {
        let check = |key: &str, expected| assert_eq!(is_reply_key(key), expected, "{key:?}");
        check("kinoko-reply-front-2d18", true);
        check("00000000-0000-0000-0000-000000000005", true);
        check("r\u{e9}ponse \u{1f344}", true);
        check(&"x".repeat(255), true);
        check(&"x".repeat(256), false);
        check("", false);
        check("orders.cancel", false);
        check("r\u{e9}ponse.cancel", false);
        for control in ["\0", "\n", "\x1f", "\x7f", "\u{85}"] {
            check(&["key", control].concat(), false);
        }
    }
}
