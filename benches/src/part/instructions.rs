//! Instructions of one call within one process: a figure that does not depend on how busy the
//! machine is, and so one that can be held to.

use super::{
    callgrind::{Owner, PerCall},
    held,
};
use crate::{Failure, report::Section, role::Role};

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
    let ours = PerCall::of_peer(Role::KinokoCounted, 1).await?;
    let theirs = PerCall::of_peer(Role::HandCounted, 1).await?;
    let mut text = "| instructions per call | Kinoko | by hand |\n|---|---|---|\n".to_owned();
    let mut row = |name: &str, figure: &dyn Fn(&PerCall) -> f64| {
        text += &format!("| {name} | {:.0} | {:.0} |\n", figure(&ours), figure(&theirs));
    };
    row(HELD, &held_to);
    for (owner, name) in PARTS {
        row(&format!("– {name}"), &|it| it.of(owner));
    }
    row("JSON", &|it| it.of(Owner::Json));
    Ok(Section { name: SECTION, text })
}

/// Measures, and fails when it rose over what is committed.
pub(super) async fn check() -> Result<Section, Failure> {
    let now = held_to(&PerCall::of_peer(Role::KinokoCounted, 1).await?);
    Ok(Section { name: SECTION, text: held::check(SECTION, HELD, now)? })
}

fn held_to(it: &PerCall) -> f64 {
    PARTS.iter().map(|(owner, _)| it.of(*owner)).sum()
}
