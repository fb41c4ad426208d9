//! Requests over HTTP on kept connections, each server in a process of its own.

use crate::{
    Failure,
    options::Plan,
    pair::{Cell, SIDES, Side, compare},
    report::{self, Section},
    role::Role,
};

const CONNECTIONS: usize = 64;

pub(super) async fn measure(plan: &Plan) -> Result<Section, Failure> {
    let side = |serving| Side { owns_load: false, ..Side::of(Role::HttpLoad, serving) };
    let sides = [side(Role::KinokoHttp), side(Role::HandHttp)];
    let cells = vec![Cell::new(format!("{CONNECTIONS} connections"), CONNECTIONS)];
    let cells = compare("http", sides, ["", ""], cells, plan).await?;
    Ok(Section { name: "http", text: report::table("connections", "requests/s", SIDES, &cells) })
}
