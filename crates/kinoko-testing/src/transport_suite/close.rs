//! Letting go: of a subscription, and of the broker.

use kinoko_core::{ErrorKind, EventMode, Guarantee, PublishError};

use super::case::{
    Case, Checked, cancels, event, fast, handler, replies, request, requests, same, text,
    waiting_for,
};

pub(super) async fn streams_end(case: Case) -> Checked {
    let process = case.process().await?;
    let service = case.name("orders");
    let mut inboxes = Vec::new();
    for subscription in [
        requests(&service),
        handler(&case.name("shop"), "paid", &service, EventMode::ServicePool),
        replies(&case.name("me"), Guarantee::Fast),
        replies(&case.name("me-too"), Guarantee::Durable),
        cancels(&service),
    ] {
        inboxes.push(process.subscribe(subscription).await?);
    }
    // One that is being waited on, as they all are in a service.
    let mut waited_on = process.subscribe(requests(&service)).await?;
    let closing = process.clone();
    waiting_for(waited_on.expect_end(), async move { closing.close().await }).await?;
    for inbox in &mut inboxes {
        inbox.expect_end().await?;
    }
    Ok(())
}

pub(super) async fn it_takes_nothing_any_more(case: Case) -> Checked {
    let (process, other) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    let _inbox = other.subscribe(requests(&service)).await?;
    process.send(request(&service, "one")).await?;
    process.close().await?;
    for message in [request(&service, "two"), event(&service, "paid", "two")] {
        same("publish", process.publish(message.clone()).await, Err(PublishError::Closed))?;
        same("fast publish", process.publish(fast(message)).await, Err(PublishError::Closed))?;
    }
    let kind = process.transport.subscribe(requests(&service)).await.err().map(|err| err.kind());
    same("subscribe", kind, Some(ErrorKind::Closed))
}

pub(super) async fn twice_is_fine(case: Case) -> Checked {
    let process = case.process().await?;
    let _inbox = process.subscribe(requests(&case.name("orders"))).await?;
    process.close().await?;
    process.close().await
}

pub(super) async fn others_go_on(case: Case) -> Checked {
    let (goes, stays) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    let mut inbox = stays.subscribe(requests(&service)).await?;
    goes.close().await?;
    stays.send(request(&service, "one")).await?;
    inbox.expect("one").await
}

pub(super) async fn what_was_accepted_is_sent(case: Case) -> Checked {
    let (goes, stays) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    let mut inbox = stays.subscribe(requests(&service)).await?;
    for number in 0..200 {
        goes.send(fast(request(&service, &number.to_string()))).await?;
    }
    goes.close().await?;
    inbox.expect_all((0..200).map(|number| number.to_string())).await
}

pub(super) async fn what_was_unsettled_goes_back(case: Case) -> Checked {
    let (caller, goes) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    let mut inbox = goes.subscribe(requests(&service)).await?;
    caller.send(request(&service, "one")).await?;
    let held = inbox.next().await?;
    goes.close().await?;
    let mut inbox = case.process().await?.subscribe(requests(&service)).await?;
    let again = inbox.next().await?;
    same("the body", text(&again.message), "one".to_owned())?;
    same("redelivered", again.redelivered, true)?;
    // Too late to say anything about it.
    drop(held);
    again.settle(kinoko_core::Settlement::Ack);
    caller.send(request(&service, "marker")).await?;
    inbox.expect("marker").await
}

/// Dropping the stream alone is enough for that.
pub(super) async fn what_was_not_handed_out_goes_back(case: Case) -> Checked {
    let (caller, callee) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    let mut inbox = callee.subscribe(requests(&service)).await?;
    for number in 0..10 {
        caller.send(request(&service, &number.to_string())).await?;
    }
    let seen = text(&inbox.take().await?);
    drop(inbox);
    let rest: Vec<String> =
        (0..10).map(|number| number.to_string()).filter(|body| *body != seen).collect();
    let mut inbox = callee.subscribe(requests(&service)).await?;
    if !(case.features.ordered && case.features.requeues_in_place) {
        return inbox.expect_all(rest).await;
    }
    for body in rest {
        inbox.expect(&body).await?;
    }
    Ok(())
}
