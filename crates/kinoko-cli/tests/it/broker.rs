//! Calls and events over a RabbitMQ node of the test's own.
//!
//! Needs RabbitMQ installed and `KINOKO_TEST_RABBITMQ` set; else it says that it was left out.

use std::{
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use kinoko::{amqp::Amqp, prelude::*};
use kinoko_testing::{eventually, rabbitmq::RabbitNode};

use crate::kinoko;

#[derive(Debug, Fault)]
enum ShopError {
    #[fault(expected, message = "no such product: {sku}")]
    UnknownProduct { sku: String },
}

#[derive(Dependencies)]
struct Shop {
    heard: Shared<Mutex<Vec<u64>>>,
}

#[derive(Deserialize, JsonSchema)]
struct Paid {
    order: u64,
}

#[service(name = "shop")]
impl Shop {
    #[rpc]
    async fn price(&mut self, sku: String, quantity: Option<u32>) -> Result<u32, ShopError> {
        match &*sku {
            "enoki" => Ok(3 * quantity.unwrap_or(1)),
            "never" => std::future::pending().await,
            _ => Err(ShopError::UnknownProduct { sku }),
        }
    }

    #[event_handler(source = "payments", event = "paid")]
    async fn paid(&mut self, paid: Paid) {
        self.heard.lock().unwrap().push(paid.order);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_and_events() {
    if std::env::var_os("KINOKO_TEST_RABBITMQ").is_none() {
        let text = b"left out: `kinoko` over RabbitMQ; install it and set KINOKO_TEST_RABBITMQ=1\n";
        std::io::stderr().write_all(text).unwrap();
        return;
    }
    let mut node = RabbitNode::start().await.unwrap();
    let uri = node.new_vhost("cli").await.unwrap();
    let heard = Arc::new(Mutex::new(Vec::<u64>::new()));
    let amqp = Amqp::connect(&uri).await.unwrap();
    let runner = Runner::new().transport(amqp).service::<Shop>().provide_arc(heard.clone());
    let running = runner.start().await.unwrap();
    let check = async |args: &[&str], code: i32, out: &str, err: &str| {
        let (uri, owned) =
            (uri.clone(), args.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
        let ran = tokio::task::spawn_blocking(move || {
            kinoko(&uri, &owned.iter().map(String::as_str).collect::<Vec<_>>())
        });
        let ran = ran.await.unwrap();
        assert_eq!((ran.code, ran.out.trim()), (Some(code), out), "{args:?}: {ran:?}");
        assert!(ran.err.contains(err), "{args:?}: {ran:?}");
    };
    check(&["call", "shop.price", "sku=enoki", "quantity=2"], 0, "6", "").await;
    check(&["call", "shop.price", r#"["enoki"]"#], 0, "3", "").await;
    check(&["call", "shop.price", "sku=morel"], 1, "", "no such product: morel").await;
    check(&["call", "shop.price"], 1, "", "missing 1 required positional argument: 'sku'").await;
    check(&["call", "shop.cost"], 1, "", "MethodNotFound").await;
    check(&["call", "nobody.price"], 4, "", "nobody serves `nobody`").await;
    check(&["call", "shop.price", "sku=never", "--timeout", "3"], 5, "", "--timeout").await;
    check(&["emit", "payments", "paid", r#"{"order": 7}"#], 0, "", "").await;
    eventually("the event is handled", async || *heard.lock().unwrap() == [7]).await;
    running.stop(Duration::from_secs(5)).await;
    node.stop().await.unwrap();
}
