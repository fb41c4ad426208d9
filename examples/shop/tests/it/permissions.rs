//! The shop with no more permissions at RabbitMQ than its manifests ask for, and with one less: with
//! `KINOKO_TEST_RABBITMQ` set.

use std::time::Duration;

use kinoko::{Client, Connect, manifest_format::ServiceManifest};
use kinoko_inspect::permissions::{Also, Permissions, Place, Right};
use kinoko_testing::rabbitmq::RabbitNode;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    customer::{all_paid, place},
    process::Process,
};

const SERVICES: [&str; 5] = ["catalogue", "orders", "stock", "payments", "mailer"];
const VHOST: &str = "least";
/// How long a refusal may take to be seen.
const PATIENCE: Duration = Duration::from_secs(20);

fn permissions(service: &str) -> Permissions {
    let text = std::fs::read_to_string(format!("manifests/{service}.manifest.json")).unwrap();
    Permissions::of(service, &[ServiceManifest::from_json(&text).unwrap()], &Also::default())
}

/// A broker on which each service has a user with the least permissions, and a folder for data.
struct Scene {
    node: RabbitNode,
    /// Of somebody who may do anything.
    uri: String,
    data: TempDir,
}

impl Scene {
    async fn new() -> Option<Scene> {
        if std::env::var_os("KINOKO_TEST_RABBITMQ").is_none() {
            println!("left out: set KINOKO_TEST_RABBITMQ to run it");
            return None;
        }
        let node = RabbitNode::start().await.unwrap();
        let uri = node.new_vhost(VHOST).await.unwrap();
        for service in SERVICES {
            node.ctl(&["add_user", service, "mushroom"]).await.unwrap();
        }
        let place = Place { vhost: VHOST.to_owned() };
        let definitions = Permissions::to_definitions(&SERVICES.map(permissions), &place);
        let data = TempDir::new().unwrap();
        let path = data.path().join("definitions.json");
        std::fs::write(&path, definitions.to_string()).unwrap();
        node.ctl(&["import_definitions", &path.display().to_string()]).await.unwrap();
        Some(Scene { node, uri, data })
    }

    fn start(&self, service: &str) -> Result<Process, String> {
        let uri = format!("amqp://{service}:mushroom@127.0.0.1:{}/{VHOST}", self.node.port());
        let data = self.data.path().to_str().unwrap();
        let filter = ("RUST_LOG", "info");
        Process::try_start(
            &["run", "--only", service, "--data", data],
            &[("AMQP_URI", &uri), filter],
        )
    }

    /// Gives a user these permissions instead of those it has.
    async fn set(&self, permissions: &Permissions) {
        let user = &permissions.user;
        let names = [Right::Configure, Right::Write, Right::Read];
        let names = names.map(|it| erlang(&permissions.pattern(it))).join(", ");
        let mut expression = format!(
            "rabbit_auth_backend_internal:set_permissions({}, {}, {names}, <<\"test\">>)",
            erlang(user),
            erlang(VHOST)
        );
        // Without a permission for an exchange every key of it is allowed.
        let none = || [(); 2].map(|()| "^$".to_owned());
        let mut topics = permissions.topics();
        for exchange in ["nameko-rpc", "orders.events", "payments.events", "stock.events"] {
            let [write, read] = topics.remove(exchange).unwrap_or_else(none);
            let parts = [user, VHOST, exchange, &write, &read].map(erlang).join(", ");
            expression += &format!(
                ", rabbit_auth_backend_internal:set_topic_permissions({parts}, <<\"test\">>)"
            );
        }
        self.node.eval(&format!("{expression}.")).await.unwrap();
    }
}

fn erlang(text: &str) -> String {
    format!("<<\"{text}\">>")
}

