//! Calls within one process, on one thread.

use crate::{
    Failure,
    options::Plan,
    pair::{Cell, Side, compare},
    report::{self, Section},
    role::Role,
};

/// Between two looks at the clock, which costs a few percent of one call.
const BATCH: u32 = 16;

pub(super) async fn measure(plan: &Plan) -> Result<Section, Failure> {
    let mut text = String::new();
    for (ours, logs) in [(Role::KinokoInProcess, ""), (Role::KinokoInProcessLogged, ", logs on")] {
        let side = |load| Side { serving: None, ..Side::of(load, load) };
        let sides = [side(ours), side(Role::HandInProcess)];
        let cell = |name: &str, in_flight| Cell {
            batch: BATCH,
            ..Cell::new(format!("{name}{logs}"), in_flight)
        };
        let cells = vec![cell("one at a time", 1), cell("64 in flight", 64)];
        let cells = compare("in process", sides, ["", ""], cells, plan).await?;
        text += &report::nanos_table(&cells, text.is_empty());
    }
    Ok(Section { name: "in-process", text })
}
