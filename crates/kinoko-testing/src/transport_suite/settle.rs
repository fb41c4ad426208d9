//! What becomes of a message is what its receiver says.

use kinoko_core::Settlement;

use super::case::{
    Case, Checked, Inbox, Process, request, requests, requests_with_prefetch, same, text,
};

pub(super) async fn ack_forgets(case: Case) -> Checked {
    forgets(case, Settlement::Ack).await
}

pub(super) async fn reject_forgets(case: Case) -> Checked {
    forgets(case, Settlement::Reject).await
}

/// Settles one message and checks that a later instance does not see it.
async fn forgets(case: Case, how: Settlement) -> Checked {
    let (caller, service) = (case.process().await?, case.name("orders"));
    let (process, mut inbox) = started(&case, &service).await?;
    caller.send(request(&service, "one")).await?;
    caller.send(request(&service, "two")).await?;
    let delivery = inbox.next().await?;
    let first = text(&delivery.message);
    same("redelivered", delivery.redelivered, false)?;
    delivery.settle(how);
    drop(inbox);
    process.close().await?;
    let (_, mut inbox) = started(&case, &service).await?;
    inbox.expect(if first == "one" { "two" } else { "one" }).await?;
    caller.send(request(&service, "marker")).await?;
    inbox.expect("marker").await
}

pub(super) async fn requeue_comes_again(case: Case) -> Checked {
    let (caller, service) = (case.process().await?, case.name("orders"));
    let (_, mut inbox) = started(&case, &service).await?;
    caller.send(request(&service, "one")).await?;
    for time in 0..3 {
        let delivery = inbox.next().await?;
        same("the body", text(&delivery.message), "one".to_owned())?;
        same("redelivered", delivery.redelivered, time > 0)?;
        delivery.settle(Settlement::Requeue);
    }
    inbox.expect("one").await
}

pub(super) async fn drop_comes_again(case: Case) -> Checked {
    let (caller, service) = (case.process().await?, case.name("orders"));
    let (_, mut inbox) = started(&case, &service).await?;
    caller.send(request(&service, "one")).await?;
    drop(inbox.next().await?);
    let again = inbox.next().await?;
    same("the body", text(&again.message), "one".to_owned())?;
    same("redelivered", again.redelivered, true)?;
    again.settle(Settlement::Ack);
    Ok(())
}

pub(super) async fn given_back_comes_first(case: Case) -> Checked {
    case.needs(case.features.ordered, "ordered")?;
    case.needs(case.features.requeues_in_place, "requeues_in_place")?;
    let (caller, service) = (case.process().await?, case.name("orders"));
    let mut inbox = case.process().await?.subscribe(requests_with_prefetch(&service, 1)).await?;
    for body in ["one", "two", "three"] {
        caller.send(request(&service, body)).await?;
    }
    inbox.next().await?.settle(Settlement::Requeue);
    for body in ["one", "two", "three"] {
        inbox.expect(body).await?;
    }
    Ok(())
}

/// Dropping the stream stops what comes; what came can still be settled.
pub(super) async fn late_settlement_counts(case: Case) -> Checked {
    let (caller, service) = (case.process().await?, case.name("orders"));
    let (process, mut inbox) = started(&case, &service).await?;
    caller.send(request(&service, "one")).await?;
    let delivery = inbox.next().await?;
    drop(inbox);
    delivery.settle(Settlement::Ack);
    process.close().await?;
    let (_, mut inbox) = started(&case, &service).await?;
    caller.send(request(&service, "marker")).await?;
    inbox.expect("marker").await
}

pub(super) async fn late_requeue_counts(case: Case) -> Checked {
    let (caller, service) = (case.process().await?, case.name("orders"));
    let (_process, mut inbox) = started(&case, &service).await?;
    caller.send(request(&service, "one")).await?;
    let delivery = inbox.next().await?;
    drop(inbox);
    let (_, mut inbox) = started(&case, &service).await?;
    caller.send(request(&service, "two")).await?;
    inbox.expect("two").await?;
    drop(delivery);
    inbox.expect("one").await
}

/// An instance of a service, and its requests.
async fn started(case: &Case, service: &str) -> Checked<(Process, Inbox)> {
    let process = case.process().await?;
    let inbox = process.subscribe(requests(service)).await?;
    Ok((process, inbox))
}
