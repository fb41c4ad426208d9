//! The AMQP client without Kinoko: the same loops on it, on lapin, on amqprs, and on the least there can be.

use super::Broker;
use crate::{
    Failure,
    options::Plan,
    pair::{Cell, Side, compare},
    report::{self, Section},
    role::Role,
};

const OUTSTANDING: usize = 256;
/// Bodies that are not small, and how many calls with them are in flight.
const SIZES: [(&str, usize); 3] = [("1 KB", 1 << 10), ("10 KB", 10 << 10), ("100 KB", 100 << 10)];
const WITH_SIZES: usize = 16;

const OURS: &str = "the client";

pub(super) async fn measure(broker: &Broker, plan: &Plan) -> Result<Section, Failure> {
    let client = Side::of(Role::ClientClient, Role::ClientService);
    let lapin = Side::of(Role::HandClient, Role::HandService);
    let amqprs = Side::of(Role::AmqprsClient, Role::AmqprsService);
    let leanest = Side::of(Role::LeanestClient, Role::LeanestService);

    let mut cells = fast();
    for in_flight in [1, 64, 256] {
        let cell = Cell::new(format!("durable calls, {in_flight}"), in_flight);
        cells.push(Cell { durable: true, ..cell });
    }
    cells.extend(sizes());
    let mut against_lapin =
        compare("client and lapin", [client, lapin], broker.uris(), cells, plan).await?;
    let events = |load, serving| Side { counts_arrivals: true, ..Side::of(load, serving) };
    let sides = [
        events(Role::ClientDispatcher, Role::ClientHandler),
        events(Role::HandDispatcher, Role::HandHandler),
    ];
    let cells = vec![Cell::new(format!("events, {OUTSTANDING} outstanding"), OUTSTANDING)];
    against_lapin.extend(compare("events", sides, broker.uris(), cells, plan).await?);

    let against_amqprs =
        compare("client and amqprs", [client, amqprs], broker.uris(), fast(), plan).await?;

    let cells = fast().into_iter().chain(sizes()).collect();
    let against_leanest =
        compare("client and leanest", [client, leanest], broker.uris(), cells, plan).await?;

    let mut text = report::table("against lapin", "/s", [OURS, "lapin"], &against_lapin);
    text += "\n";
    text += &report::table("against amqprs", "/s", [OURS, "amqprs"], &against_amqprs);
    text += "\n";
    text += &report::table("against the least", "/s", [OURS, "the least"], &against_leanest);
    Ok(Section { name: "clients", text })
}

/// Calls of a small body.
pub(super) fn fast() -> Vec<Cell> {
    [1, 64, 256].map(|it| Cell::new(format!("fast calls, {it}"), it)).into()
}

/// Calls of larger ones.
pub(super) fn sizes() -> Vec<Cell> {
    SIZES
        .map(|(name, size)| Cell {
            size,
            ..Cell::new(format!("fast calls of {name}, {WITH_SIZES}"), WITH_SIZES)
        })
        .into()
}
