//! Events reach every handler that wants them, shared the way the handler says.

use kinoko_core::{Address, EventMode, Settlement, Subscription};

use super::case::{Case, Checked, Inbox, Stop, event, handler, same, text};

pub(super) async fn every_service_gets_it(case: Case) -> Checked {
    let process = case.process().await?;
    let source = case.name("shop");
    let mut inboxes = Vec::new();
    for service in ["orders", "mail", "ledger"] {
        let handler = handler(&source, "paid", &case.name(service), EventMode::ServicePool);
        inboxes.push(process.subscribe(handler).await?);
    }
    let sent = event(&source, "paid", "one");
    process.send(sent.clone()).await?;
    process.send(event(&source, "paid", "two")).await?;
    for inbox in &mut inboxes {
        inbox.expect_all(["one".to_owned(), "two".to_owned()]).await?;
    }
    process.send(sent.clone()).await?;
    same("the address", inboxes.remove(0).take().await?.to, sent.to)
}

pub(super) async fn a_pool_shares(case: Case) -> Checked {
    let (source, service) = (case.name("shop"), case.name("orders"));
    let pool = handler(&source, "paid", &service, EventMode::ServicePool);
    shared(&case, &source, [pool.clone(), pool]).await
}

/// Even over services: one handler in the whole system.
pub(super) async fn a_singleton_is_one_in_all(case: Case) -> Checked {
    let source = case.name("shop");
    let one = handler(&source, "paid", &case.name("orders"), EventMode::Singleton);
    let other = handler(&source, "paid", &case.name("mail"), EventMode::Singleton);
    shared(&case, &source, [one, other]).await
}

/// Checks that two handlers get each event once between them, and each some.
async fn shared(case: &Case, source: &str, [one, other]: [Subscription; 2]) -> Checked {
    let sender = case.process().await?;
    let mut one = case.process().await?.subscribe(one).await?;
    let mut other = case.process().await?.subscribe(other).await?;
    let all: Vec<String> = (10..20).map(|number| number.to_string()).collect();
    for body in &all {
        sender.send(event(source, "paid", body)).await?;
    }
    let mut found = Vec::new();
    for _ in 0..5 {
        found.push(text(&one.take().await?));
        found.push(text(&other.take().await?));
    }
    found.sort_unstable();
    same("what both got", found, all)
}

pub(super) async fn broadcast_reaches_everyone(case: Case) -> Checked {
    let sender = case.process().await?;
    let (source, service) = (case.name("shop"), case.name("orders"));
    let mut inboxes = Vec::new();
    for (identifier, reliable) in [("one", true), ("two", true), ("three", false)] {
        let mode = EventMode::Broadcast { identifier: case.name(identifier) };
        let handler = relying(handler(&source, "paid", &service, mode), reliable);
        inboxes.push(case.process().await?.subscribe(handler).await?);
    }
    let all: Vec<String> = (0..5).map(|number| number.to_string()).collect();
    for body in &all {
        sender.send(event(&source, "paid", body)).await?;
    }
    for inbox in &mut inboxes {
        inbox.expect_all(all.clone()).await?;
    }
    Ok(())
}

pub(super) async fn sources_and_types_do_not_mix(case: Case) -> Checked {
    let process = case.process().await?;
    let (source, other) = (case.name("shop"), case.name("stall"));
    let wanted = handler(&source, "order.paid", &case.name("orders"), EventMode::ServicePool);
    let mut inbox = process.subscribe(wanted).await?;
    // A handler of the other source, so that it exists.
    let beside = handler(&other, "order.paid", &case.name("orders"), EventMode::ServicePool);
    let mut beside = process.subscribe(beside).await?;
    for (source, event_type) in [
        (&other, "order.paid"),
        (&source, "order"),
        (&source, "paid"),
        (&source, "order.paid.late"),
        (&source, "order-paid"),
        (&source, "Order.Paid"),
    ] {
        process.send(event(source, event_type, "not for you")).await?;
    }
    process.send(event(&source, "order.paid", "marker")).await?;
    inbox.expect("marker").await?;
    beside.expect("not for you").await
}

