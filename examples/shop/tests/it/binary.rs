//! The shop as a program: its commands, its exit codes, its end.

use std::time::Duration;

use kinoko::manifest_format::ServiceManifest;
use serde_json::json;

use crate::{
    customer::place,
    process::{Process, shop},
};

#[test]
fn a_signal_ends_it_soon_and_in_order() {
    for signal in ["-INT", "-TERM"] {
        let process = Process::start(&[], &[]);
        assert!(process.address.starts_with("127.0.0.1:"), "{:?}", process.address);
        let (status, took) = process.signal(signal);
        assert_eq!(status.code(), Some(0), "{signal}");
        assert!(took < Duration::from_secs(2), "{signal}: {took:?}");
    }
}

/// However much of the log is left out.
#[tokio::test(flavor = "multi_thread")]
async fn lines_of_a_call_say_which_call_that_is() {
    let filter = "shop=info,kinoko::program=info,kinoko_http=info";
    let process = Process::start(&[], &[("RUST_LOG", filter)]);
    place(&process.address, 1).await;
    let line = process.logged(|it| it["message"].as_str().is_some_and(|it| it.contains("mail: ")));
    let call = &line["spans"][0];
    assert_eq!(
        (&call["service"], &call["method"]),
        (&json!("mailer"), &json!("on_paid")),
        "{line}"
    );
    assert!(call["call_id"].as_str().is_some_and(|it| it.starts_with("mailer.on_paid.")), "{line}");
}

#[test]
fn a_service_that_keeps_nothing_needs_no_data() {
    let process = Process::start(&["run", "--only", "mailer", "--data", "/dev/null/nowhere"], &[]);
    assert_eq!(process.signal("-INT").0.code(), Some(0));
}

#[test]
fn commands_print_and_say_by_their_exit_code_how_it_went() {
    fn check(args: &[&str], code: i32, expected: &[&str]) {
        let output = shop(args).output().unwrap();
        let text = String::from_utf8_lossy(if code == 0 { &output.stdout } else { &output.stderr });
        assert_eq!(output.status.code(), Some(code), "{args:?}: {text}");
        for expected in expected {
            assert!(text.contains(expected), "{args:?}: no {expected:?} in {text}");
        }
    }
    check(&["manifest"], 0, &["\"name\": \"catalogue\"", "\"name\": \"mailer\""]);
    check(&["check"], 0, &["ok: catalogue, orders, stock, payments, mailer"]);
    check(&["check", "--data", "/dev/null/nowhere"], 1, &["service orders: store", "--data"]);
    let initial = ["show-config", "--define", "stock.initial=7"];
    check(&initial, 0, &["initial: 7", "--define", "max_workers: 256"]);
    check(&["check", "--define", "stock.inital=7"], 2, &["did you mean `initial`?"]);
    check(&["check", "--define", "max_worker=7"], 2, &["did you mean `max_workers`?"]);
    check(&["run", "--only", "mailr"], 2, &["no service `mailr` here"]);
    check(&["walk"], 2, &["walk"]);
    // An address that no machine has (RFC 5737).
    let elsewhere = ["run", "--define", "WEB_SERVER_ADDRESS=192.0.2.1:8000"];
    check(&elsewhere, 2, &["cannot listen on 192.0.2.1:8000", "set WEB_SERVER_ADDRESS"]);
}

#[test]
fn the_manifest_command_prints_what_is_committed() {
    let committed = std::fs::read_to_string("manifests/orders.manifest.json").unwrap();
    for args in [["manifest", "--only", "orders"], ["--only", "orders", "manifest"]] {
        let output = shop(&args).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let mut manifest = ServiceManifest::from_json(&printed).unwrap();
        for method in &mut manifest.methods {
            // The one thing that is not committed.
            assert!(method.location.as_mut().unwrap().line.take().is_some());
        }
        assert_eq!(manifest.to_json(), committed, "{args:?}");
    }
}
