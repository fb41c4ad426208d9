//! How soon a service process serves, and what memory it has while nobody calls.

use std::time::{Duration, Instant};

use super::Broker;
use crate::{
    Failure,
    options::Plan,
    order::{Answer, Order},
    pair::{SIDES, median},
    peer::Peer,
    report::Section,
    role::{PREFETCH, Role},
};

/// For the request to be in the service's queue, and for a process to become idle.
const MOMENT: Duration = Duration::from_millis(300);

pub(super) async fn measure(broker: &Broker, plan: &Plan) -> Result<Section, Failure> {
    let sides = [(Role::KinokoClient, Role::KinokoService), (Role::HandClient, Role::HandService)];
    let mut text =
        "| | start to first call served, ms | idle, MB resident |\n|---|---|---|\n".to_owned();
    let mut figures = [(Vec::new(), Vec::new()), (Vec::new(), Vec::new())];
    for _ in 0..plan.rounds {
        for (side, (client, service)) in sides.into_iter().enumerate() {
            let (first_call, idle) = once(client, service, broker.uris()[side]).await?;
            eprintln!("start, {}: {first_call:?}, {idle} bytes", SIDES[side]);
            figures[side].0.push(first_call.as_secs_f64() * 1e3);
            figures[side].1.push(idle as f64 / 1e6);
        }
    }
    for (name, (first_call, idle)) in SIDES.into_iter().zip(figures) {
        text += &format!("| {name} | {:.0} | {:.1} |\n", median(first_call), median(idle));
    }
    Ok(Section { name: "start", text })
}

/// Starts a service for which a request is waiting; what it took, and its memory afterwards.
async fn once(client: Role, service: Role, uri: &str) -> Result<(Duration, u64), Failure> {
    let mut client = Peer::start(client, uri, PREFETCH)?;
    client.ready().await?;
    // One before it makes the queue in which a request waits, and has the client ready to call.
    let mut before = Peer::start(service, uri, PREFETCH)?;
    before.ready().await?;
    client.tell(&Order::Once).await?;
    answered(&mut client).await?;
    before.end().await?;
    client.tell(&Order::Once).await?;
    tokio::time::sleep(MOMENT).await;
    let started = Instant::now();
    let mut service = Peer::start(service, uri, PREFETCH)?;
    answered(&mut client).await?;
    let first_call = started.elapsed();
    service.ready().await?;
    tokio::time::sleep(MOMENT).await;
    let idle = service.resident()?;
    client.end().await?;
    service.end().await?;
    Ok((first_call, idle))
}

async fn answered(client: &mut Peer) -> Result<(), Failure> {
    match client.answer().await? {
        Answer::Done => Ok(()),
        other => Err(client.out_of_turn(&other)),
    }
}
