//! `kinoko diff`.

use std::{fs, path::PathBuf};

use clap::{Args, ValueEnum};
use kinoko_inspect::{
    diff::{self, Acknowledged, Change, Direction, Meant},
    rules::Level,
};
use serde_json::json;

use crate::{
    exit::{Code, Failure},
    manifests::{self, Kept},
    out,
};

/// Tell what changed between two versions of services, and what of it breaks whom.
///
/// Ends with 0 when nothing breaks, with 1 when something does (see `--fail-on`).
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// What there was: a manifest, or a folder of them.
    old: PathBuf,
    /// What there is.
    new: PathBuf,
    /// As JSON.
    #[arg(long, conflicts_with = "github")]
    json: bool,
    /// As annotations of GitHub Actions.
    #[arg(long)]
    github: bool,
    /// From which level on to end with 1.
    #[arg(long, value_enum, default_value_t = FailOn::Breaking)]
    fail_on: FailOn,
    /// Breaks that are meant, as YAML; see the guide.
    #[arg(long, value_name = "FILE")]
    acknowledged: Option<PathBuf>,
    /// Leave out what is safe.
    #[arg(long)]
    no_safe: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// What breaks.
    Breaking,
    /// What may behave otherwise, too.
    Dangerous,
    /// Never.
    Never,
}

impl Diff {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let old = manifests::keep(std::slice::from_ref(&self.old))?;
        let new = manifests::keep(std::slice::from_ref(&self.new))?;
        one_each(&self.old, &old)?;
        one_each(&self.new, &new)?;
        let versions: Vec<(&str, &str)> =
            new.iter().map(|it| (it.name.as_str(), it.version.as_str())).collect();
        let mut changes = changes(&old, &new)?;
        let acknowledged = self.acknowledged.as_ref();
        let acknowledged = acknowledged.map(|it| read_acknowledged(it, &versions)).transpose()?;
        let mut idle = Vec::new();
        if let Some(acknowledged) = &acknowledged {
            acknowledged.apply(&mut changes, &versions);
            idle = acknowledged.idle(&changes, &versions);
        }
        let worst = diff::worst(&changes);
        let all = changes.len();
        if self.no_safe {
            changes.retain(|it| it.level > Level::Safe);
        }
        if self.json {
            out::json(&json!({"diff": 1, "worst": worst, "changes": changes, "idle": idle}))?;
        } else if self.github {
            out::text(&changes.iter().map(|it| annotation(it, &self.new)).collect::<String>())?;
        } else {
            out::text(&text(&changes, all - changes.len()))?;
        }
        for Meant { service, rule, path, .. } in idle {
            eprintln!(
                "note: {service} {path}: {rule} is acknowledged, and there is no such change"
            );
        }
        let fails = match self.fail_on {
            FailOn::Breaking => worst == Level::Breaking,
            FailOn::Dangerous => worst >= Level::Dangerous,
            FailOn::Never => false,
        };
        if fails { Err(Failure::silent(Code::Failed)) } else { Ok(()) }
    }
}

/// The changes between two sets. What is compared is read then, and no longer kept than that.
fn changes(old: &[Kept], new: &[Kept]) -> Result<Vec<Change>, Failure> {
    // A service that was given a new name is one that is gone and one that is new, unless it is all there is.
    if let ([old], [new]) = (old, new) {
        return Ok(diff::diff(&old.read()?, &new.read()?));
    }
    let mut changes = Vec::new();
    for before in old {
        let after = new.iter().find(|it| it.name == before.name);
        let read = before.read()?;
        if after.is_some_and(|it| it.is_same(before)) {
            continue;
        }
        let after = after.map(Kept::read).transpose()?;
        changes.extend(diff::diff_all(&[read], after.as_slice()));
    }
    for after in new.iter().filter(|it| old.iter().all(|old| old.name != it.name)) {
        changes.extend(diff::diff_all(&[], &[after.read()?]));
    }
    Ok(changes)
}

/// That there is one version of each service: of two it is not known which is meant.
fn one_each(path: &std::path::Path, manifests: &[Kept]) -> Result<(), Failure> {
    let mut names: Vec<&str> = manifests.iter().map(|it| it.name.as_str()).collect();
    names.sort_unstable();
    match names.windows(2).find(|it| it[0] == it[1]) {
        Some(pair) => {
            let text = format!("{}: has two versions of {}", path.display(), pair[0]);
            Err(Failure::usage(text))
        }
        None => Ok(()),
    }
}

fn read_acknowledged(path: &PathBuf, versions: &[(&str, &str)]) -> Result<Acknowledged, Failure> {
    let wrong = |err: &dyn std::fmt::Display| Failure::usage(format!("{}: {err}", path.display()));
    let text = fs::read_to_string(path).map_err(|err| wrong(&err))?;
    let read: Acknowledged = serde_saphyr::from_str(&text).map_err(|err| wrong(&err))?;
    read.check(versions).map_err(|all| wrong(&all.join("\n  ")))?;
    Ok(read)
}

fn text(changes: &[Change], left_out: usize) -> String {
    let mut text = String::new();
    let count =
        |level| changes.iter().filter(|it| it.level == level && it.acknowledged.is_none()).count();
    for change in changes {
        text += &one(change);
    }
    let meant = changes.iter().filter(|it| it.acknowledged.is_some()).count();
    let meant = if meant > 0 { format!(", {meant} acknowledged") } else { String::new() };
    if changes.is_empty() && left_out == 0 {
        return "nothing changed\n".to_owned();
    }
    text + &format!(
        "{} breaking, {} dangerous, {} safe{meant}\n",
        count(Level::Breaking),
        count(Level::Dangerous),
        count(Level::Safe) + left_out
    )
}

fn one(change: &Change) -> String {
    let Change { about, level, service, path, before, after, value, fix, acknowledged, .. } =
        change;
    let said = if acknowledged.is_some() { "meant" } else { level.word() };
    let mut text = format!("{said:9}  {service} {path}: {} [{}]\n", about.title, about.id);
    match (before.is_empty(), after.is_empty()) {
        (false, false) => text += &format!("           {before} -> {after}\n"),
        (false, true) => text += &format!("           was: {before}\n"),
        (true, false) => text += &format!("           is: {after}\n"),
        (true, true) => {}
    }
    if *level == Level::Safe {
        return text;
    }
    if let Some(value) = value {
        text += &format!("           {}: {value}\n", whose(change.direction));
    }
    match acknowledged {
        Some(reason) => text += &format!("           acknowledged: {reason}\n"),
        None => text += &format!("           to do: {fix}\n"),
    }
    text
}

/// What a value that breaks is.
fn whose(direction: Direction) -> &'static str {
    match direction {
        Direction::Request => "callers may send, and it is refused",
        Direction::Reply => "it may answer, and callers refuse",
        Direction::Event => "it may emit, and handlers refuse",
        Direction::Handled => "it may be emitted, and is refused",
        Direction::Settings => "it may be configured, and is refused",
        Direction::Both => "for example",
    }
}

/// One change as GitHub Actions shows it at a file.
fn annotation(change: &Change, file: &std::path::Path) -> String {
    let kind = match change.level {
        _ if change.acknowledged.is_some() => "notice",
        Level::Breaking => "error",
        Level::Dangerous => "warning",
        Level::Safe => "notice",
    };
    let escaped = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| escaped(text).replace(':', "%3A").replace(',', "%2C");
    let title = format!("{} ({})", change.about.title, change.about.id);
    format!(
        "::{kind} file={},title={}::{}\n",
        property(&file.display().to_string()),
        property(&title),
        escaped(one(change).trim_end())
    )
}
