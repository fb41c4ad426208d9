//! What must hold when connections break and brokers stop. Every message may come twice then, and
//! none may be lost.

use kinoko_core::Guarantee;

use super::case::{Case, Checked, Inbox, replies, reply, request, requests, same, text};

pub(super) async fn a_subscription_survives(case: Case) -> Checked {
    let (caller, callee) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    let mut inbox = callee.subscribe(requests(&service)).await?;
    for round in 0..3 {
        case.disconnect().await?;
        let body = format!("after {round}");
        caller.send_in_the_end(request(&service, &body)).await?;
        sooner_or_later(&mut inbox, &body).await?;
    }
    Ok(())
}

pub(super) async fn replies_survive(case: Case) -> Checked {
    let (caller, callee) = (case.process().await?, case.process().await?);
    let key = case.name("me");
    let mut inbox = caller.subscribe(replies(&key, Guarantee::Durable)).await?;
    case.disconnect().await?;
    callee.send_in_the_end(reply(&key, "after")).await?;
    sooner_or_later(&mut inbox, "after").await
}

pub(super) async fn the_unsettled_come_back(case: Case) -> Checked {
    let (caller, callee) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    let mut inbox = callee.subscribe(requests(&service)).await?;
    caller.send(request(&service, "one")).await?;
    let held = inbox.next().await?;
    case.disconnect().await?;
    let again = inbox.next().await?;
    same("the body", text(&again.message), "one".to_owned())?;
    same("redelivered", again.redelivered, true)?;
    // Settling what is no longer ours settles nothing else.
    held.settle(kinoko_core::Settlement::Ack);
    drop(again);
    inbox.expect("one").await
}

pub(super) async fn durable_requests_survive_a_restart(case: Case) -> Checked {
    case.needs(case.features.persistent, "persistent")?;
    let (caller, callee) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    callee.subscribe(requests(&service)).await?;
    callee.close().await?;
    for number in 0..20 {
        caller.send(request(&service, &number.to_string())).await?;
    }
    case.restart().await?;
    let mut inbox = case.process().await?.subscribe(requests(&service)).await?;
    inbox.expect_all((0..20).map(|number| number.to_string())).await
}

/// Takes what arrives until it is that one.
async fn sooner_or_later(inbox: &mut Inbox, body: &str) -> Checked {
    while text(&inbox.take().await?) != body {}
    Ok(())
}
