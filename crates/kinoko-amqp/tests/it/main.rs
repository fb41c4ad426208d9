//! The transport against a RabbitMQ of its own.
//!
//! These need RabbitMQ installed, so a plain `cargo test` leaves them out and says so. They run one
//! after another on one node, each in a virtual host of its own: some of them break the node.

mod attribution;
mod basics;
mod case;
mod faults;
mod killed;
mod refused;
mod replies;
mod suite;
mod tls;

use std::{process::ExitCode, sync::Arc, time::Duration};

use kinoko_testing::rabbitmq::RabbitNode;
use tokio::sync::Mutex;

use crate::case::{Case, Test};

/// No test takes longer than this, whatever happens.
const PATIENCE: Duration = Duration::from_secs(900);

fn main() -> ExitCode {
    if std::env::var_os("KINOKO_TEST_RABBITMQ").is_none() {
        println!("\nleft out: the tests against RabbitMQ; install it and run them with");
        println!("    KINOKO_TEST_RABBITMQ=1 cargo test -p kinoko-amqp --test it\n");
        return ExitCode::SUCCESS;
    }
    tracing_subscriber::fmt()
        .with_env_filter(std::env::var("RUST_LOG").unwrap_or_else(|_| "off".to_owned()))
        .with_writer(std::io::stderr)
        .init();
    let filters: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    if std::env::args().any(|it| it == killed::HOLD_A_NODE) {
        runtime.block_on(killed::hold_a_node());
        return ExitCode::SUCCESS;
    }
    tokio::task::LocalSet::new().block_on(&runtime, run(&filters))
}

async fn run(filters: &[String]) -> ExitCode {
    let node = match RabbitNode::start().await {
        Ok(node) => Arc::new(Mutex::new(node)),
        Err(err) => {
            println!("cannot start a RabbitMQ node: {err}");
            return ExitCode::FAILURE;
        }
    };
    let (mut ran, mut failed) = (0, Vec::new());
    let wanted = |name: &str| filters.is_empty() || filters.iter().any(|it| name.contains(&**it));
    for (name, test) in tests().into_iter().filter(|(name, _)| wanted(name)) {
        ran += 1;
        let started = std::time::Instant::now();
        let case = Case::new(name, Arc::clone(&node)).await;
        let outcome = tokio::time::timeout(PATIENCE, tokio::task::spawn_local(test(case))).await;
        let took = started.elapsed().as_secs_f32();
        if matches!(outcome, Ok(Ok(()))) {
            println!("test {name} ... ok ({took:.1} s)");
        } else {
            println!("test {name} ... FAILED ({took:.1} s)");
            failed.push(name);
        }
        // Whatever the test did to the node, the next one finds it well.
        let mut node = node.lock().await;
        let _ = node.resume();
        if node.ctl(&["await_startup", "--timeout", "5"]).await.is_err() {
            let _ = node.kill9().await;
            node.restart().await.expect("the node starts again");
        }
        let _ = node.set_memory_alarm(false).await;
    }
    let (word, bad) = (if failed.is_empty() { "ok" } else { "FAILED" }, failed.len());
    // The line that cargo's own tests end with, for those who count.
    println!("\ntest result: {word}. {} passed; {bad} failed; 0 ignored; 0 measured", ran - bad);
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("\nfailed: {failed:?}");
    ExitCode::FAILURE
}

fn tests() -> Vec<(&'static str, Test)> {
    [
        basics::TESTS,
        refused::TESTS,
        replies::TESTS,
        suite::TESTS,
        attribution::TESTS,
        faults::TESTS,
        killed::TESTS,
        tls::TESTS,
    ]
    .concat()
}
