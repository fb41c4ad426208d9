//! Breaks that are meant: named in a file, with a reason, until a version.

use semver::Version;
use serde::{Deserialize, Serialize};

use super::Change;
use crate::rules::{self, Level};

/// The version of the format of these files.
pub const FORMAT: u32 = 1;

/// The breaks that are meant, as a file has them.
///
/// ```yaml
/// acknowledged: 1
/// breaks:
///   - service: orders
///     rule: method-removed
///     path: place
///     reason: nobody has called it since March
///     until: 3.0.0
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acknowledged {
    /// [`FORMAT`].
    #[serde(rename = "acknowledged")]
    pub format: u32,
    /// The breaks.
    #[serde(default)]
    pub breaks: Vec<Meant>,
}

/// One break that is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meant {
    /// The service.
    pub service: String,
    /// The rule's id.
    pub rule: String,
    /// Where, as the change says.
    pub path: String,
    /// Why it is meant.
    pub reason: String,
    /// The first version of the service for which it is not any more: after that it is past, and the line can go.
    pub until: Version,
}

impl Acknowledged {
    /// What is wrong with what a file says: its format, rules there are none of, and lines that have had
    /// their time at a version of a service.
    ///
    /// # Errors
    /// With a text for each.
    pub fn check(&self, versions: &[(&str, &str)]) -> Result<(), Vec<String>> {
        if self.format > FORMAT {
            let format = self.format;
            return Err(vec![format!(
                "format {format} is newer than this program reads ({FORMAT})"
            )]);
        }
        let mut wrong = Vec::new();
        for meant in &self.breaks {
            let Meant { service, rule, path, until, .. } = meant;
            if !rules::all().any(|it| it.id == rule) {
                wrong.push(format!(
                    "{service} {path}: there is no rule {rule:?}; `kinoko rules` lists them"
                ));
            }
            if meant.reason.trim().is_empty() {
                wrong.push(format!("{service} {path}: {rule} has no reason"));
            }
            let version = versions.iter().find(|(it, _)| it == service);
            if let Some((_, version)) = version
                && version.parse::<Version>().is_ok_and(|it| it >= *until)
            {
                wrong.push(format!(
                    "{service} {path}: {rule} was acknowledged until {until}, and this is {version}: \
                     take the line out, or say until when it is meant now"
                ));
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// The lines about some services that no change is a case of: one is mistyped, or has become idle.
    pub fn idle<'a>(&'a self, changes: &[Change], versions: &[(&str, &str)]) -> Vec<&'a Meant> {
        let is_case = |it: &Meant, change: &Change| {
            it.service == change.service && it.rule == change.about.id && it.path == change.path
        };
        let asked = |it: &&Meant| versions.iter().any(|(service, _)| *service == it.service);
        let idle = |it: &&Meant| !changes.iter().any(|change| is_case(it, change));
        self.breaks.iter().filter(asked).filter(idle).collect()
    }

    /// Marks the changes that are meant. Those that had their time are not.
    pub fn apply(&self, changes: &mut [Change], versions: &[(&str, &str)]) {
        for change in changes.iter_mut().filter(|it| it.level > Level::Safe) {
            let version = versions.iter().find(|(it, _)| **it == change.service);
            let meant = self.breaks.iter().find(|it| {
                it.service == change.service && it.rule == change.about.id && it.path == change.path
            });
            change.acknowledged = meant
                .filter(|it| {
                    version.is_none_or(|(_, at)| {
                        at.parse::<Version>().map_or(true, |at| at < it.until)
                    })
                })
                .map(|it| it.reason.clone());
        }
    }
}
