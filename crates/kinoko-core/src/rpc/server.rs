//! The `rpc` entrypoint: one queue per service, the address names the method.

mod reply;

use std::{
    collections::BTreeMap,
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use futures_util::StreamExt;
use tokio::time::interval;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use uuid::Uuid;

use self::reply::Done;
use super::calls::Calls;
use crate::{
    Address, BindContext, Bound, BoxFuture, Call, Canceller, Deliveries, Delivery, Entrypoint,
    Error, Fault, FaultKind, Guarantee, Message, Settlement, Subscription, Worker,
    codec::body,
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
async fn handle(server: Arc<Server>, delivery: Delivery) {
    let settlement = match server.run(&delivery.message).await {
        Ran::Done(done) => server.reply(&delivery.message, done).await,
        Ran::Cancelled => Settlement::Ack,
        Ran::NotStarted => Settlement::Requeue,
    };
    delivery.settle(settlement);
}

enum Ran {
    Done(Done),
    /// Its caller no longer waits.
    Cancelled,
    /// The service is stopping; another instance can have it.
    NotStarted,
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
        let context = served.worker.receive(message);
        let until = context.deadline();
        let mut call = Call::new(context, Bytes::new());
        let canceller = context::has_deadline(&message.headers).then(|| call.cancellable());
        let is_cancelled = || canceller.as_ref().is_some_and(Canceller::has_cancelled);
        if canceller.is_some() && self.calls.was_cancelled(|| correlation_id(message)) {
            return Ran::Cancelled;
        }
        // Most calls wait for nothing, and are over before anyone would look for them in the table.
        let list = || {
            let canceller = canceller.as_ref()?;
            Some(self.calls.list(correlation_id(message)?, canceller))
        };
        let mut listed = None;
        let worker = match served.worker.free_now() {
            Some(worker) => worker,
            None => {
                listed = list();
                let is_nested = self.cx.nested.has_sent(message);
                let stopping = if is_nested { &self.never } else { &self.cx.stopping };
                let Some(worker) = served.worker.free(stopping).await else {
                    // Whoever gets it next may not have heard of the cancel.
                    return if is_cancelled() { Ran::Cancelled } else { Ran::NotStarted };
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
        let outcome = poll_fn(|cx| {
            let polled = run.as_mut().poll(cx);
            if polled.is_pending() && listed.is_none() {
                listed = list();
            }
            polled
        });
        match outcome.await {
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
}

/// How long a stopping service keeps a request that is not for it.
const BEFORE_GIVEN_BACK: Duration = Duration::from_millis(50);

fn method_name(message: &Message) -> &str {
    match &message.to {
        Address::Method { method, .. } => method,
        _ => "",
    }
}

fn correlation_id(message: &Message) -> Option<Uuid> {
    message.correlation_id.as_deref().and_then(|it| Uuid::try_parse(it).ok())
}
