//! The suite sees what is wrong with a transport: `Memory` with one thing broken fails, by the name
//! of the case that says so.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Waker},
};

use futures_util::StreamExt;
use kinoko_core::{
    Address, BoxFuture, Deliveries, Delivery, Error, EventMode, Guarantee, Headers, Memory,
    Message, PublishError, Publishing, Settlement, Subscription, Transport,
};
use kinoko_testing::transport_suite::{self, Features, Subject};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    None,
    DropsEverySeventh,
    SwapsTwo,
    NeverWakes,
    DeliversTwice,
    AcksOnDrop,
    NeverSettles,
    RequeuesRejected,
    ForgetsRedelivery,
    IgnoresPrefetch,
    ClaimsRoutable,
    ReturnsTheFast,
    WantsHandlersOfEvents,
    LosesHeaders,
    LosesProperties,
    InventsProperties,
    CutsBodies,
    NeverExpires,
    TakesWildcardsLiterally,
    PoolsBroadcasts,
    BroadcastsPools,
    KeepsEvents,
    LosesEventsWhileDown,
    SettlesReplies,
    ClaimsSent,
    CancelsOneInstance,
    Misaddresses,
    ForgetsServicesThatAreDown,
    StaysOpen,
    ClosesEveryone,
    ClosesOnlyOnce,
    Panics,
    Hangs,
}

/// `flaw` must make each of `cases` fail, whatever else it does.
async fn check(flaw: Flaw, cases: &[&str]) {
    let report = transport_suite::run(connect(flaw), Features::default()).await;
    for case in cases {
        assert!(
            report.failed.iter().any(|(name, _)| name == case),
            "{flaw:?} does not fail {case}\n{report}"
        );
    }
}

/// A broker, and connections to it that have that flaw.
fn connect(flaw: Flaw) -> impl Subject {
    let memory = Arc::new(Memory::new());
    move || {
        let connection = match flaw {
            Flaw::ClosesEveryone => Arc::clone(&memory),
            _ => Arc::new(Memory::clone(&memory)),
        };
        let transport: Arc<dyn Transport> = Arc::new(Broken::new(connection, flaw));
        async { Ok(transport) }
    }
}

macro_rules! flaws {
    ($($test:ident: $flaw:ident => [$($case:literal),*];)*) => {
        /// Those that leave a transport which does most things right.
        const SUBTLE: &[Flaw] = &[$(Flaw::$flaw),*];

        $(
            #[tokio::test(start_paused = true)]
            async fn $test() {
                check(Flaw::$flaw, &[$($case),*]).await;
            }
        )*
    };
}

flaws! {
    drops_every_seventh: DropsEverySeventh =>
        ["delivery::in_order", "concurrency::each_publish_is_delivered_once"];
    swaps_two: SwapsTwo => ["delivery::in_order"];
    never_wakes: NeverWakes => ["delivery::who_waits_is_woken", "close::streams_end"];
    delivers_twice: DeliversTwice =>
        ["concurrency::each_publish_is_delivered_once", "competing::each_request_goes_to_one"];
    acks_on_drop: AcksOnDrop => ["settle::drop_comes_again", "settle::late_requeue_counts"];
    never_settles: NeverSettles => ["settle::ack_forgets", "prefetch::settling_makes_room"];
    requeues_rejected: RequeuesRejected => ["settle::reject_forgets"];
    forgets_redelivery: ForgetsRedelivery =>
        ["settle::requeue_comes_again", "close::what_was_unsettled_goes_back"];
    ignores_prefetch: IgnoresPrefetch =>
        ["prefetch::no_more_are_handed_out", "competing::a_busy_instance_is_passed_over"];
    claims_routable: ClaimsRoutable =>
        ["unroutable::nobody_ever", "unroutable::nobody_ever_fast", "unroutable::each_publish_has_its_own_answer"];
    returns_the_fast: ReturnsTheFast => ["unroutable::nobody_ever_fast"];
    wants_handlers_of_events: WantsHandlersOfEvents => ["unroutable::only_requests_need_someone"];
    loses_headers: LosesHeaders =>
        ["message::every_header_type", "message::nested_headers", "message::odd_headers"];
    loses_properties: LosesProperties =>
        ["message::properties", "replies::they_keep_their_correlation_id"];
    invents_properties: InventsProperties => ["message::absent_properties"];
    cuts_bodies: CutsBodies => ["delivery::bodies_of_every_size"];
    never_expires: NeverExpires => ["expiry::the_late_are_dropped"];
    takes_wildcards_literally: TakesWildcardsLiterally =>
        ["events::a_star_is_one_word", "events::a_hash_is_any_words"];
    pools_broadcasts: PoolsBroadcasts => ["events::broadcast_reaches_everyone"];
    broadcasts_pools: BroadcastsPools => ["events::a_pool_shares", "events::a_singleton_is_one_in_all"];
    keeps_events: KeepsEvents => ["events::unreliable_ones_do_not_wait"];
    loses_events_while_down: LosesEventsWhileDown => ["events::reliable_ones_wait"];
    settles_replies: SettlesReplies => ["replies::durable_ones_are_kept_until_settled"];
    claims_sent: ClaimsSent => ["replies::the_sent_arrive_unawaited"];
    cancels_one_instance: CancelsOneInstance => ["cancels::every_instance_gets_them"];
    misaddresses: Misaddresses => ["delivery::a_request_arrives", "replies::each_process_gets_its_own"];
    forgets_services_that_are_down: ForgetsServicesThatAreDown =>
        ["unroutable::a_service_that_is_down", "delivery::requests_wait_for_the_service"];
    closes_everyone: ClosesEveryone => ["close::others_go_on"];
    closes_only_once: ClosesOnlyOnce => ["close::twice_is_fine"];
    stays_open: StaysOpen => ["close::streams_end", "close::it_takes_nothing_any_more"];
}

