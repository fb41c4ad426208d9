//! Sections and what is said of them.

use std::collections::{BTreeMap, HashMap};

use schemars::JsonSchema;
use serde_json::json;

use super::*;
use crate::{Secret, config::section::settings_schema};

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Settings {
    name: String,
    #[serde(default)]
    limit: u8,
    ratio: Option<f64>,
    level: Option<Level>,
    shape: Option<Shape>,
    database: Option<Database>,
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default)]
    pair: Option<(String, bool)>,
    #[serde(default)]
    labels: HashMap<String, u32>,
    #[serde(default)]
    by_number: BTreeMap<u32, String>,
    #[serde(default)]
    anything: Value,
    #[serde(default)]
    password: String,
    pin: Option<Secret<u32>>,
    either: Option<Either>,
    tree: Option<Tree>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
#[serde(rename_all = "lowercase")]
enum Level {
    Debug,
    /// With a docs comment, the schema is written otherwise.
    Warning,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Shape {
    Circle { radius: f64 },
    Square(Side),
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Side {
    side: f64,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Database {
    url: String,
    #[serde(flatten)]
    pool: Pool,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Pool {
    size: u32,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
#[serde(untagged)]
enum Either {
    Number(u32),
    Flag(bool),
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Tree {
    #[serde(default)]
    children: Vec<Tree>,
}

/// `value` beside a name, and what is wrong with it.
#[track_caller]
fn problems(value: Value, want: &[&str]) {
    let mut value = value;
    if let Some(entries) = value.as_object_mut() {
        entries.entry("name").or_insert("n".into());
    }
    let schema = settings_schema::<Settings>();
    let mut node = Node::from_json(value.clone(), &Source::Code);
    let found = check(&mut node, View::new(&schema), "s", false);
    let found: Vec<_> =
        found.iter().map(|it| it.to_string().replace(" (set by the program)", "")).collect();
    assert_eq!(found, want, "{value}");
}

#[test]
fn a_section_that_is_right_passes() {
    problems(json!({}), &[]);
    problems(json!({"limit": 255, "ratio": 1, "level": "warning", "hosts": ["a"]}), &[]);
    problems(json!({"ratio": null, "level": null, "shape": null, "database": null}), &[]);
    problems(json!({"shape": {"kind": "circle", "radius": 1.5}}), &[]);
    problems(json!({"shape": {"kind": "square", "side": 2}}), &[]);
    problems(json!({"database": {"url": "u", "size": 3}}), &[]);
    problems(json!({"pair": ["a", true], "labels": {"x": 1}, "by_number": {"7": "x"}}), &[]);
    problems(json!({"anything": {"a": [1]}, "either": 1}), &[]);
    problems(json!({"either": true, "tree": {"children": [{"children": []}]}}), &[]);
    // Nothing at all, where serde would refuse null, is the same as no key.
    problems(json!({"limit": null, "hosts": null}), &[]);
}

#[test]
fn every_mistake_is_named_with_what_is_wanted() {
    problems(json!({"limt": 1}), &["s.limt: unknown key: did you mean `limit`?"]);
    problems(json!({"limit": "x"}), &["s.limit: wanted a whole number, found text \"x\""]);
    problems(json!({"limit": 1.5}), &["s.limit: wanted a whole number, found `1.5`"]);
    problems(json!({"limit": 256}), &["s.limit: wanted at most 255, found `256`"]);
    problems(json!({"limit": -1}), &["s.limit: wanted at least 0, found `-1`"]);
    problems(json!({"name": null}), &["s.name: missing: text is wanted"]);
    problems(json!({"name": 3}), &["s.name: wanted text, found `3`"]);
    problems(json!({"hosts": "a"}), &["s.hosts: wanted a list, found text \"a\""]);
    problems(
        json!({"hosts": ["a", 2, "c", 4]}),
        &["s.hosts[1]: wanted text, found `2`", "s.hosts[3]: wanted text, found `4`"],
    );
    problems(json!({"pair": ["a", 1]}), &["s.pair[1]: wanted true or false, found `1`"]);
    problems(
        json!({"labels": {"x": "y"}}),
        &["s.labels.x: wanted a whole number, found text \"y\""],
    );
    problems(
        json!({"level": "warnin"}),
        &["s.level: wanted `debug` or `warning`, found text \"warnin\": did you mean `warning`?"],
    );
    problems(json!({"database": 1}), &["s.database: wanted a section, found `1`"]);
    problems(
        json!({"database": {"urk": "u", "size": "x"}}),
        &[
            "s.database.size: wanted a whole number, found text \"x\"",
            "s.database.urk: unknown key: did you mean `url`?",
            "s.database.url: missing: text is wanted",
        ],
    );
    problems(
        json!({"either": "x"}),
        &["s.either: wanted a whole number or true or false, found text \"x\""],
    );
    problems(
        json!({"tree": {"children": [{"childen": []}]}}),
        &["s.tree.children[0].childen: unknown key: did you mean `children`?"],
    );
    problems(json!([]), &["s: wanted a section, found a list"]);
}

#[test]
fn secrets_are_not_quoted() {
    problems(json!({"password": 12}), &["s.password: wanted text, found a number"]);
    problems(json!({"pin": "hunter2"}), &["s.pin: wanted a whole number, found text"]);
    problems(json!({"pin": -4711}), &["s.pin: wanted at least 0, found a number"]);
    problems(
        json!({"limit": "amqp://u:p@h"}),
        &["s.limit: wanted a whole number, found text \"amqp://u:********@h\""],
    );
}

#[test]
fn a_type_that_was_guessed_is_set_right() {
    #[track_caller]
    fn check(text: &str, schema: Value, want: Value) {
        let mut node = super::super::yaml::parse_value(text, Source::Code);
        let problems = super::check(&mut node, View::new(&schema), "s", false);
        assert_eq!((node.to_json(), problems), (want, Vec::new()), "{text}");
    }
    check("0123", json!({"type": "string"}), json!("0123"));
    check("no", json!({"type": ["string", "null"]}), json!("no"));
    check("{x}", json!({"type": "string"}), json!("{x}"));
    check("1", json!({"type": "boolean"}), json!(true));
    check("3", json!({"type": "number"}), json!(3));
    check("3", json!({"anyOf": [{"type": "string"}, {"type": "null"}]}), json!("3"));
}
