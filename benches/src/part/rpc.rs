//! Calls of `hello(name: str) -> str` through RabbitMQ, one client process and one service process.

use super::{Broker, clients};
use crate::{
    Failure,
    options::Plan,
    pair::{Cell, SIDES, Side, compare},
    report::{self, Section},
    role::{PREFETCH, Role},
};

/// As many as a service of Nameko's has workers, which are ten.
const NAMEKOS_PREFETCH: u16 = 10;

pub(super) async fn measure(broker: &Broker, plan: &Plan) -> Result<Section, Failure> {
    let cells = |mode, durable| {
        let cell =
            |in_flight| Cell { durable, ..Cell::new(format!("{mode}, {in_flight}"), in_flight) };
        [1, 64, 256].map(cell).into()
    };
    let sides = |prefetch| {
        let side = |load, serving| Side { prefetch, ..Side::of(load, serving) };
        [side(Role::KinokoClient, Role::KinokoService), side(Role::HandClient, Role::HandService)]
    };
    let mut all = Vec::new();
    for (mode, durable, prefetch) in [
        ("fast", false, PREFETCH),
        ("durable", true, PREFETCH),
        ("as Nameko", true, NAMEKOS_PREFETCH),
    ] {
        let cells = cells(mode, durable);
        all.extend(compare("rpc", sides(prefetch), broker.uris(), cells, plan).await?);
    }
    let sides = [
        Side::of(Role::KinokoClient, Role::KinokoService),
        Side::of(Role::LeanestClient, Role::LeanestService),
    ];
    let cells = clients::fast().into_iter().chain(clients::sizes()).collect();
    let least = compare("rpc and leanest", sides, broker.uris(), cells, plan).await?;
    let mut text = report::table("mode, in flight", "calls/s", SIDES, &all);
    text += "\n";
    text += &report::table("against the least", "calls/s", ["Kinoko", "the least"], &least);
    Ok(Section { name: "rpc", text })
}
