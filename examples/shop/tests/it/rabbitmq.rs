//! One process per service over RabbitMQ: with `KINOKO_TEST_RABBITMQ` set.

use std::time::Duration;

use kinoko::{Client, Connect};
use kinoko_testing::rabbitmq::RabbitNode;
use tempfile::TempDir;
use tokio::time::sleep;

use crate::{
    customer::{all_paid, place},
    process::Process,
};

const SERVICES: [&str; 5] = ["catalogue", "orders", "stock", "payments", "mailer"];

#[tokio::test(flavor = "multi_thread")]
async fn no_order_is_lost_when_services_are_killed() {
    if std::env::var_os("KINOKO_TEST_RABBITMQ").is_none() {
        println!("left out: set KINOKO_TEST_RABBITMQ to run it");
        return;
    }
    let node = RabbitNode::start().await.unwrap();
    let uri = node.new_vhost("shop").await.unwrap();
    let data = TempDir::new().unwrap();
    let data = data.path().to_str().unwrap();
    let start = |service: &str| {
        Process::start(&["run", "--only", service, "--data", data], &[("AMQP_URI", &uri)])
    };
    let mut processes: Vec<Process> = SERVICES.iter().map(|it| start(it)).collect();

    let mut accepted = Vec::new();
    for (index, service) in SERVICES.iter().enumerate() {
        accepted.extend(place(&front(&processes), 5).await);
        let address = front(&processes);
        let placing = tokio::spawn(async move { place(&address, 10).await });
        sleep(Duration::from_millis(20)).await;
        processes.remove(index).kill();
        processes.insert(index, start(service));
        accepted.extend(placing.await.unwrap());
    }
    accepted.extend(place(&front(&processes), 5).await);
    assert!(accepted.len() >= 55, "only {} of 80 orders were taken", accepted.len());

    // More may be kept than were taken: the process may have died before it could say so.
    let kept = all_paid(&front(&processes)).await;
    let lost: Vec<_> = accepted.iter().filter(|it| !kept.contains(it)).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    let client = Client::connect(&uri).await.unwrap();
    let left: i64 = client.call("stock", "left", ["enoki"]).await.unwrap();
    assert_eq!(
        left,
        1000 - i64::try_from(kept.len()).unwrap(),
        "something was taken twice, or not at all"
    );
    for process in processes {
        assert_eq!(process.signal("-TERM").0.code(), Some(0));
    }
}

/// Where `orders` serves HTTP.
fn front(processes: &[Process]) -> String {
    processes[1].address.clone()
}
