//! Pairs of versions, as files, and what is said of each: `tests/pairs/<rule>/<case>.json`.
//!
//! A pair has a `place` (`request`, `reply`, `event`, `handled`, `settings`, or `manifest` for whole services), what was
//! there (`old`) and is there (`new`), and the `changes` that are told: all of them, and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use kinoko_inspect::{diff::diff, rules};
use kinoko_manifest::{
    DependencyInfo, EntrypointInfo, EventInfo, MethodInfo, ParamInfo, ServiceManifest, SettingsInfo,
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    about: String,
    place: String,
    old: Value,
    new: Value,
    changes: Vec<Expected>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Clone)]
struct Expected {
    level: String,
    path: String,
    rule: String,
}

#[test]
fn each_pair_is_judged_as_it_says() {
    let mut failures = Vec::new();
    let mut count = 0;
    // Which rules were seen at which level.
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, text) in files() {
        count += 1;
        let pair: Pair = serde_json::from_str(&text).unwrap_or_else(|err| panic!("{name}: {err}"));
        assert!(!pair.about.is_empty(), "{name} says what it is about");
        let prefix = prefix(&pair.place);
        let changes =
            diff(&service(&pair, &pair.old, "1.0.0"), &service(&pair, &pair.new, "2.0.0"));
        let mut found: Vec<Expected> = changes
            .iter()
            .map(|it| Expected {
                rule: it.about.id.to_owned(),
                level: format!("{:?}", it.level).to_lowercase(),
                path: it
                    .path
                    .strip_prefix(prefix)
                    .unwrap_or(&it.path)
                    .trim_start_matches('.')
                    .to_owned(),
            })
            .collect();
        found.sort();
        let mut expected = pair.changes.clone();
        expected.sort();
        for it in &found {
            seen.entry(it.rule.clone()).or_default().insert(it.level.clone());
        }
        if found != expected {
            failures.push(format!(
                "{name}\n  expected {expected:?}\n  found    {found:?}\n  {changes:#?}"
            ));
        }
        for change in &changes {
            let is_breaking = change.level == rules::Level::Breaking;
            let of_schema = rules::schema::RULES.iter().any(|it| it.about.id == change.about.id);
            if is_breaking && of_schema && change.value.is_none() {
                failures.push(format!("{name}: {} has no value that shows it", change.about.id));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count} pairs:\n{}", failures.len(), failures.join("\n\n"));
    assert!(count >= 80, "{count} pairs");
    for about in rules::all() {
        let levels = seen.get(about.id).unwrap_or_else(|| panic!("{} has no pair", about.id));
        for level in [about.level.reader, about.level.writer] {
            let level = format!("{level:?}").to_lowercase();
            assert!(levels.contains(&level), "no pair has {} at {level}: {levels:?}", about.id);
        }
    }
    println!("{count} pairs");
}

/// The files, sorted by name.
fn files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pairs");
    let mut files = Vec::new();
    for folder in fs::read_dir(&root).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            files.push((name, fs::read_to_string(path).unwrap()));
        }
    }
    files.sort();
    files
}

/// Where the schema of a place is in the service that is made of it.
fn prefix(place: &str) -> &'static str {
    match place {
        "request" => "f.request.it",
        "reply" => "f.reply",
        "event" => "events.s.happened",
        "handled" => "on.event",
        "settings" => "settings.of",
        "manifest" => "",
        other => panic!("no such place: {other}"),
    }
}

/// A service with a schema at that place.
fn service(pair: &Pair, schema: &Value, version: &str) -> ServiceManifest {
    let mut service = ServiceManifest::new("s", version);
    let param = || ParamInfo {
        name: "it".to_owned(),
        schema: schema.clone(),
        schema_as_written: None,
        required: true,
        default: None,
        sensitive: false,
        location: None,
    };
    match pair.place.as_str() {
        "request" => {
            let mut method = MethodInfo::new("f", EntrypointInfo::new("rpc"));
            method.params.push(param());
            service.methods.push(method);
        }
        "reply" => {
            let mut method = MethodInfo::new("f", EntrypointInfo::new("rpc"));
            method.returns = schema.clone();
            service.methods.push(method);
        }
        "handled" => {
            let entrypoint =
                EntrypointInfo::new("event").option("source", "x").option("event", "y");
            let mut method = MethodInfo::new("on", entrypoint);
            method.params.push(param());
            service.methods.push(method);
        }
        "event" => {
            let mut events = DependencyInfo::new("events", "dispatcher");
            events.emits.push(EventInfo {
                source: "s".to_owned(),
                event_type: "happened".to_owned(),
                docs: String::new(),
                schema: schema.clone(),
                schema_as_read: None,
            });
            service.dependencies.push(events);
        }
        "settings" => {
            let mut settings = DependencyInfo::new("settings", "config");
            settings.settings =
                Some(SettingsInfo { section: "of".to_owned(), schema: schema.clone() });
            service.dependencies.push(settings);
        }
        _ => {
            let mut whole = schema.clone();
            whole["manifest"] = json!(kinoko_manifest::FORMAT);
            if whole.get("version").is_none() {
                whole["version"] = json!(version);
            }
            return ServiceManifest::from_json(&whole.to_string())
                .unwrap_or_else(|err| panic!("{}: {err}", pair.about));
        }
    }
    service
}
