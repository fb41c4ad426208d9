//! Messages whose time has passed are not delivered.

use std::time::Duration;

use kinoko_core::Message;

use super::case::{Case, Checked, fast, request, requests};

pub(super) async fn the_late_are_dropped(case: Case) -> Checked {
    case.needs(case.features.expiry, "expiry")?;
    let (caller, callee) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    callee.subscribe(requests(&service)).await?;
    callee.close().await?;
    let expires = Duration::from_millis(50);
    caller.send(Message { expires: Some(expires), ..request(&service, "late") }).await?;
    caller.send(Message { expires: Some(expires), ..fast(request(&service, "late")) }).await?;
    // Not to wait for something, but to be too late: longer makes no difference.
    tokio::time::sleep(expires * 4).await;
    caller.send(request(&service, "marker")).await?;
    let mut inbox = case.process().await?.subscribe(requests(&service)).await?;
    inbox.expect("marker").await
}

pub(super) async fn the_others_are_not(case: Case) -> Checked {
    let (caller, callee) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    callee.subscribe(requests(&service)).await?;
    callee.close().await?;
    let expires = Some(Duration::from_secs(3_600));
    caller.send(Message { expires, ..request(&service, "in time") }).await?;
    caller.send(Message { expires, ..fast(request(&service, "in time, fast")) }).await?;
    let mut inbox = case.process().await?.subscribe(requests(&service)).await?;
    inbox.expect_all(["in time".to_owned(), "in time, fast".to_owned()]).await
}
