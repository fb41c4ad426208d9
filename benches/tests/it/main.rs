//! That the processes of a measurement do what they are told; nothing here is about how long it takes.

use std::{
    io::Write,
    process::{Command, Stdio},
};

/// Gives a peer one order and returns all that it says.
fn said(role: &str, order: &str) -> Vec<serde_json::Value> {
    let mut peer = Command::new(env!("CARGO_BIN_EXE_kinoko-benches"))
        .args(["peer", role])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    peer.stdin.take().unwrap().write_all(format!("{order}\n").as_bytes()).unwrap();
    let output = peer.wait_with_output().unwrap();
    assert!(output.status.success(), "{role}: {:?}", output.status);
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|it| serde_json::from_str(it).unwrap()).collect()
}

#[track_caller]
fn check(role: &str) {
    let window = r#"{"secs":0,"nanos":50000000}"#;
    let order = format!(
        r#"{{"Load":{{"durable":false,"size":4,"in_flight":4,"batch":1,"warm_up":{window},"window":{window}}}}}"#
    );
    let said = said(role, &order);
    assert_eq!(said[1], "Measuring", "{said:?}");
    let sample = &said[2]["Sample"];
    let figure = |name: &str| sample[name].as_f64().unwrap();
    assert!(figure("calls") > 0.0 && figure("all_calls") > figure("calls"), "{sample}");
    assert!(figure("p99_us") >= figure("p50_us") && figure("p50_us") > 0.0, "{sample}");
    assert!(figure("seconds") > 0.0 && figure("cpu_us") > 0.0, "{sample}");
}

#[test]
fn calls_in_one_process_are_made_and_measured() {
    check("kinoko-in-process");
    check("kinoko-in-process-logged");
    check("hand-in-process");
}
