//! The cases about faults, on a transport whose connections can be broken: `Memory`, connected
//! again under its subscriptions.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use futures_util::{StreamExt, stream};
use kinoko_core::{
    BoxFuture, Deliveries, Delivery, Error, Memory, Message, Publishing, Settlement, Subscription,
    Transport,
};
use kinoko_testing::transport_suite::{self, Features, Report, Subject};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    None,
    LosesSubscriptions,
    SettlesAtOnce,
    LosesTheDurable,
}

#[tokio::test(start_paused = true)]
async fn it_passes() {
    let report = run(Flaw::None).await;
    assert!(report.failed.is_empty() && report.left_out.is_empty(), "{report}");
}

#[tokio::test(start_paused = true)]
async fn every_case_about_faults_can_fail() {
    for (flaw, case) in [
        (Flaw::LosesSubscriptions, "faults::a_subscription_survives"),
        (Flaw::LosesSubscriptions, "faults::replies_survive"),
        (Flaw::SettlesAtOnce, "faults::the_unsettled_come_back"),
        (Flaw::LosesTheDurable, "faults::durable_requests_survive_a_restart"),
    ] {
        let report = run(flaw).await;
        let failed = report.failed.iter().any(|(name, _)| *name == case);
        assert!(failed, "{flaw:?} does not fail {case}\n{report}");
    }
}

async fn run(flaw: Flaw) -> Report {
    let broker = Mutex::new(Memory::new());
    let subject = Network { broker, processes: Mutex::default(), flaw };
    transport_suite::run(subject, Features::default()).await
}

/// A broker and those connected to it.
struct Network {
    broker: Mutex<Memory>,
    processes: Mutex<Vec<Arc<Process>>>,
    flaw: Flaw,
}

impl Subject for Network {
    fn connect(&self) -> BoxFuture<'_, Result<Arc<dyn Transport>, Error>> {
        let connection = Mutex::new(Arc::new(self.broker.lock().unwrap().clone()));
        let process =
            Arc::new(Process { connection, subscriptions: Mutex::default(), flaw: self.flaw });
        self.processes.lock().unwrap().push(Arc::clone(&process));
        Box::pin(async { Ok(process as Arc<dyn Transport>) })
    }

    fn disconnect(&self) -> Option<BoxFuture<'_, ()>> {
        Some(Box::pin(async {
            let processes = self.processes.lock().unwrap().clone();
            for process in processes {
                process.reconnect().await;
            }
        }))
    }

    fn restart(&self) -> Option<BoxFuture<'_, ()>> {
        Some(Box::pin(async {
            if self.flaw == Flaw::LosesTheDurable {
                *self.broker.lock().unwrap() = Memory::new();
            }
        }))
    }
}

struct Process {
    connection: Mutex<Arc<Memory>>,
    /// What to subscribe to again, and where the stream that comes next goes.
    subscriptions: Mutex<Vec<(Subscription, Next)>>,
    flaw: Flaw,
}

type Next = Arc<Mutex<VecDeque<Deliveries>>>;

impl Process {
    fn connection(&self) -> Arc<Memory> {
        Arc::clone(&self.connection.lock().unwrap())
    }

    /// The new subscriptions come before the old ones end, or else queues would go with those.
    async fn reconnect(&self) {
        let connection = Arc::new(Memory::clone(&self.connection()));
        let subscriptions = self.subscriptions.lock().unwrap().clone();
        for (to, next) in subscriptions {
            // Nobody is there any more to look at it.
            if Arc::strong_count(&next) == 2 {
                continue;
            }
            let deliveries = match self.flaw {
                Flaw::LosesSubscriptions => stream::pending().boxed(),
                _ => connection.subscribe(to).await.unwrap(),
            };
            next.lock().unwrap().push_back(deliveries);
        }
        let last = std::mem::replace(&mut *self.connection.lock().unwrap(), connection);
        last.close().await;
    }

    async fn subscribe(&self, to: Subscription) -> Result<Deliveries, Error> {
        let first = self.connection().subscribe(to.clone()).await?;
        let next = Next::default();
        self.subscriptions.lock().unwrap().push((to, Arc::clone(&next)));
        let streams = stream::unfold((first, next), async |(mut now, next)| {
            loop {
                if let Some(delivery) = now.next().await {
                    return Some((delivery, (now, next)));
                }
                now = next.lock().unwrap().pop_front()?;
            }
        });
        let settles_at_once = self.flaw == Flaw::SettlesAtOnce;
        Ok(streams.map(move |it| if settles_at_once { settled(it) } else { it }).boxed())
    }
}

fn settled(delivery: Delivery) -> Delivery {
    let message = delivery.message.clone();
    delivery.settle(Settlement::Ack);
    Delivery::settled(message)
}

impl Transport for Process {
    fn publish(&self, message: Message) -> Publishing<'_> {
        Publishing::unsent(async move { self.connection().publish(message).await })
    }

    fn subscribe(&self, to: Subscription) -> BoxFuture<'_, Result<Deliveries, Error>> {
        Box::pin(self.subscribe(to))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.connection().close().await })
    }
}
