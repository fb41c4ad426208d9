//! From sources to settings.

use std::{fs, path::PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{
    yaml::{Place, parse},
    *,
};
use crate::Secret;

#[derive(Deserialize, JsonSchema)]
struct Orders {
    #[serde(default)]
    limit: u32,
    #[serde(default, rename = "maxItems")]
    max_items: u32,
    token: Option<Secret<String>>,
    pin: Option<Secret<u32>>,
    #[serde(default)]
    database: Database,
}

#[derive(Default, Deserialize, JsonSchema)]
struct Database {
    #[serde(default)]
    url: String,
    #[serde(default)]
    pool_size: u32,
}

fn settings<T: JsonSchema>(section: &str) -> SettingsInfo {
    SettingsInfo { section: section.to_owned(), schema: settings_schema::<T>() }
}

/// A file of the test's own, gone with it.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> File {
        let path =
            std::env::temp_dir().join(format!("kinoko-config-{}-{name}", std::process::id()));
        fs::write(&path, text).unwrap();
        File(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn load(files: &[&File], env: &[(&str, &str)], defines: &[&str]) -> Result<Configuration, Error> {
    Configuration::load(Sources {
        files: files.iter().map(|it| it.0.clone()).collect(),
        env: env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        defines: defines.iter().map(|it| (*it).to_owned()).collect(),
        ..Sources::default()
    })
}

#[test]
fn nothing_configured_is_fine() {
    let configuration = Configuration::default();
    assert_eq!(configuration.framework().amqp_uri, None);
    configuration.check(&[settings::<Orders>("orders")]).unwrap();
    assert_eq!(configuration.section::<Orders>("orders").unwrap().limit, 0);
    let loaded = load(&[], &[("HOME", "/root"), ("orders", "x")], &[]).unwrap();
    assert_eq!(loaded.framework(), configuration.framework());
    assert_eq!(loaded.show(&[]), configuration.show(&[]));
}

#[test]
fn what_comes_later_wins() {
    let base = File::new(
        "base.yaml",
        "max_workers: 1\nprefetch: 1\nHEARTBEAT: 1\norders: {limit: 1, maxItems: 1}\n",
    );
    let over = File::new("over.yaml", "prefetch: 2\nHEARTBEAT: 2\norders: {limit: 2}\n");
    let configuration = load(
        &[&base, &over],
        &[("HEARTBEAT", "3"), ("RPC_TIMEOUT", "3"), ("KINOKO__ORDERS__LIMIT", "3")],
        &["rpc_timeout=4"],
    )
    .unwrap();
    let framework = configuration.framework();
    assert_eq!((framework.max_workers, framework.prefetch), (1, 2));
    assert_eq!((framework.heartbeat.as_secs(), framework.rpc_timeout.as_secs()), (3, 4));
    let orders: Orders = configuration.section("orders").unwrap();
    assert_eq!((orders.limit, orders.max_items), (3, 1));
}

#[test]
fn the_environment_finds_its_keys_by_likeness() {
    #[track_caller]
    fn check(env: &[(&str, &str)], defines: &[&str], want: (u32, u32, u32, &str)) {
        let configuration = load(&[], env, defines).unwrap();
        configuration.check(&[settings::<Orders>("my-orders")]).unwrap();
        let orders: Orders = configuration.section("my-orders").unwrap();
        assert!(orders.pin.is_none() && orders.database.url.is_empty());
        let token = orders.token.map(Secret::into_inner).unwrap_or_default();
        assert_eq!(
            (orders.limit, orders.max_items, orders.database.pool_size, token.as_str()),
            want
        );
    }
    check(&[("KINOKO__MY_ORDERS__LIMIT", "3")], &[], (3, 0, 0, ""));
    check(&[("KINOKO__my-orders__limit", "3")], &[], (3, 0, 0, ""));
    check(&[("KINOKO__MY_ORDERS__MAXITEMS", "3")], &[], (0, 3, 0, ""));
    check(&[("KINOKO__MY_ORDERS__DATABASE__POOL_SIZE", "3")], &[], (0, 0, 3, ""));
    check(&[("KINOKO__MY_ORDERS__DATABASE", "{pool_size: 3}")], &[], (0, 0, 3, ""));
    check(&[("KINOKO__MY_ORDERS__TOKEN", "0123")], &[], (0, 0, 0, "0123"));
    check(&[("KINOKO__MY_ORDERS__TOKEN", "{x}")], &[], (0, 0, 0, "{x}"));
    check(&[("KINOKO__MY_ORDERS__TOKEN", "*x")], &[], (0, 0, 0, "*x"));
    check(&[("KINOKO__MY_ORDERS__LIMIT", "")], &[], (0, 0, 0, ""));
    check(&[("KINOKO__MY_ORDERS__LIMIT", "3")], &["my-orders.limit=4"], (4, 0, 0, ""));
    check(&[], &["my-orders={limit: 4}", "my-orders.token=a=b"], (4, 0, 0, "a=b"));

    let by_path = load(&[], &[("KINOKO__MAX_WORKERS", "3"), ("KINOKO__AMQP_URI", "amqp://h")], &[]);
    assert_eq!(by_path.unwrap().framework().max_workers, 3);
}

#[test]
fn a_secret_may_be_in_a_file_of_its_own() {
    let token = File::new("token", "0123\n");
    let uri = File::new("uri", "amqp://u:p@h\n");
    let path = token.0.display().to_string();
    let configuration = load(
        &[],
        &[("KINOKO__ORDERS__TOKEN_FILE", &path), ("AMQP_URI_FILE", &uri.0.display().to_string())],
        &[],
    )
    .unwrap();
    assert_eq!(configuration.framework().amqp_uri.as_deref(), Some("amqp://u:p@h"));
    let orders: Orders = configuration.section("orders").unwrap();
    assert_eq!(orders.token.unwrap().expose(), "0123");

    let missing = load(&[], &[("KINOKO__ORDERS__TOKEN_FILE", "/nowhere")], &[]).unwrap();
    let error = missing.check(&[settings::<Orders>("orders")]).unwrap_err().to_string();
    assert!(error.starts_with("orders.token_file (environment KINOKO__ORDERS__TOKEN_FILE): cannot read the file \"/nowhere\""), "{error}");
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let file =
        File::new("wrong.yaml", "amqp_uri: x\norder: {}\norders:\n  limt: 3\n  maxItems: many\n");
    let configuration = load(
        &[&file],
        &[("KINOKO__ORDERS__LIMIT", "-1"), ("KINOKO__NOBODY__X", "1")],
        &["whatever.x=1"],
    )
    .unwrap();
    let error = configuration.check(&[settings::<Orders>("orders")]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let text = error.to_string().replace(&file.0.display().to_string(), "wrong.yaml");
    let known = "unknown key";
    assert_eq!(
        text,
        format!(
            "7 mistakes in the configuration:\n  \
             amqp_uri (wrong.yaml:1): {known}: did you mean `AMQP_URI`?\n  \
             order (wrong.yaml:2): {known}: did you mean `orders`?\n  \
             NOBODY (environment KINOKO__NOBODY__X): {known}\n  \
             whatever (--define whatever.x): {known}\n  \
             orders.limit (environment KINOKO__ORDERS__LIMIT): wanted at least 0, found `-1`\n  \
             orders.maxItems (wrong.yaml:5): wanted a whole number, found text \"many\"\n  \
             orders.limt (wrong.yaml:4): {known}: did you mean `limit`?"
        )
    );
}

#[test]
fn a_section_may_be_read_by_several() {
    #[derive(Deserialize, JsonSchema)]
    struct Other {
        colour: String,
    }
    let json = json!({"orders": {"limit": 3, "colour": "red", "size": 1}});
    let configuration = Configuration::from_json(json).unwrap();
    let both = [settings::<Orders>("orders"), settings::<Other>("orders")];
    let error = configuration.check(&both).unwrap_err().to_string();
    assert!(error.starts_with("orders.size (set by the program): unknown key"), "{error}");
    assert_eq!(configuration.section::<Orders>("orders").unwrap().limit, 3);
    assert_eq!(configuration.section::<Other>("orders").unwrap().colour, "red");
}

#[test]
fn what_a_type_refuses_is_told_without_its_secrets() {
    #[derive(Debug, Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "it is never made")]
    struct Picky {
        #[schemars(with = "String")]
        token: std::net::IpAddr,
        plain: String,
    }
    #[derive(Debug, Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "it is never made")]
    struct Strict {
        #[schemars(with = "String")]
        secret_number: u32,
    }
    let json = json!({"a": {"secret_number": "hunter2"}, "b": {"token": "hunter3", "plain": "x"}});
    let configuration = Configuration::from_json(json).unwrap();
    let error = configuration.section::<Strict>("a").unwrap_err().to_string();
    assert_eq!(
        error,
        "a.secret_number (set by the program): invalid type: string \"********\", expected u32"
    );
    let error = configuration.section::<Picky>("b").unwrap_err().to_string();
    assert!(!error.contains("hunter"), "{error}");
}

#[test]
fn all_mistakes_are_told_at_once_each_at_its_place() {
    #[derive(Debug, Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "it is never made")]
    struct Mail {
        token: String,
        #[serde(default = "three")]
        tries: u32,
    }
    fn three() -> u32 {
        3
    }
    let file = File::new("all.yaml", "max_workers: abc\nmail:\n  token: ${NOT_SET}\nprefech: 1\n");
    let configuration = Configuration::gather(Sources {
        files: vec![file.0.clone()],
        defines: vec!["WEB_SERVER_ADDRESS=nowhere".to_owned()],
        ..Sources::default()
    });
    let error = configuration.check(&[settings::<Mail>("mail")]).unwrap_err().to_string();
    assert!(error.starts_with("4 mistakes"), "{error}");
    for expected in
        ["max_workers (", "WEB_SERVER_ADDRESS (", "mail.token (", ".yaml:3): missing", "prefech ("]
    {
        assert!(error.contains(expected), "no {expected:?} in {error}");
    }
    let shown = configuration.show(&[settings::<Mail>("mail")]);
    assert!(shown.contains("tries: 3") && shown.contains("AMQP_URI: null"), "{shown}");
}

#[test]
fn a_setting_that_is_no_text_is_told_of() {
    let named = |name: &str| {
        let not_text = vec![name.to_owned()];
        Configuration::load(Sources { not_text, ..Sources::default() })
    };
    let error = named("AMQP_URI").unwrap_err().to_string();
    assert!(error.contains("AMQP_URI") && error.contains("not UTF-8"), "{error}");
    assert!(named("KINOKO__ORDERS__LIMIT").is_err());
    assert!(named("LS_COLORS").is_ok(), "it is no setting");
}

#[test]
fn what_cannot_be_read_is_told() {
    #[track_caller]
    fn check(files: &[&File], defines: &[&str], want: &str) {
        let mut error = load(files, &[], defines).unwrap_err().to_string();
        for file in files {
            error = error.replace(&file.0.display().to_string(), "f");
        }
        assert_eq!(error, want);
    }
    check(&[], &["max_workers"], "--define: wanted `key=value`, such as `orders.limit=3`");
    check(&[], &["a..b=1"], "--define a..b: wanted keys with dots between them");
    check(
        &[],
        &["max_workers=x"],
        "max_workers (--define max_workers): wanted a whole number, found text \"x\"",
    );
    check(&[&File::new("list", "- 1")], &[], "f: wanted `key: value` lines at the top level");
    check(
        &[&File::new("twice", "a: 1\na: 2")],
        &[],
        "f:2: key `a` stands here for the second time",
    );
    let missing = load(&[&File(PathBuf::from("/nowhere/config.yaml"))], &[], &[]).unwrap_err();
    assert!(missing.to_string().starts_with("/nowhere/config.yaml: cannot be read: "), "{missing}");
    assert!(Configuration::from_json(json!([])).is_err());
}

#[test]
fn show_tells_every_value_and_its_source_but_no_secret() {
    let file = File::new(
        "show.yaml",
        "AMQP_URI: amqp://u:${PASSWORD}@h\norders:\n  token: hunter2\n  pin: 4711\n  limit: 3\n  \
         database: {url: 'postgres://u:hunter2@h/db'}\nextra: [1, {password: hunter2}, 'yes']\n",
    );
    let configuration =
        load(&[&file], &[("PASSWORD", "hunter2")], &["orders.limit=4", "max_workers=8"]).unwrap();
    let settings = [settings::<Orders>("orders")];
    let shown = configuration.show(&settings).replace(&file.0.display().to_string(), "f");
    assert!(!shown.contains("hunter") && !shown.contains("4711"), "{shown}");
    let lines: Vec<_> =
        shown.lines().map(|it| it.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for want in [
        "AMQP_URI: amqp://u:********@h # f:1",
        "HEARTBEAT: 10 # default",
        "max_workers: 8 # --define max_workers",
        "orders:",
        "limit: 4 # --define orders.limit",
        "token: \"********\" # f:3",
        "pin: \"********\" # f:4",
        "url: postgres://u:********@h/db # f:6",
        "password: \"********\" # f:7",
        "- \"yes\" # f:7",
    ] {
        assert!(lines.iter().any(|it| it == want), "{want}\n{shown}");
    }
    let masked = configuration.masked(&settings);
    assert_eq!(masked["orders"]["pin"], "********");
    assert_eq!(masked["max_workers"], 8);
    // What is shown can be read again.
    let again = parse(&shown, &Place::File("again".into()), None).unwrap();
    assert_eq!(again.to_json(), masked);
    assert!(!format!("{configuration:?}").contains("hunter"));
}

#[test]
fn what_the_program_takes_by_itself_is_weaker_than_anything_said() {
    let load = |defines: &[&str]| {
        let sources = Sources {
            defaults: [("max_workers".to_owned(), json!(3))].into(),
            defines: defines.iter().map(|it| (*it).to_owned()).collect(),
            ..Sources::default()
        };
        Configuration::load(sources).unwrap().framework().max_workers
    };
    assert_eq!((load(&[]), load(&["max_workers=5"])), (3, 5));
}
