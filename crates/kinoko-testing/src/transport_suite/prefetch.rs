//! Nobody is given more than it asked for. That a message is *not* with one receiver shows in that
//! another gets it.

use kinoko_core::{EventMode, Settlement, Subscription};

use super::case::{
    Case, Checked, event, handler, request, requests, requests_with_prefetch, same, text,
};

pub(super) async fn no_more_are_handed_out(case: Case) -> Checked {
    let (caller, service) = (case.process().await?, case.name("orders"));
    let mut holds = case.process().await?.subscribe(requests_with_prefetch(&service, 2)).await?;
    for number in 0..5 {
        caller.send(request(&service, &number.to_string())).await?;
    }
    let held = [holds.next().await?, holds.next().await?];
    let held = held.each_ref().map(|delivery| text(&delivery.message));
    let mut other = case.process().await?.subscribe(requests(&service)).await?;
    let rest = (0..5).map(|number| number.to_string()).filter(|body| !held.contains(body));
    other.expect_all(rest).await
}

pub(super) async fn settling_makes_room(case: Case) -> Checked {
    let (caller, service) = (case.process().await?, case.name("orders"));
    let mut inbox = case.process().await?.subscribe(requests_with_prefetch(&service, 1)).await?;
    for _ in 0..4 {
        caller.send(request(&service, "one")).await?;
    }
    for how in [Settlement::Ack, Settlement::Reject, Settlement::Requeue, Settlement::Ack] {
        inbox.next().await?.settle(how);
    }
    inbox.expect("one").await
}

pub(super) async fn it_is_each_subscriptions_own(case: Case) -> Checked {
    let process = case.process().await?;
    let (service, source) = (case.name("orders"), case.name("shop"));
    let mut first = process.subscribe(requests_with_prefetch(&service, 1)).await?;
    let one_at_a_time = match handler(&source, "paid", &service, EventMode::ServicePool) {
        Subscription::Event { source, event_type, service, method, mode, reliable, .. } => {
            Subscription::Event { source, event_type, service, method, mode, reliable, prefetch: 1 }
        }
        other => other,
    };
    let mut second = process.subscribe(one_at_a_time).await?;
    process.send(request(&service, "held")).await?;
    let held = first.next().await?;
    for number in 0..3 {
        process.send(event(&source, "paid", &number.to_string())).await?;
    }
    second.expect_all((0..3).map(|number| number.to_string())).await?;
    same("what is held", text(&held.message), "held".to_owned())
}
