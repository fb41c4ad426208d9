//! Calls through RabbitMQ against the same calls in Python, on Nameko.

use super::Broker;
use crate::{
    Failure,
    options::Plan,
    pair::{Cell, Side, compare},
    report::{self, Section},
    role::Role,
};

pub(super) async fn measure(broker: &Broker, plan: &Plan) -> Result<Section, Failure> {
    let mut cells = Vec::new();
    for (mode, durable) in [("fast", false), ("durable", true)] {
        for in_flight in [1, 64] {
            cells.push(Cell { durable, ..Cell::new(format!("{mode}, {in_flight}"), in_flight) });
        }
    }
    let sides = [
        Side::of(Role::KinokoClient, Role::KinokoService),
        Side::of(Role::NamekoClient, Role::NamekoService),
    ];
    let cells = compare("nameko", sides, broker.uris(), cells, plan).await?;
    let text = report::table("mode, in flight", "calls/s", ["Kinoko", "Nameko"], &cells);
    Ok(Section { name: "nameko", text })
}
