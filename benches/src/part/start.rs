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
        "| | start to first call served, ms | idle, MB resident | of these allocated, MB |\n"
            .to_owned();
    text += "|---|---|---|---|\n";
    let mut rounds = [Vec::new(), Vec::new()];
    for _ in 0..plan.rounds {
        for (side, (client, service)) in sides.into_iter().enumerate() {
            let round = once(client, service, broker.uris()[side]).await?;
            let Round { first_call, idle: [idle, own] } = &round;
            eprintln!("start, {}: {first_call:?}, {idle} bytes, {own} allocated", SIDES[side]);
            rounds[side].push(round);
        }
    }
    for (name, rounds) in SIDES.into_iter().zip(rounds) {
        let middle = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
        let first_call = middle(|it| it.first_call.as_secs_f64() * 1e3);
        let [idle, own] =
            [middle(|it| it.idle[0] as f64 / 1e6), middle(|it| it.idle[1] as f64 / 1e6)];
        text += &format!("| {name} | {first_call:.0} | {idle:.1} | {own:.1} |\n");
    }
    Ok(Section { name: "start", text })
}

/// What was measured in one round.
struct Round {
    first_call: Duration,
    /// The memory, and what of it is no file's, in bytes.
    idle: [u64; 2],
}

/// Starts a service for which a request is waiting; what it took, and its memory afterwards.
async fn once(client: Role, service: Role, uri: &str) -> Result<Round, Failure> {
    let mut client = Peer::start(client, uri, PREFETCH)?;
    client.ready().await?;
    // One before it makes the queue in which a request waits, and has the client ready to call.
    let mut before = Peer::alone(service, uri)?;
    before.ready().await?;
    client.tell(&Order::Once).await?;
    answered(&mut client).await?;
    before.end().await?;
    client.tell(&Order::Once).await?;
    tokio::time::sleep(MOMENT).await;
    let started = Instant::now();
    let mut service = Peer::alone(service, uri)?;
    answered(&mut client).await?;
    let first_call = started.elapsed();
    service.ready().await?;
    tokio::time::sleep(MOMENT).await;
    let idle = service.memory()?;
    client.end().await?;
    service.end().await?;
    Ok(Round { first_call, idle })
}

async fn answered(client: &mut Peer) -> Result<(), Failure> {
    match client.answer().await? {
        Answer::Done => Ok(()),
        other => Err(client.out_of_turn(&other)),
    }
}
