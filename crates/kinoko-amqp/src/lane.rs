//! [`Lane`]: the one task that publishes on a channel with confirms.
//!
//! It sends what it is given without waiting for what it sent before, and keeps each message until
//! it knows what became of it. When the connection is lost, what was on its way is sent again with
//! the same message id, until its deadline: twice is better than not at all, and the id tells.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures_util::FutureExt;
use kinoko_core::{BoxFuture, PublishError};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, MissedTickBehavior, interval, sleep},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    AmqpOptions,
    link::{ConfirmChannel, Link, LinkError, LinkErrorKind, LinkState, Outcome, Publish},
    supervisor::CurrentLink,
};

/// How often deadlines are looked at.
const TICK: Duration = Duration::from_millis(20);
/// How long to wait before the broker is asked again for what it did not give.
const RETRY: Duration = Duration::from_millis(50);
/// How often a message is sent again when the channel fails under it and the connection does not:
/// then it may be this message that the broker does not want.
const ATTEMPTS: u32 = 3;
/// How long a channel is kept for what may still be written on it.
const LONGEST_ABANDONED: Duration = Duration::from_secs(60);
/// How many outcomes are taken before new messages are looked at.
const AT_ONCE: usize = 256;

/// A message to publish, and who waits for its outcome.
pub(crate) struct Job {
    publish: Arc<Publish>,
    deadline: Instant,
    done: oneshot::Sender<Result<(), PublishError>>,
    /// Its place among the others.
    number: u64,
    /// Whether an earlier attempt may have reached the broker.
    maybe_stored: bool,
    failures: u32,
}

impl Job {
    pub(crate) fn new(
        publish: Publish,
        deadline: Instant,
        done: oneshot::Sender<Result<(), PublishError>>,
    ) -> Job {
        Job {
            publish: Arc::new(publish),
            deadline,
            done,
            number: 0,
            maybe_stored: false,
            failures: 0,
        }
    }

    fn resolve(self, outcome: Result<(), PublishError>) {
        // Whoever published may have gone.
        let _ = self.done.send(outcome);
    }

    /// Gives up on it, and says whether it may have been stored.
    fn give_up(self, why: &str) {
        let error =
            if self.maybe_stored { PublishError::Unknown } else { PublishError::Unavailable };
        self.resolve(Err(error(why.to_owned())));
    }
}

/// What the broker has been asked for.
enum Prepared {
    Channel(Arc<Link>, ConfirmChannel),
    Exchange,
    /// It failed, a while ago.
    Nothing,
}

/// Publishes what it is given, on one channel at a time.
pub(crate) struct Lane {
    jobs: mpsc::UnboundedReceiver<Job>,
    link: CurrentLink,
    mandatory: bool,
    blocked_grace: Duration,
    channel: Option<(Arc<Link>, ConfirmChannel)>,
    /// What is asked of the broker before more can be sent.
    preparing: Option<BoxFuture<'static, Prepared>>,
    /// Not sent, or to be sent again; in order.
    waiting: VecDeque<Job>,
    /// Sent, and not yet resolved.
    flying: HashMap<Uuid, Job>,
    last_number: u64,
}

impl Lane {
    pub(crate) fn new(
        jobs: mpsc::UnboundedReceiver<Job>,
        link: CurrentLink,
        mandatory: bool,
        options: &AmqpOptions,
    ) -> Lane {
        Lane {
            jobs,
            link,
            mandatory,
            blocked_grace: options.blocked_grace,
            channel: None,
            preparing: None,
            waiting: VecDeque::new(),
            flying: HashMap::new(),
            last_number: 0,
        }
    }

