//! Many at once lose nothing and double nothing.

use std::collections::BTreeSet;

use kinoko_core::Guarantee;

use super::case::{Case, Checked, Stop, fast, request, requests, requests_with_prefetch, text};

/// 1,000 messages from 16 tasks on one connection.
pub(super) async fn each_publish_is_delivered_once(case: Case) -> Checked {
    let (caller, callee) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    let mut inbox = callee.subscribe(requests(&service)).await?;
    let mut tasks = Vec::new();
    for task in 0..16 {
        let (caller, service) = (caller.clone(), service.clone());
        tasks.push(tokio::spawn(async move {
            for number in (task..1_000).step_by(16) {
                let message = request(&service, &number.to_string());
                let guarantee = if number % 2 == 0 { Guarantee::Fast } else { Guarantee::Durable };
                caller.send(kinoko_core::Message { guarantee, ..message }).await?;
            }
            Checked::Ok(())
        }));
    }
    inbox.expect_all((0..1_000).map(|number| number.to_string())).await?;
    for task in tasks {
        task.await.map_err(|err| Stop::failed(format!("a publish panicked: {err}")))??;
    }
    caller.send(request(&service, "marker")).await?;
    inbox.expect("marker").await
}

/// Instances come and go while requests arrive; one takes over from the other.
pub(super) async fn subscribing_and_leaving_loses_nothing(case: Case) -> Checked {
    const ALL: usize = 200;
    let (caller, callee) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    // The queue is there before the first request is.
    let mut inbox = callee.subscribe(requests_with_prefetch(&service, 20)).await?;
    let sending = tokio::spawn({
        let service = service.clone();
        async move {
            for number in 0..ALL {
                caller.send(fast(request(&service, &number.to_string()))).await?;
            }
            Checked::Ok(())
        }
    });
    let mut found = BTreeSet::new();
    while found.len() < ALL {
        for _ in 0..10.min(ALL - found.len()) {
            let body = text(&inbox.take().await?);
            if !found.insert(body.clone()) {
                return Err(Stop::failed(format!("{body} arrived twice")));
            }
        }
        drop(inbox);
        inbox = callee.subscribe(requests_with_prefetch(&service, 20)).await?;
    }
    sending.await.map_err(|err| Stop::failed(format!("a publish panicked: {err}")))?
}
