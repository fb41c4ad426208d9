//! The framework's keys, with Nameko's spellings and defaults.

use serde_json::json;

use super::*;

fn read(value: Value) -> (Framework, Vec<String>, Vec<String>) {
    let (mut problems, mut warnings) = (Vec::new(), Vec::new());
    let written = Node::from_json(value, &Source::Code);
    let (framework, _) = Framework::resolve(written, &mut problems, &mut warnings);
    (framework, problems.iter().map(Problem::to_string).collect(), warnings)
}

#[test]
fn nothing_set_means_the_defaults() {
    let (framework, problems, warnings) = read(json!({}));
    assert_eq!(framework, Framework::default());
    assert_eq!((problems.len(), warnings.len()), (0, 0));
    assert_eq!(framework.amqp_uri, None);
    assert_eq!(framework.amqp_ssl, None);
    assert_eq!(framework.heartbeat, Duration::from_secs(10));
    assert_eq!(framework.web_server_address, "0.0.0.0:8000");
    assert_eq!(framework.rpc_exchange, "nameko-rpc");
    assert!(framework.direct_replies);
    assert!(framework.declare_event_exchanges && !framework.auto_delete_event_exchanges);
    assert_eq!((framework.max_workers, framework.prefetch), (256, 256));
    assert_eq!(framework.parent_calls_tracked, 10);
    assert_eq!(framework.rpc_timeout, Duration::from_secs(30));
    assert_eq!(framework.max_body_size, 16 << 20);
}

#[test]
fn values_are_read_with_their_types() {
    let (framework, problems, warnings) = read(json!({
        "AMQP_URI": "pyamqp://guest:guest@a;amqps://b", "LOGIN_METHOD": "EXTERNAL", "HEARTBEAT": 5,
        "WEB_SERVER_ADDRESS": 8080, "rpc_timeout": 0.5, "max_workers": 1, "log_format": "json",
        "AMQP_SSL": {"ca_certs": "/ca", "cert_reqs": 0}, "DECLARE_EVENT_EXCHANGES": false,
        "drain_grace": 0, "ACCEPT": "application/json", "http_body_limit": null,
    }));
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(warnings, Vec::<String>::new());
    assert_eq!(framework.amqp_uri.as_deref(), Some("pyamqp://guest:guest@a;amqps://b"));
    assert_eq!(framework.login_method, LoginMethod::External);
    assert_eq!(framework.heartbeat, Duration::from_secs(5));
    assert_eq!(framework.web_server_address, "0.0.0.0:8080");
    assert_eq!(framework.rpc_timeout, Duration::from_millis(500));
    assert_eq!(framework.drain_grace, Duration::ZERO);
    assert_eq!(framework.log_format, LogFormat::Json);
    assert!(!framework.declare_event_exchanges);
    let tls = framework.amqp_ssl.unwrap();
    assert_eq!(tls.ca_certs, Some("/ca".into()));
    assert!(tls.skip_verification);
    assert_eq!(framework.http_body_limit, 2 << 20);
}

#[test]
fn tls_is_on_as_in_nameko() {
    let cases = [
        (json!(true), true),
        (json!(false), false),
        (json!({}), false),
        (json!(null), false),
        (json!({"server_hostname": "h"}), true),
    ];
    for (value, want) in cases {
        let (framework, problems, _) = read(json!({"AMQP_SSL": value}));
        assert_eq!((framework.amqp_ssl.is_some(), problems.len()), (want, 0), "{value}");
    }
}

#[test]
fn addresses_are_read_as_in_nameko() {
    let cases = [
        ("8000", Some("0.0.0.0:8000")),
        (":8000", None),
        ("127.0.0.1:0", Some("127.0.0.1:0")),
        ("localhost:80", Some("localhost:80")),
        ("[::1]:80", Some("[::1]:80")),
        ("::1:80", None),
        ("foo", None),
        ("h:65536", None),
        ("h:+80", None),
        ("http://h:80", None),
        ("", None),
    ];
    for (text, want) in cases {
        let (framework, problems, _) = read(json!({"WEB_SERVER_ADDRESS": text}));
        assert_eq!(problems.is_empty(), want.is_some(), "{text}: {problems:?}");
        if let Some(want) = want {
            assert_eq!(framework.web_server_address, want);
        }
    }
}

#[test]
fn mistakes_are_all_told_at_once() {
    #[track_caller]
    fn check(value: Value, want: &[&str]) {
        let (_, problems, _) = read(value);
        let problems: Vec<_> =
            problems.iter().map(|it| it.replace(" (set by the program)", "")).collect();
        assert_eq!(problems, want);
    }
    check(
        json!({"max_workers": 0, "serializer": "pickle", "prefetch": "x"}),
        &[
            "max_workers: wanted at least 1, found `0`",
            "prefetch: wanted a whole number, found text \"x\"",
            "serializer: wanted `json`, found text \"pickle\"",
        ],
    );
    check(
        json!({"AMQP_URI": "redis://u:hunter2@h"}),
        &[
            "AMQP_URI: not an AMQP URI: wanted `amqp://user:password@host:port/vhost`, or `amqps://…`",
        ],
    );
    check(
        json!({"ACCEPT": ["pickle"]}),
        &["ACCEPT: `json` has to be among them: it is what is spoken"],
    );
    check(
        json!({"AMQP_SSL": {"certfile": "c"}}),
        &["AMQP_SSL: `certfile` and `keyfile` go together"],
    );
    check(
        json!({"AMQP_SSL": {"ca_cert": "c"}}),
        &["AMQP_SSL.ca_cert: unknown key: did you mean `ca_certs`?"],
    );
    check(json!({"rpc_timeout": 0}), &["rpc_timeout: wanted at least 0.001, found `0`"]);
}

#[test]
fn what_has_no_effect_is_said() {
    let (_, problems, warnings) = read(json!({
        "LOGGING": {"version": 1}, "SERIALIZERS": null, "ACCEPT": ["json", "pickle"],
        "AMQP_SSL": {"ciphers": "ALL"},
    }));
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(
        warnings,
        [
            "LOGGING (set by the program) has no effect: set RUST_LOG and `log_format`",
            "AMQP_SSL.ciphers (set by the program) has no effect: only what is safe is offered",
            "ACCEPT (set by the program): \"pickle\" is not read, only JSON is",
        ]
    );
}

#[test]
fn debug_does_not_tell_the_password() {
    let (framework, ..) = read(json!({"AMQP_URI": "amqp://u:hunter2@h"}));
    let text = format!("{framework:?}");
    assert!(text.contains("amqp://u:********@h"), "{text}");
}