/// Neither takes the run with it.
#[tokio::test(start_paused = true)]
async fn panicking_and_hanging_fail_the_case() {
    for flaw in [Flaw::Panics, Flaw::Hangs] {
        check(flaw, &["delivery::a_request_arrives", "close::what_was_accepted_is_sent"]).await;
    }
}

/// Without a flaw the wrapper passes, so it is the flaws that fail.
#[tokio::test(start_paused = true)]
async fn without_a_flaw_it_passes() {
    let report = transport_suite::run(connect(Flaw::None), Features::default()).await;
    assert!(report.failed.is_empty(), "{report}");
    let left_out: Vec<&str> = report.left_out.iter().map(|(name, _)| *name).collect();
    assert!(left_out.iter().all(|name| name.starts_with("faults::")), "{report}");
}

/// A case that no flaw fails is a case that cannot fail.
#[tokio::test(start_paused = true)]
async fn every_case_can_fail() {
    let mut unbroken = transport_suite::run(connect(Flaw::None), Features::default()).await.passed;
    for flaw in SUBTLE {
        let report = transport_suite::run(connect(*flaw), Features::default()).await;
        unbroken.retain(|case| !report.failed.iter().any(|(name, _)| name == case));
    }
    assert!(unbroken.is_empty(), "no flaw fails {unbroken:#?}");
}

/// What a transport does not promise is left out, not failed.
#[tokio::test(start_paused = true)]
async fn features_leave_cases_out() {
    let mut features = Features::default();
    features.ordered = false;
    features.expiry = false;
    features.wildcards = false;
    let report = transport_suite::run(connect(Flaw::None), features).await;
    assert!(report.failed.is_empty(), "{report}");
    for case in ["delivery::in_order", "expiry::the_late_are_dropped", "events::a_star_is_one_word"]
    {
        assert!(report.left_out.iter().any(|(name, _)| *name == case), "{case}\n{report}");
    }
}

/// As a transport does that does not wait to hear of it: no flaw, when it is said.
#[tokio::test(start_paused = true)]
async fn the_fast_may_come_back() {
    let mut features = Features::default();
    features.fast_unroutable_at_publish = false;
    let report = transport_suite::run(connect(Flaw::ReturnsTheFast), features).await;
    assert!(report.failed.is_empty(), "{report}");
}

struct Broken {
    memory: Arc<Memory>,
    flaw: Flaw,
    published: AtomicU64,
    closed: AtomicBool,
}

impl Broken {
    fn new(memory: Arc<Memory>, flaw: Flaw) -> Broken {
        Broken { memory, flaw, published: AtomicU64::new(0), closed: AtomicBool::new(false) }
    }

    async fn publish(&self, mut message: Message) -> Result<(), PublishError> {
        let number = self.published.fetch_add(1, Ordering::Relaxed) + 1;
        let is_event = matches!(message.to, Address::Event { .. });
        match self.flaw {
            Flaw::DropsEverySeventh if number.is_multiple_of(7) => return Ok(()),
            Flaw::DeliversTwice => self.memory.publish(message.clone()).await?,
            Flaw::LosesHeaders => message.headers = Headers::new(),
            Flaw::LosesProperties => message.correlation_id = None,
            Flaw::InventsProperties => {
                message.content_type.get_or_insert("application/octet-stream".into());
            }
            Flaw::CutsBodies => message.body.truncate(131_064),
            Flaw::NeverExpires => message.expires = None,
            Flaw::WantsHandlersOfEvents if is_event => return Err(PublishError::Unroutable),
            Flaw::ForgetsServicesThatAreDown if self.is_down(&message.to) => {
                return Err(PublishError::Unroutable);
            }
            Flaw::Panics => panic!("a transport that panics"),
            Flaw::Hangs => std::future::pending().await,
            _ => {}
        }
        let returning = (self.flaw == Flaw::ReturnsTheFast && message.guarantee == Guarantee::Fast)
            .then(|| message.clone());
        match (self.memory.publish(message).await, returning) {
            (Err(PublishError::Unroutable), _) if self.flaw == Flaw::ClaimsRoutable => Ok(()),
            (Err(PublishError::Unroutable), Some(mut message)) => {
                message.to = Address::Reply { to: message.reply_to.take().unwrap_or_default() };
                message.headers.insert("returned", true);
                self.memory.publish(message).await
            }
            (outcome, _) => outcome,
        }
    }