pub(super) async fn reliable_ones_wait(case: Case) -> Checked {
    let sender = case.process().await?;
    let source = case.name("shop");
    for mode in [
        EventMode::ServicePool,
        EventMode::Singleton,
        EventMode::Broadcast { identifier: case.name("here") },
    ] {
        let handler = handler(&source, "paid", &case.name("orders"), mode);
        let process = case.process().await?;
        let mut inbox = process.subscribe(handler.clone()).await?;
        sender.send(event(&source, "paid", "while up")).await?;
        inbox.expect("while up").await?;
        drop(inbox);
        process.close().await?;
        sender.send(event(&source, "paid", "while down")).await?;
        let process = case.process().await?;
        let mut inbox = process.subscribe(handler).await?;
        inbox.expect("while down").await?;
        // What is left behind would get the next mode's events too.
        process.close().await?;
    }
    Ok(())
}

/// A broker may take a moment to notice that the last handler went, so what matters is that it does
/// in the end; the case's deadline says when.
pub(super) async fn unreliable_ones_do_not_wait(case: Case) -> Checked {
    let sender = case.process().await?;
    let (source, service) = (case.name("shop"), case.name("orders"));
    let handler = relying(handler(&source, "paid", &service, EventMode::ServicePool), false);
    loop {
        let process = case.process().await?;
        let mut inbox = process.subscribe(handler.clone()).await?;
        sender.send(event(&source, "paid", "while up")).await?;
        inbox.expect("while up").await?;
        drop(inbox);
        process.close().await?;
        sender.send(event(&source, "paid", "while down")).await?;
        let process = case.process().await?;
        let mut inbox = process.subscribe(handler.clone()).await?;
        sender.send(event(&source, "paid", "marker")).await?;
        if text(&inbox.take().await?) == "marker" {
            return Ok(());
        }
        inbox.expect("marker").await?;
        drop(inbox);
        process.close().await?;
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

pub(super) async fn a_star_is_one_word(case: Case) -> Checked {
    let not = ["order", "order.paid.late", "orders.paid", "paid"];
    wildcard(&case, "order.*", &not, &["order.paid", "order.sent"]).await
}

pub(super) async fn a_hash_is_any_words(case: Case) -> Checked {
    let not = ["orders", "late.order"];
    wildcard(&case, "order.#", &not, &["order", "order.paid", "order.paid.late"]).await
}

/// Checks which event types a pattern lets through. The last of those it does is the marker.
async fn wildcard(case: &Case, pattern: &str, not: &[&str], wanted: &[&str]) -> Checked {
    case.needs(case.features.wildcards, "wildcards")?;
    let process = case.process().await?;
    let source = case.name("shop");
    let handler = handler(&source, pattern, &case.name("orders"), EventMode::ServicePool);
    let mut inbox = process.subscribe(handler).await?;
    for event_type in not.iter().chain(wanted) {
        process.send(event(&source, event_type, event_type)).await?;
    }
    for _ in wanted {
        let found = inbox.take().await?;
        let body = text(&found);
        if !wanted.contains(&&*body) {
            return Err(Stop::failed(format!("{pattern} let {body} through")));
        }
        same("the event's type", event_type(found.to), Some(body))?;
    }
    Ok(())
}

fn event_type(address: Address) -> Option<String> {
    match address {
        Address::Event { event_type, .. } => Some(event_type.into_owned()),
        _ => None,
    }
}

pub(super) async fn a_handler_can_give_back(case: Case) -> Checked {
    let process = case.process().await?;
    let source = case.name("shop");
    let mut inboxes: Vec<Inbox> = Vec::new();
    for service in ["orders", "mail"] {
        let handler = handler(&source, "paid", &case.name(service), EventMode::ServicePool);
        inboxes.push(process.subscribe(handler).await?);
    }
    process.send(event(&source, "paid", "one")).await?;
    let first = inboxes[0].next().await?;
    same("redelivered", first.redelivered, false)?;
    first.settle(Settlement::Requeue);
    let again = inboxes[0].next().await?;
    same("redelivered", again.redelivered, true)?;
    again.settle(Settlement::Ack);
    // It is nobody else's affair.
    let other = inboxes[1].next().await?;
    same("redelivered to the other", other.redelivered, false)?;
    other.settle(Settlement::Ack);
    process.send(event(&source, "paid", "marker")).await?;
    for inbox in &mut inboxes {
        inbox.expect("marker").await?;
    }
    Ok(())
}

fn relying(mut subscription: Subscription, on: bool) -> Subscription {
    if let Subscription::Event { reliable, .. } = &mut subscription {
        *reliable = on;
    }
    subscription
}