/// Whether a line of the log says that something is not allowed, in RabbitMQ's words.
fn is_refusal(entry: &Value) -> bool {
    // It is asked for once, and there is another way.
    entry["level"] != "INFO" && entry.to_string().contains("ACCESS_REFUSED")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_needs_no_more_than_its_manifests_ask_for() {
    let Some(scene) = Scene::new().await else { return };
    let processes = SERVICES.map(|it| scene.start(it).unwrap());
    let address = &processes[1].address;
    let taken = place(address, 10).await;
    assert_eq!(taken.len(), 10);
    assert_eq!(all_paid(address).await.len(), 10);
    // Somebody calls each service, by Kinoko.
    let client = Client::connect(&scene.uri).await.unwrap();
    assert_eq!(client.call::<i64>("stock", "left", ["enoki"]).await.unwrap(), 990);
    let order: Value = client.call("orders", "get", [&taken[0]]).await.unwrap();
    assert_eq!(order["id"], *taken[0]);
    for process in processes {
        let refused = process.try_logged(Duration::from_millis(200), is_refusal);
        assert!(refused.is_err(), "{refused:?}");
        assert_eq!(process.signal("-TERM").0.code(), Some(0));
    }
}

/// Has `orders` call, be called, and emit whatever it does. All of it may fail.
async fn do_everything(address: &str, uri: &str) {
    let http = reqwest::Client::builder().timeout(Duration::from_secs(3)).build().unwrap();
    let _ = http.get(format!("http://{address}/products")).send().await;
    // There are not so many, so that it is cancelled.
    for quantity in [1, 60_000] {
        let basket = json!({"lines": [{"sku": "enoki", "quantity": quantity}]});
        let _ = http.post(format!("http://{address}/orders")).json(&basket).send().await;
    }
    let client = Client::connect(uri).await.unwrap().with_timeout(Duration::from_secs(1));
    let _ = client.call::<Value>("orders", "get", ["no such order"]).await;
}

/// What may be missing and nobody notices here: it is asked for by callers that are Nameko's, or that give up.
const NOT_SEEN: &[&str] = &["replies to whoever calls, with Nameko", "waits for catalogue no more"];

#[tokio::test(flavor = "multi_thread")]
async fn with_one_permission_less_it_says_which() {
    let Some(scene) = Scene::new().await else { return };
    let _others = ["catalogue", "stock", "payments", "mailer"].map(|it| scene.start(it).unwrap());
    let least = permissions("orders");
    let mut cases = Vec::new();
    for at in 0..least.of_names.len() {
        let mut less = least.clone();
        let grant = less.of_names.remove(at);
        cases.push((less, format!("{:?} {}", grant.right, grant.pattern), grant.why));
    }
    for at in 0..least.of_keys.len() {
        let mut less = least.clone();
        let grant = less.of_keys.remove(at);
        cases.push((less, format!("{:?} {}", grant.right, grant.pattern), grant.why));
    }
    // It is there until then, and who may not make it finds it.
    let own = "Configure orders[.]events";
    cases.sort_by_key(|(_, what, _)| what == own);
    let mut seen = 0;
    for (less, what, why) in cases {
        if NOT_SEEN.iter().any(|it| why.contains(it)) {
            continue;
        }
        scene.set(&less).await;
        if what == own {
            let name =
                format!("rabbit_misc:r({}, exchange, {})", erlang(VHOST), erlang("orders.events"));
            let deleted = format!("rabbit_exchange:delete({name}, false, <<\"test\">>).");
            scene.node.eval(&deleted).await.unwrap();
        }
        match scene.start("orders") {
            Err(log) => {
                let says_so = log.contains("ACCESS_REFUSED") && log.contains("permission");
                assert!(says_so, "without {what} ({why}) it ends, and does not say why:\n{log}");
            }
            Ok(process) => {
                do_everything(&process.address, &scene.uri).await;
                let refused = process.try_logged(PATIENCE, is_refusal);
                refused
                    .unwrap_or_else(|log| panic!("without {what} ({why}) nothing is said:\n{log}"));
            }
        }
        seen += 1;
    }
    println!("{seen} permissions taken away, and each missed by its name");
    assert!(seen >= 30, "only {seen}");
}