    fn is_down(&self, to: &Address) -> bool {
        let Address::Method { service, .. } = to else { return false };
        let name = format!("rpc-{service}");
        self.memory.queues().iter().any(|queue| queue.name == name && queue.consumers == 0)
    }

    async fn subscribe(&self, mut to: Subscription) -> Result<Deliveries, Error> {
        match (&mut to, self.flaw) {
            (Subscription::Rpc { prefetch, .. }, Flaw::IgnoresPrefetch) => *prefetch = u16::MAX,
            (Subscription::Event { event_type, .. }, Flaw::TakesWildcardsLiterally) => {
                *event_type = event_type.replace(['*', '#'], "wildcard").into();
            }
            (Subscription::Event { mode, .. }, Flaw::PoolsBroadcasts) => {
                if matches!(mode, EventMode::Broadcast { .. }) {
                    *mode = EventMode::ServicePool;
                }
            }
            (Subscription::Event { mode, .. }, Flaw::BroadcastsPools) => {
                let identifier = self.published.fetch_add(1, Ordering::Relaxed).to_string();
                let identifier = format!("{identifier}-{:p}", self);
                *mode = EventMode::Broadcast { identifier };
            }
            (Subscription::Event { reliable, .. }, Flaw::KeepsEvents) => *reliable = true,
            (Subscription::Event { reliable, .. }, Flaw::LosesEventsWhileDown) => *reliable = false,
            (Subscription::Replies { guarantee, .. }, Flaw::SettlesReplies) => {
                *guarantee = Guarantee::Fast;
            }
            _ => {}
        }
        let one_instance = self.flaw == Flaw::CancelsOneInstance
            && matches!(to, Subscription::Cancels { .. })
            && self.memory.queues().iter().any(|queue| queue.name.starts_with("cancel-"));
        let deliveries = self.memory.subscribe(to).await?;
        if one_instance {
            return Ok(futures_util::stream::pending().boxed());
        }
        let flaw = self.flaw;
        if flaw == Flaw::NeverWakes {
            let mut deliveries = deliveries;
            let asleep = move |_: &mut Context<'_>| {
                deliveries.poll_next_unpin(&mut Context::from_waker(Waker::noop()))
            };
            return Ok(futures_util::stream::poll_fn(asleep).boxed());
        }
        if flaw == Flaw::SwapsTwo {
            let swapped = deliveries.ready_chunks(2);
            let swapped = swapped.map(|two| futures_util::stream::iter(two.into_iter().rev()));
            return Ok(swapped.flatten().boxed());
        }
        Ok(deliveries.map(move |delivery| spoil(delivery, flaw)).boxed())
    }

    async fn close(&self) {
        match self.flaw {
            Flaw::StaysOpen => {}
            Flaw::ClosesOnlyOnce if self.closed.swap(true, Ordering::Relaxed) => {
                std::future::pending::<()>().await;
            }
            _ => self.memory.close().await,
        }
    }
}

impl Transport for Broken {
    fn publish(&self, message: Message) -> Publishing<'_> {
        match self.flaw {
            Flaw::ClaimsSent => Publishing::sent(self.publish(message)),
            _ => Publishing::unsent(self.publish(message)),
        }
    }

    fn subscribe(&self, to: Subscription) -> BoxFuture<'_, Result<Deliveries, Error>> {
        Box::pin(self.subscribe(to))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.close())
    }
}

/// The same delivery, settled or marked wrongly.
fn spoil(delivery: Delivery, flaw: Flaw) -> Delivery {
    let redelivered = delivery.redelivered && flaw != Flaw::ForgetsRedelivery;
    let mut spoiled = Delivery::new(delivery.message.clone(), move |how| match (flaw, how) {
        (Flaw::AcksOnDrop, Settlement::Requeue) => delivery.settle(Settlement::Ack),
        (Flaw::RequeuesRejected, Settlement::Reject) => delivery.settle(Settlement::Requeue),
        // Not even given back.
        (Flaw::NeverSettles, _) => std::mem::forget(delivery),
        (_, how) => delivery.settle(how),
    });
    spoiled.redelivered = redelivered;
    spoiled.returned =
        flaw == Flaw::ReturnsTheFast && spoiled.message.headers.get("returned").is_some();
    if flaw == Flaw::Misaddresses {
        Arc::make_mut(&mut spoiled.message).to = Address::Cancel { service: "elsewhere".into() };
    }
    spoiled
}