    /// Goes on until `closing`, and then until everything accepted is resolved.
    pub(crate) async fn run(mut self, closing: CancellationToken) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut more = Vec::new();
        let mut open = true;
        while open || !self.is_idle() {
            self.keep_channel();
            self.send_waiting();
            let idle = self.is_idle();
            tokio::select! {
                outcome = next_outcome(&mut self.channel), if self.is_told_of_something() => {
                    self.resolve(outcome);
                    self.resolve_ready();
                }
                prepared = next_prepared(&mut self.preparing) => {
                    self.preparing = None;
                    if let Prepared::Channel(link, channel) = prepared {
                        self.channel = Some((link, channel));
                    }
                }
                received = self.jobs.recv_many(&mut more, AT_ONCE), if open => {
                    open = received > 0;
                    for mut job in more.drain(..) {
                        self.last_number += 1;
                        job.number = self.last_number;
                        self.waiting.push_back(job);
                    }
                }
                _ = self.link.changed(), if open => {}
                _ = tick.tick(), if !idle => self.look_at_deadlines(),
                () = closing.cancelled(), if open && !self.jobs.is_closed() => self.jobs.close(),
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.flying.is_empty()
    }

    fn is_told_of_something(&self) -> bool {
        self.channel.as_ref().is_some_and(|(_, channel)| !channel.is_idle())
    }

    /// Lets a channel go that has failed, and opens one when there is something to send.
    fn keep_channel(&mut self) {
        if let Some((link, channel)) = &self.channel
            && (link.is_lost() || !channel.is_open())
        {
            link.forget_exchanges();
            self.abandon_channel();
        }
        if self.channel.is_some() || self.preparing.is_some() || self.waiting.is_empty() {
            return;
        }
        let link = self.link.borrow_and_update().clone();
        let Some(link) = link.filter(|it| !it.is_lost() && !it.is_blocked()) else { return };
        let mandatory = self.mandatory;
        self.preparing = Some(Box::pin(async move {
            match link.confirm_channel(mandatory).await {
                Ok(channel) => Prepared::Channel(link, channel),
                Err(err) => failed_to_prepare(&err).await,
            }
        }));
    }

    /// Lets the channel go. What the library has already resolved counts; what it has not is sent
    /// again.
    fn abandon_channel(&mut self) {
        while let Some(outcome @ Some(_)) = next_outcome(&mut self.channel).now_or_never() {
            self.resolve(outcome);
        }
        if let Some((link, channel)) = self.channel.take()
            && !link.is_lost()
        {
            tokio::spawn(channel.finish(LONGEST_ABANDONED));
        }
        let unresolved: Vec<Job> = self.flying.drain().map(|(_, job)| job).collect();
        for mut job in unresolved {
            job.maybe_stored = true;
            self.again(job);
        }
    }

    fn take_waiting(&mut self, id: Uuid) -> Option<Job> {
        let index = self.waiting.iter().position(|it| it.publish.id == id)?;
        self.waiting.remove(index)
    }

    fn send_waiting(&mut self) {
        let Some((link, channel)) = &mut self.channel else { return };
        if self.preparing.is_some()
            || !channel.is_ready()
            || !channel.is_open()
            || link.is_blocked()
        {
            return;
        }
        while let Some(job) = self.waiting.pop_front() {
            if job.publish.declare_exchange && !link.has_declared(&job.publish.exchange) {
                let (link, exchange) = (Arc::clone(link), job.publish.exchange.clone());
                self.waiting.push_front(job);
                self.preparing = Some(Box::pin(async move {
                    match link.ensure_exchange(&exchange).await {
                        Ok(()) => Prepared::Exchange,
                        Err(err) => failed_to_prepare(&err).await,
                    }
                }));
                return;
            }
            channel.submit(Arc::clone(&job.publish));
            self.flying.insert(job.publish.id, job);
        }
    }

    fn resolve_ready(&mut self) {
        for _ in 0..AT_ONCE {
            match next_outcome(&mut self.channel).now_or_never() {
                Some(outcome @ Some(_)) => self.resolve(outcome),
                _ => return,
            }
        }
    }

    fn resolve(&mut self, outcome: Option<(Uuid, Outcome)>) {
        let Some((id, outcome)) = outcome else { return };
        // One whose deadline has passed is not here any more.
        let Some(mut job) = self.flying.remove(&id) else { return };
        match outcome {
            Outcome::Confirmed => job.resolve(Ok(())),
            Outcome::Returned => job.resolve(Err(PublishError::Unroutable)),
            Outcome::Nacked => job.resolve(Err(PublishError::Rejected)),
            Outcome::NotSent(err) if err.kind == LinkErrorKind::Settings => {
                job.resolve(Err(PublishError::Unavailable(err.text)));
            }
            Outcome::NotSent(err) => self.failed(job, &err),
            Outcome::Unknown(err) => {
                job.maybe_stored = true;
                self.failed(job, &err);
            }
        }
    }

    fn failed(&mut self, mut job: Job, err: &LinkError) {
        if err.kind != LinkErrorKind::Lost {
            job.failures += 1;
            if job.failures >= ATTEMPTS {
                return job.give_up(&err.text);
            }
        }
        self.again(job);
    }

    /// Puts a message back to its place among those to be sent.
    fn again(&mut self, job: Job) {
        let place = self.waiting.partition_point(|it| it.number < job.number);
        self.waiting.insert(place, job);
    }

    fn look_at_deadlines(&mut self) {
        let now = Instant::now();
        let alarm = self.link.borrow().as_ref().map(|it| it.state());
        let refused = match &alarm {
            Some(LinkState::Blocked { since, reason }) if now >= *since + self.blocked_grace => {
                Some(reason)
            }
            _ => None,
        };
        let (late, waiting): (VecDeque<Job>, VecDeque<Job>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|it| it.deadline <= now || refused.is_some());
        self.waiting = waiting;
        for job in late {
            match refused {
                Some(reason) if !job.maybe_stored => job.resolve(Err(blocked(reason))),
                _ => job.give_up("no answer came in time"),
            }
        }
        let late: Vec<Uuid> =
            self.flying.iter().filter(|(_, it)| it.deadline <= now).map(|(id, _)| *id).collect();
        if self.mandatory && !late.is_empty() {
            // The outcomes of a batch wait for each other. One that never comes must not hold up the
            // others for ever: they are sent again, on another channel.
            self.abandon_channel();
        }
        for id in late {
            let late = self.flying.remove(&id).or_else(|| self.take_waiting(id));
            if let Some(mut job) = late {
                job.maybe_stored = true;
                job.give_up("no answer came in time");
            }
        }
    }
}

/// What is said of a message while the broker takes none.
pub(crate) fn blocked(reason: &str) -> PublishError {
    PublishError::Unavailable(format!("it takes no messages at present: {reason}"))
}

async fn next_outcome(
    channel: &mut Option<(Arc<Link>, ConfirmChannel)>,
) -> Option<(Uuid, Outcome)> {
    match channel {
        Some((_, channel)) => channel.next().await,
        None => std::future::pending().await,
    }
}

async fn next_prepared(preparing: &mut Option<BoxFuture<'static, Prepared>>) -> Prepared {
    match preparing {
        Some(preparing) => preparing.await,
        None => std::future::pending().await,
    }
}

async fn failed_to_prepare(err: &LinkError) -> Prepared {
    tracing::debug!(%err, "cannot publish yet");
    sleep(RETRY).await;
    Prepared::Nothing
}
