//! Events with confirms through RabbitMQ, one publisher process and one handler process.

use super::Broker;
use crate::{
    Failure,
    options::Plan,
    pair::{Cell, SIDES, Side, compare},
    report::{self, Section},
    role::Role,
};

const OUTSTANDING: usize = 256;

pub(super) async fn measure(broker: &Broker, plan: &Plan) -> Result<Section, Failure> {
    let side = |load, serving| Side { counts_arrivals: true, ..Side::of(load, serving) };
    let sides = [
        side(Role::KinokoDispatcher, Role::KinokoHandler),
        side(Role::HandDispatcher, Role::HandHandler),
    ];
    let cells = vec![Cell::new(format!("{OUTSTANDING} outstanding"), OUTSTANDING)];
    let cells = compare("events", sides, broker.uris(), cells, plan).await?;
    Ok(Section { name: "events", text: report::table("events", "handled/s", SIDES, &cells) })
}
