//! Schemas that are written otherwise where nothing else was found to have changed: their words, or
//! their form.

use kinoko_manifest::{Schema, ServiceManifest};
use serde_json::Value;

use super::{Change, Direction};
use crate::{
    interface::Interface,
    rules::{self, Level},
};

/// One change for each place whose schema differs and of which nothing was told yet.
pub(super) fn changes(old: &Interface<'_>, new: &Interface<'_>, told: &[Change]) -> Vec<Change> {
    let about = rules::manifest::documentation();
    let (before, after) = (schemas(old.manifest), schemas(new.manifest));
    let pairs = before.iter().filter_map(|(path, old)| {
        let (_, new) = after.iter().find(|(it, _)| it == path)?;
        (old != new).then_some((path, old, new))
    });
    let about_it = |path: &str, told: &str| told.starts_with(path) || path.starts_with(told);
    let untold = pairs.filter(|(path, ..)| !told.iter().any(|it| about_it(path, &it.path)));
    let changes = untold.map(|(path, before, after)| Change {
        about,
        level: Level::Safe,
        direction: Direction::Both,
        service: new.name().to_owned(),
        path: path.clone(),
        before: String::new(),
        after: if bare(before) == bare(after) {
            "in other words".to_owned()
        } else {
            "written otherwise, meaning the same".to_owned()
        },
        value: None,
        fix: about.fix.reader,
        acknowledged: None,
    });
    changes.collect()
}

/// The schemas of a manifest and where each is.
fn schemas(manifest: &ServiceManifest) -> Vec<(String, &Schema)> {
    let mut found = Vec::new();
    for method in &manifest.methods {
        let (name, handler) = (&method.name, method.entrypoint.kind == "event");
        for param in &method.params {
            let path = if handler {
                format!("{name}.event")
            } else {
                format!("{name}.request.{}", param.name)
            };
            found.push((path, &param.schema));
        }
        if !handler {
            found.push((format!("{name}.reply"), &method.returns));
        }
        for fault in &method.faults {
            let path = format!("{name}.faults.{}", fault.name);
            found.extend(fault.data.iter().map(|data| (path.clone(), data)));
        }
    }
    for dependency in &manifest.dependencies {
        for event in &dependency.emits {
            found.push((format!("events.{}.{}", event.source, event.event_type), &event.schema));
        }
        if let Some(settings) = &dependency.settings {
            found.push((format!("settings.{}", settings.section), &settings.schema));
        }
    }
    found
}

/// A schema without what is said to people.
fn bare(schema: &Value) -> Value {
    const WORDS: &[&str] = &["$comment", "deprecated", "description", "examples", "title"];
    match schema {
        Value::Object(keywords) => {
            // A field may have the name of a keyword: what it holds is then a schema.
            let said = |key: &str, value: &Value| WORDS.contains(&key) && !value.is_object();
            let kept = keywords.iter().filter(|(key, value)| !said(key, value));
            Value::Object(kept.map(|(key, value)| (key.clone(), bare(value))).collect())
        }
        Value::Array(items) => items.iter().map(bare).collect(),
        scalar => scalar.clone(),
    }
}
