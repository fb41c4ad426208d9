//! Instructions of one call within one process: a figure that does not depend on how busy the
//! machine is, and so one that can be held to.

use std::{fs, path::PathBuf};

use super::callgrind::{self, Counts, Owner};
use crate::{
    Failure,
    report::{self, Section},
    role::Role,
};

/// Two runs, whose difference has nothing of starting and stopping in it.
const CALLS: [u64; 2] = [2_000, 12_000];
/// By how much the figure may be more than what is committed.
const TOLERANCE: f64 = 0.03;
const SECTION: &str = "instructions";
/// The row that is held to.
const HELD: &str = "all but JSON";

/// The rows below it, which add up to it.
const PARTS: [(Owner, &str); 6] = [
    (Owner::Kinoko, "Kinoko, or the loop by hand"),
    (Owner::Tokio, "tokio"),
    (Owner::Libraries, "other crates"),
    (Owner::Allocation, "allocation"),
    (Owner::Copies, "copying memory"),
    (Owner::Rest, "the standard library"),
];

pub(super) async fn measure() -> Result<Section, Failure> {
    let ours = of_one_call(Role::KinokoCounted).await?;
    let theirs = of_one_call(Role::HandCounted).await?;
    let mut text = "| instructions per call | Kinoko | by hand |\n|---|---|---|\n".to_owned();
    let mut row = |name: &str, figure: &dyn Fn(&PerCall) -> f64| {
        text += &format!("| {name} | {:.0} | {:.0} |\n", figure(&ours), figure(&theirs));
    };
    row(HELD, &PerCall::held);
    for (owner, name) in PARTS {
        row(&format!("– {name}"), &|it| it.of(owner));
    }
    row("JSON", &|it| it.of(Owner::Json));
    Ok(Section { name: SECTION, text })
}

/// Measures, and fails when it rose over what is committed.
pub(super) async fn check() -> Result<Section, Failure> {
    let committed = committed()?;
    let now = of_one_call(Role::KinokoCounted).await?.held();
    let change = (now / committed - 1.0) * 100.0;
    let text = format!("{now:.0} instructions per call, {committed:.0} committed: {change:+.1}%");
    if now > committed * (1.0 + TOLERANCE) {
        return Err(format!(
            "{text}; make it less, or say in the commit why it is worth it and commit the figure \
             that `--only instructions --out docs/benchmarks.md` writes"
        )
        .into());
    }
    let text = if now < committed * (1.0 - TOLERANCE) {
        format!("{text}; commit the new figure: `--only instructions --out docs/benchmarks.md`")
    } else {
        text
    };
    Ok(Section { name: SECTION, text })
}

/// The figure in the project's own page.
fn committed() -> Result<f64, Failure> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/benchmarks.md");
    let text = fs::read_to_string(&path).map_err(|err| format!("{}: {err}", path.display()))?;
    let section = report::section(&text, SECTION)?;
    let row = section.lines().find_map(|it| it.strip_prefix(&format!("| {HELD} | ")));
    let figure = row.and_then(|it| it.split(' ').next()).and_then(|it| it.parse().ok());
    figure.ok_or_else(|| format!("{} has no row `{HELD}`", path.display()).into())
}

/// Instructions by owner.
struct PerCall([Counts; 2]);

async fn of_one_call(role: Role) -> Result<PerCall, Failure> {
    let mut counts = [Counts::new(), Counts::new()];
    for (counts, calls) in counts.iter_mut().zip(CALLS) {
        eprintln!("counting instructions: {}, {calls} calls", role.name());
        *counts = callgrind::count(role, calls).await?;
    }
    Ok(PerCall(counts))
}

impl PerCall {
    fn of(&self, owner: Owner) -> f64 {
        let [few, many] = self.0.each_ref().map(|it| it.get(&owner).copied().unwrap_or(0) as f64);
        (many - few) / (CALLS[1] - CALLS[0]) as f64
    }

    fn held(&self) -> f64 {
        PARTS.iter().map(|(owner, _)| self.of(*owner)).sum()
    }
}
