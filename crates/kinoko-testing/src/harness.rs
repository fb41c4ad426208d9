//! [`Harness`]: services at work in a test, without a broker.

use std::{sync::Arc, time::Duration};

use kinoko_core::{
    Address, Client, Configuration, Entrypoint, Error, Fault, FaultKind, Memory, Message,
    Middleware, Runner, Running, Service, Transport,
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::{Instant, sleep};

/// Services over an in-process broker of their own, for tests.
///
/// ```no_run
/// # use kinoko_core::Service;
/// # async fn test<Orders: Service>() -> Result<(), Box<dyn std::error::Error>> {
/// let harness = kinoko_testing::Harness::new().service::<Orders>().start().await?;
/// let status: String = harness.call("orders", "status", [7]).await?;
/// harness.emit("payments", "paid", &serde_json::json!({"order": 7})).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "services run once `start` is awaited"]
pub struct Harness {
    memory: Memory,
    #[cfg(feature = "http")]
    http: kinoko_http::Http,
    runner: Runner,
}

impl Harness {
    /// No services yet.
    pub fn new() -> Harness {
        let memory = Memory::default();
        let runner = Runner::new().transport(memory.clone());
        #[cfg(feature = "http")]
        let http = kinoko_http::Http::on("127.0.0.1:0");
        #[cfg(feature = "http")]
        let runner = runner.entrypoint(http.clone());
        Harness {
            memory,
            #[cfg(feature = "http")]
            http,
            runner,
        }
    }

    /// Runs that service too.
    pub fn service<S: Service>(mut self) -> Harness {
        self.runner = self.runner.service::<S>();
        self
    }

    /// Gives services a value for their `Shared` fields.
    pub fn provide<T: Send + Sync + 'static>(mut self, resource: T) -> Harness {
        self.runner = self.runner.provide(resource);
        self
    }

    /// The same for a value that the test shares with the services.
    pub fn provide_arc<T: Send + Sync + 'static>(mut self, resource: Arc<T>) -> Harness {
        self.runner = self.runner.provide_arc(resource);
        self
    }

    /// Runs one more kind of entrypoint.
    pub fn entrypoint(mut self, entrypoint: impl Entrypoint) -> Harness {
        self.runner = self.runner.entrypoint(entrypoint);
        self
    }

    /// Puts code around every call.
    pub fn middleware(mut self, middleware: impl Middleware) -> Harness {
        self.runner = self.runner.middleware(middleware);
        self
    }

    /// Reads settings from that configuration.
    pub fn config(mut self, configuration: Configuration) -> Harness {
        self.runner = self.runner.config(configuration);
        self
    }

    /// Starts them.
    ///
    /// # Errors
    /// As [`Runner::start`].
    pub async fn start(self) -> Result<Harnessed, Error> {
        let running = self.runner.start().await?;
        Ok(Harnessed {
            client: running.client(),
            memory: self.memory,
            #[cfg(feature = "http")]
            http: self.http,
            running,
        })
    }
}

impl Default for Harness {
    fn default() -> Harness {
        Harness::new()
    }
}

/// Services at work.
pub struct Harnessed {
    client: Client,
    memory: Memory,
    #[cfg(feature = "http")]
    http: kinoko_http::Http,
    running: Running,
}

impl Harnessed {
    /// A client of the services, to make a typed one of: `OrdersClient::from(harness.client())`.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// The broker, to look at its queues or run a second harness on.
    pub fn memory(&self) -> Memory {
        self.memory.clone()
    }

    /// Where its `#[http]` methods are served, if any are and no other entrypoint serves them.
    #[cfg(feature = "http")]
    pub fn http_address(&self) -> Option<std::net::SocketAddr> {
        self.http.address()
    }

    /// Calls a method by name: see [`Client::call`].
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn call<R: DeserializeOwned>(
        &self,
        service: &str,
        method: &str,
        args: impl Serialize,
    ) -> Result<R, Fault> {
        self.client.call(service, method, args).await
    }

    /// Emits an event by name, as its source would.
    ///
    /// # Errors
    /// When it cannot be encoded or sent.
    pub async fn emit(
        &self,
        source: &str,
        event_type: &str,
        payload: &impl Serialize,
    ) -> Result<(), Fault> {
        let to = Address::Event {
            source: source.to_owned().into(),
            event_type: event_type.to_owned().into(),
        };
        let body = serde_json::to_vec(payload)
            .map_err(|err| Fault::new(FaultKind::UnserializableValue, err.to_string()))?;
        let published = self.memory.publish(Message::json(to, body)).await;
        published.map_err(|err| Fault::new(FaultKind::Unavailable, err.to_string()))
    }

    /// Stops them, as SIGTERM would.
    pub async fn stop(self) {
        self.running.stop(Duration::from_secs(10)).await;
    }
}

/// Waits until a condition holds, and fails the test when it does not within 10 seconds.
///
/// # Panics
/// When time is up; `what` says what was waited for.
#[track_caller]
pub fn eventually<F, Fut>(what: &str, condition: F) -> impl Future<Output = ()>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = bool>,
{
    let place = std::panic::Location::caller();
    eventually_at(what.to_owned(), condition, place)
}

async fn eventually_at<F, Fut>(
    what: String,
    mut condition: F,
    place: &'static std::panic::Location<'static>,
) where
    F: FnMut() -> Fut,
    Fut: Future<Output = bool>,
{
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition().await {
        assert!(Instant::now() < deadline, "{place}: waited 10 s in vain: {what}");
        sleep(Duration::from_millis(5)).await;
    }
}
