//! [`diff`]: every change between two versions of a service, and how bad it is.

mod acknowledged;
mod annotations;
pub(crate) mod places;

use kinoko_manifest::ServiceManifest;
use serde::Serialize;
use serde_json::Value;

use crate::{
    interface::Interface,
    rules::{self, About, Level},
    schema::Shapes,
};

pub use acknowledged::{Acknowledged, FORMAT as ACKNOWLEDGED_FORMAT, Meant};
pub use places::Direction;

/// One change.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// The rule it is a case of.
    #[serde(rename = "rule", serialize_with = "id")]
    pub about: &'static About,
    /// How bad it is.
    pub level: Level,
    /// Who writes what it is about, and who reads it.
    pub direction: Direction,
    /// The service.
    pub service: String,
    /// Where in its interface: `place.request.lines[].quantity`.
    pub path: String,
    /// What was there.
    pub before: String,
    /// What is there.
    pub after: String,
    /// A value that was understood and is not any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// What to do about it.
    pub fix: &'static str,
    /// The reason it is meant for, if somebody said that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<String>,
}

pub(crate) fn id<S: serde::Serializer>(
    about: &&'static About,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(about.id)
}

/// Every change from one version of a service to another, the worst first.
///
/// ```
/// use kinoko_inspect::{diff::diff, rules::Level};
/// use kinoko_manifest::{EntrypointInfo, MethodInfo, ServiceManifest};
///
/// let mut old = ServiceManifest::new("orders", "1.0.0");
/// old.methods.push(MethodInfo::new("place", EntrypointInfo::new("rpc")));
/// let new = ServiceManifest::new("orders", "2.0.0");
/// let changes = diff(&old, &new);
/// assert_eq!((changes[0].about.id, changes[0].level), ("method-removed", Level::Breaking));
/// ```
pub fn diff(old: &ServiceManifest, new: &ServiceManifest) -> Vec<Change> {
    let mut shapes = Shapes::default();
    let (old, new) = (Interface::of(old, &mut shapes), Interface::of(new, &mut shapes));
    let mut changes = Vec::new();
    for rule in rules::manifest::RULES {
        let direction = Direction::Both;
        changes.extend((rule.check)(&old, &new).into_iter().map(|found| Change {
            about: &rule.about,
            level: rule.about.level.reader,
            direction,
            service: new.name().to_owned(),
            path: found.path,
            before: found.before,
            after: found.after,
            value: None,
            fix: rule.about.fix.reader,
            acknowledged: None,
        }));
    }
    for place in places::of_both(&old, &new, &mut shapes) {
        changes.extend(place.changes(&shapes, new.name()));
    }
    changes.extend(annotations::changes(&old, &new, &changes));
    changes.sort_by(|a, b| {
        let order = |it: &Change| (std::cmp::Reverse(it.level), it.path.clone(), it.about.id);
        order(a).cmp(&order(b))
    });
    changes
}

/// The same of two sets of services, by their names.
pub fn diff_all(old: &[ServiceManifest], new: &[ServiceManifest]) -> Vec<Change> {
    let mut changes = Vec::new();
    for before in old {
        match new.iter().find(|it| it.name == before.name) {
            Some(after) => changes.extend(diff(before, after)),
            None => {
                let gone = ServiceManifest::new(&*before.name, "");
                changes.extend(
                    diff(before, &gone).into_iter().filter(|it| it.about.id != "documentation"),
                );
            }
        }
    }
    for after in new {
        if old.iter().all(|it| it.name != after.name) {
            let before = ServiceManifest::new(&*after.name, "");
            changes.extend(diff(&before, after));
        }
    }
    changes
}

/// The worst of some changes, those that are meant left out.
pub fn worst(changes: &[Change]) -> Level {
    let counted = changes.iter().filter(|it| it.acknowledged.is_none());
    counted.map(|it| it.level).max().unwrap_or(Level::Safe)
}
