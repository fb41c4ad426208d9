//! Two who write to a folder of deployments at once, and are killed at any moment.

use std::{
    collections::BTreeSet,
    fs,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

/// How many versions each of the two publishes and deploys.
const VERSIONS: usize = 60;

fn manifest(version: &str) -> Value {
    json!({"manifest": 2, "name": "stock", "version": version})
}

/// Starts the command, and kills it after a while if that is asked for. Whether it ended by itself, in order.
fn run(args: &[&str], kill_after: Option<Duration>) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kinoko"));
    let mut child = command.args(args).stdout(Stdio::null()).spawn().unwrap();
    if let Some(after) = kill_after {
        #[expect(
            clippy::disallowed_methods,
            reason = "it is killed at any moment, not when something has happened"
        )]
        thread::sleep(after);
        // It may have ended already, which is as good.
        let _ = child.kill();
    }
    child.wait().unwrap().success()
}

#[test]
fn nothing_is_lost_and_nothing_unreadable() {
    let scene = tempfile::tempdir().unwrap();
    let folder = scene.path().join("deployments").display().to_string();
    let write = |writer: usize| -> BTreeSet<String> {
        let mut recorded = BTreeSet::new();
        let mut state = 17 + writer as u64;
        for number in 0..VERSIONS {
            let version = format!("{writer}.0.{number}");
            let path = scene.path().join(format!("{version}.json")).display().to_string();
            fs::write(&path, manifest(&version).to_string()).unwrap();
            // Every second time it is killed, from at once to after it is done.
            let mut dies = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let after = Duration::from_micros((state >> 33) % 6000);
                ((state >> 60).is_multiple_of(2)).then_some(after)
            };
            let published = run(&["publish", &path, "--to", &folder], dies());
            let name = format!("stock@{version}");
            let record =
                ["record-deployment", &name, "--env", "test", "--beside", "--deployments", &folder];
            if published && run(&record, dies()) {
                recorded.insert(version);
            }
        }
        recorded
    };
    let recorded: Vec<BTreeSet<String>> = thread::scope(|scope| {
        let writers = [0, 1].map(|it| scope.spawn(move || write(it)));
        writers.map(|it| it.join().unwrap()).into()
    });
    let recorded: BTreeSet<String> = recorded.into_iter().flatten().collect();
    let listed = Command::new(env!("CARGO_BIN_EXE_kinoko"))
        .args(["deployed", "test", "--json", "--deployments", &folder])
        .output()
        .unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let running: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let running: BTreeSet<String> = running
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["version"].as_str().unwrap().to_owned())
        .collect();
    let lost: Vec<&String> = recorded.difference(&running).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    assert!(recorded.len() > VERSIONS / 4, "only {} were recorded", recorded.len());
    // And everything that runs can be judged against.
    let path = scene.path().join("0.0.0.json").display().to_string();
    assert!(run(&["can-deploy", &path, "--env", "test", "--deployments", &folder], None));
    println!("{} recorded, {} run", recorded.len(), running.len());
}
