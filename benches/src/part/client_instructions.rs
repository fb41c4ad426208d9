//! Instructions and allocations of one publish and of one delivery, in the AMQP client alone.

use super::{callgrind::PerCall, held};
use crate::{Failure, report::Section, role::Role};

const SECTION: &str = "client-instructions";

/// What is counted, and who does it in the protocol alone and with tokio.
const ROWS: [(&str, [Role; 2]); 2] = [
    ("publish and confirm", [Role::PublishesCounted, Role::PublishesDrivenCounted]),
    ("delivery and ack", [Role::DeliveriesCounted, Role::DeliveriesDrivenCounted]),
];
const AT_ONCE: [u64; 2] = [1, 64];

pub(super) async fn measure() -> Result<Section, Failure> {
    let mut text =
        "| instructions, at once | the protocol alone | with tokio | allocations | with tokio |\n\
                    |---|---|---|---|---|\n"
            .to_owned();
    for (name, roles) in ROWS {
        for at_once in AT_ONCE {
            let [alone, driven] = of_both(roles, at_once).await?;
            text += &format!(
                "| {name}, {at_once} | {:.0} | {:.0} | {:.1} | {:.1} |\n",
                alone.instructions(),
                driven.instructions(),
                alone.allocations(),
                driven.allocations(),
            );
        }
    }
    Ok(Section { name: SECTION, text })
}

/// Measures what the protocol takes, and fails when it rose over what is committed.
pub(super) async fn check() -> Result<Section, Failure> {
    let mut lines = Vec::new();
    for (name, [alone, _]) in ROWS {
        for at_once in AT_ONCE {
            let now = PerCall::of_peer(alone, at_once).await?.instructions();
            lines.push(held::check(SECTION, &format!("{name}, {at_once}"), now)?);
        }
    }
    Ok(Section { name: SECTION, text: lines.join("\n") })
}

async fn of_both([alone, driven]: [Role; 2], at_once: u64) -> Result<[PerCall; 2], Failure> {
    Ok([PerCall::of_peer(alone, at_once).await?, PerCall::of_peer(driven, at_once).await?])
}
