//! `kinoko permissions`, in each of its forms.

use serde_json::{Value, json};

use crate::system::{Scene, provider};

#[test]
fn permissions_are_printed_for_whoever_grants_them() {
    let scene = Scene::new();
    let stock = scene.manifest(&provider("1.0.0", &["count"]));
    scene.check(&["permissions", &stock], 0, &["rpc-stock", "requests to `stock`", "nameko-rpc"]);
    let lines =
        ["permissions", &stock, "--format", "rabbitmqctl", "--vhost", "it's", "--user", "u"];
    scene.check(
        &lines,
        0,
        &["set_permissions --vhost 'it'\\''s' 'u' '^(", "set_topic_permissions"],
    );
    let any = scene.manifest(&json!({"manifest": 2, "name": "any", "version": "1.0.0",
        "dependencies": [{"field": "all\nthere is", "kind": "client"}]}));
    let unknown = ["permissions", &any, "--format", "rabbitmqctl"];
    let ran = scene.check(&unknown, 0, &["# not known, and not allowed"]);
    assert!(!ran.out.contains("\nthere is"), "{}", ran.out);
    let definitions = ["permissions", &any, "--format", "definitions", "--calls", "pay.*"];
    let ran = scene.check(&definitions, 0, &[]);
    let definitions: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(definitions["exchanges"][0]["name"], "nameko-rpc");
    let write = definitions["topic_permissions"][0]["write"].as_str().unwrap();
    assert!(write.contains("pay[.].*"), "{write}");
    scene.check(&["permissions", &stock, "--calls", "pay.*"], 2, &["none of these services"]);
    scene.check(&["permissions", &stock, "--calls", "pay"], 2, &["as payments.pay or payments.*"]);
}
