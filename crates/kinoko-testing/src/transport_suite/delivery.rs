//! Messages arrive where they are addressed, whole and in order.

use bytes::Bytes;
use kinoko_core::{Guarantee, Message};

use super::case::{Case, Checked, fast, request, requests, same, waiting_for};

pub(super) async fn a_request_arrives(case: Case) -> Checked {
    let (caller, callee) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    let mut inbox = callee.subscribe(requests(&service)).await?;
    let sent = request(&service, "one");
    caller.send(sent.clone()).await?;
    let found = inbox.take().await?;
    same("the address", found.to, sent.to)?;
    same("the body", found.body, sent.body)
}

pub(super) async fn who_waits_is_woken(case: Case) -> Checked {
    let (caller, callee) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    let mut inbox = callee.subscribe(requests(&service)).await?;
    for guarantee in [Guarantee::Fast, Guarantee::Durable] {
        let (caller, sent) = (caller.clone(), Message { guarantee, ..request(&service, "one") });
        waiting_for(inbox.expect("one"), async move { caller.send(sent).await }).await?;
    }
    Ok(())
}

pub(super) async fn both_guarantees_arrive(case: Case) -> Checked {
    let (caller, callee) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    let mut inbox = callee.subscribe(requests(&service)).await?;
    for guarantee in [Guarantee::Fast, Guarantee::Durable] {
        let body = format!("{guarantee:?}");
        caller.send(Message { guarantee, ..request(&service, &body) }).await?;
        inbox.expect(&body).await?;
    }
    Ok(())
}

/// Around the sizes at which a transport may cut a body into pieces.
pub(super) async fn bodies_of_every_size(case: Case) -> Checked {
    const SIZES: [usize; 12] =
        [0, 1, 255, 256, 4_088, 4_096, 65_536, 131_063, 131_064, 131_065, 131_072, 1 << 20];
    let (caller, callee) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    let mut inbox = callee.subscribe(requests(&service)).await?;
    for size in SIZES {
        // Every byte there is, with a period that is no power of two, so that a shift shows.
        let body: Bytes = (0..size).map(|at| u8::try_from(at % 251).unwrap_or(0) ^ 0x80).collect();
        caller.send(Message { body: body.clone(), ..request(&service, "") }).await?;
        same(&format!("the body of {size} bytes"), inbox.take().await?.body, body)?;
    }
    Ok(())
}

pub(super) async fn in_order(case: Case) -> Checked {
    case.needs(case.features.ordered, "ordered")?;
    let (caller, callee) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    let mut inbox = callee.subscribe(requests(&service)).await?;
    for number in 0..200 {
        caller.send(fast(request(&service, &number.to_string()))).await?;
    }
    for number in 0..200 {
        inbox.expect(&number.to_string()).await?;
    }
    Ok(())
}

/// The queue of a service is there from its first start on.
pub(super) async fn requests_wait_for_the_service(case: Case) -> Checked {
    let (caller, callee) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    callee.subscribe(requests(&service)).await?;
    callee.close().await?;
    caller.send(request(&service, "while down")).await?;
    caller.send(fast(request(&service, "while down, fast"))).await?;
    let mut inbox = case.process().await?.subscribe(requests(&service)).await?;
    inbox.expect_all(["while down".to_owned(), "while down, fast".to_owned()]).await
}

pub(super) async fn services_do_not_mix(case: Case) -> Checked {
    let process = case.process().await?;
    // One name is the beginning of the other, and one has a dot.
    let names = [case.name("orders"), case.name("orders") + "-late", case.name("orders") + ".late"];
    let mut inboxes = Vec::new();
    for name in &names {
        inboxes.push(process.subscribe(requests(name)).await?);
    }
    for round in 0..3 {
        for name in &names {
            process.send(request(name, &format!("{round} for {name}"))).await?;
        }
    }
    for (name, inbox) in names.iter().zip(&mut inboxes) {
        inbox.expect_all((0..3).map(|round| format!("{round} for {name}"))).await?;
    }
    Ok(())
}
