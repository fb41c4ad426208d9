//! Clients: typed, consumer-defined, dynamic, as fields and standing alone.

use std::{sync::Arc, time::Duration};

use kinoko::{
    BoxFuture, Deliveries, Error, Memory, Message, Publishing, Subscription, Transport, prelude::*,
};
use kinoko_testing::Harness;
use serde_json::{Value, json};

use crate::echo::{Echo, EchoClient};

/// Knows everybody.
#[derive(Dependencies)]
struct Users {
    call: CallContext,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct User {
    id: u64,
    name: String,
}

#[service(name = "users")]
impl Users {
    #[rpc]
    async fn get(&mut self, id: u64) -> User {
        User { id, name: format!("user {id} in {:?}", self.call.get("language")) }
    }

    #[rpc]
    async fn caller(&mut self) -> String {
        let caller = self.call.caller().unwrap_or("nobody");
        caller.rsplit_once('.').map_or(caller, |(name, _)| name).to_owned()
    }
}

/// Only what this side reads.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct UserName {
    name: String,
}

#[client(service = "users")]
trait Directory {
    /// The name alone.
    async fn get(&self, id: u64) -> UserName;
    async fn caller(&self) -> Result<String, Fault>;
}

#[derive(Dependencies)]
struct Front {
    directory: DirectoryClient,
    anyone: Client,
}

#[service(name = "front")]
impl Front {
    #[rpc]
    async fn callers(&mut self) -> Result<Vec<String>, Fault> {
        let typed = self.directory.caller().await?;
        Ok(vec![typed, self.anyone.call("users", "caller", ()).await?])
    }
}

#[tokio::test]
async fn a_consumer_reads_only_what_it_declares() {
    let harness = Harness::new().service::<Users>().start().await.unwrap();
    let directory = DirectoryClient::from(harness.client());
    assert_eq!(directory.get(7).await.unwrap().name, "user 7 in None");
    harness.stop().await;
}

#[tokio::test]
async fn a_field_carries_the_context_of_the_call() {
    let harness = Harness::new().service::<Users>().service::<Front>().start().await.unwrap();
    let callers = FrontClient::from(harness.client()).callers().await.unwrap();
    assert_eq!(callers, ["front.callers", "front.callers"]);
    harness.stop().await;
}

#[tokio::test]
async fn a_client_stands_alone() {
    let memory = Memory::default();
    let running = Runner::new().transport(memory.clone()).service::<Users>().start().await.unwrap();
    let client = Client::over(Arc::new(memory), "script");
    let caller: String = client.call("users", "caller", ()).await.unwrap();
    assert_eq!(caller, "script.call");
    let user: Value = client.call("users", "get", json!({"id": 1})).await.unwrap();
    assert_eq!(user["id"], 1);
    running.stop(Duration::from_secs(1)).await;
}

#[tokio::test]
async fn a_stub_answers_in_a_unit_test() {
    let mut front = Front {
        directory: DirectoryClient::stub(|_, method, _| Ok(json!(format!("stub of {method}")))),
        anyone: Client::stub(|service, _, args| {
            assert_eq!((service, args), ("users", json!({"args": [], "kwargs": {}})));
            Err(Fault::unknown_service(service))
        }),
    };
    assert_eq!(front.callers().await.unwrap_err().kind(), FaultKind::UnknownService);
}

#[test]
fn the_manifest_says_whom_a_service_calls() {
    let manifest = kinoko::manifest::<Front>();
    let client = manifest.dependencies[0].client.as_ref().unwrap();
    let methods: Vec<_> = client.methods.iter().map(|it| &*it.name).collect();
    assert_eq!((&*client.service, &methods[..]), ("users", &["get", "caller"][..]));
    assert!(client.methods[0].returns.to_string().contains("UserName"));
    assert_eq!(manifest.dependencies[1].field, "anyone");
    assert_eq!(kinoko::manifest::<Users>().docs, "Knows everybody.");
}

/// A broker that takes its time to make a queue.
struct Distant(Memory);

impl Transport for Distant {
    fn publish(&self, message: Message) -> Publishing<'_> {
        self.0.publish(message)
    }

    fn subscribe(&self, to: Subscription) -> BoxFuture<'_, Result<Deliveries, Error>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.0.subscribe(to).await
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.0.close()
    }
}

#[tokio::test(start_paused = true)]
async fn hasty_calls_share_the_one_queue_their_replies_come_on() {
    let memory = Memory::default();
    let running = Runner::new().transport(memory.clone()).service::<Echo>().start().await.unwrap();
    let client = Client::over(Arc::new(Distant(memory.clone())), "test");
    let hasty = EchoClient::from(client.with_timeout(Duration::from_millis(100)));
    let mut timeouts = 0;
    while hasty.echo(1).await.is_err() {
        timeouts += 1;
        assert!(timeouts < 20, "the queue is asked for once, however little time a call has");
    }
    let queues = memory.queues();
    let replies = queues.iter().filter(|it| it.name.starts_with("kinoko-reply-test-"));
    assert_eq!((replies.count(), client.in_flight()), (1, 0), "{queues:?}");
    running.stop(Duration::from_secs(1)).await;
}
