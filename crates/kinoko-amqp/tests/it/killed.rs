//! A node that is started for tests ends with the process that started it, even if that is killed.

use std::{
    io::{BufRead, BufReader},
    net::{Ipv4Addr, TcpStream},
    process::{Child, Command, Stdio},
    time::Duration,
};

use kinoko_testing::rabbitmq::RabbitNode;
use tokio::time::Instant;

use crate::case::{Case, Test, test};

/// Has this program start a node and do nothing more.
pub(crate) const HOLD_A_NODE: &str = "--hold-a-node";

pub(crate) const TESTS: &[(&str, Test)] = &[test!("killed", a_node_ends_with_its_process)];

/// Starts a node, then starts it again after a crash; says its port, and waits to be killed.
pub(crate) async fn hold_a_node() {
    let mut node = RabbitNode::start().await.unwrap();
    node.kill9().await.unwrap();
    node.restart().await.unwrap();
    println!("{}", node.port());
    tokio::time::sleep(Duration::from_secs(120)).await;
}

async fn a_node_ends_with_its_process(_case: Case) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let mut holder = Holder(command.arg(HOLD_A_NODE).stdout(Stdio::piped()).spawn().unwrap());
    let said = BufReader::new(holder.0.stdout.take().unwrap());
    let said = tokio::task::spawn_blocking(|| said.lines().next());
    let port: u16 = said.await.unwrap().unwrap().unwrap().parse().unwrap();
    let name = format!("kinoko-rabbitmq-{}-{port}", holder.0.id());
    let folder = std::env::temp_dir().join(name);
    let is_there = |port| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
    // The node, and its port mapper.
    assert!(is_there(port) && is_there(port + 10_000) && folder.exists());
    holder.0.kill().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while is_there(port) || is_there(port + 10_000) || folder.exists() {
        assert!(Instant::now() < deadline, "something of the node is still there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

struct Holder(Child);

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
