//! Calls of `hello(name: str) -> str` through RabbitMQ, one client process and one service process.

use super::Broker;
use crate::{
    Failure,
    options::Plan,
    pair::{Cell, SIDES, Side, compare},
    report::{self, Section},
    role::Role,
};

pub(super) async fn measure(broker: &Broker, plan: &Plan) -> Result<Section, Failure> {
    let mut cells = Vec::new();
    for durable in [false, true] {
        for in_flight in [1, 64, 256] {
            let mode = if durable { "durable" } else { "fast" };
            cells.push(Cell { durable, ..Cell::new(format!("{mode}, {in_flight}"), in_flight) });
        }
    }
    let side = |load, serving| Side {
        load,
        serving: Some(serving),
        counts_arrivals: false,
        owns_load: true,
    };
    let sides =
        [side(Role::KinokoClient, Role::KinokoService), side(Role::HandClient, Role::HandService)];
    let cells = compare("rpc", sides, broker.uris(), cells, plan).await?;
    Ok(Section { name: "rpc", text: report::table("mode, in flight", "calls/s", SIDES, &cells) })
}
