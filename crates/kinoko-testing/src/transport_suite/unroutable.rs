//! A request that nobody can receive is an error, and only a request.

use kinoko_core::{EventMode, Guarantee, Message, PublishError};

use super::case::{
    Case, Checked, Stop, cancel, event, fast, handler, replies, reply, request, requests, same,
    text,
};

pub(super) async fn nobody_ever(case: Case) -> Checked {
    let process = case.process().await?;
    let found = process.publish(request(&case.name("nobody"), "one")).await;
    same("the publish", found, Err(PublishError::Unroutable))
}

/// Either the publish says so, or the request comes back.
pub(super) async fn nobody_ever_fast(case: Case) -> Checked {
    let process = case.process().await?;
    let key = case.name("me");
    let mut inbox = process.subscribe(replies(&key, Guarantee::Fast)).await?;
    let sent = Message {
        reply_to: Some(key.into()),
        correlation_id: Some("seven".into()),
        ..fast(request(&case.name("nobody"), "one"))
    };
    let found = process.publish(sent.clone()).await;
    if case.features.fast_unroutable_at_publish || found.is_err() {
        return same("the publish", found, Err(PublishError::Unroutable));
    }
    let delivery = inbox.next().await?;
    same("returned", delivery.returned, true)?;
    same("the correlation id", delivery.message.correlation_id.clone(), sent.correlation_id)?;
    same("the body", text(&delivery.message), "one".to_owned())
}

pub(super) async fn a_service_that_is_down(case: Case) -> Checked {
    let (caller, callee) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    callee.subscribe(requests(&service)).await?;
    callee.close().await?;
    caller.send(request(&service, "one")).await
}

pub(super) async fn only_requests_need_someone(case: Case) -> Checked {
    let process = case.process().await?;
    // Someone handles another event of that source, so that it exists.
    let source = case.name("shop");
    let other = handler(&source, "other", &case.name("orders"), EventMode::ServicePool);
    let _inbox = process.subscribe(other).await?;
    for message in [
        event(&source, "unheard", "one"),
        event(&case.name("nobody"), "unheard", "one"),
        reply(&case.name("gone"), "one"),
        cancel(&case.name("nobody"), "seven"),
    ] {
        process.send(message.clone()).await?;
        process.send(fast(message)).await?;
    }
    Ok(())
}

/// Under load, whose message it was that nobody takes must not be mixed up.
pub(super) async fn each_publish_has_its_own_answer(case: Case) -> Checked {
    let (caller, callee) = (case.process().await?, case.process().await?);
    let (known, nobody) = (case.name("orders"), case.name("nobody"));
    let mut inbox = callee.subscribe(requests(&known)).await?;
    let mut tasks = Vec::new();
    for task in 0..16 {
        let (caller, known, nobody) = (caller.clone(), known.clone(), nobody.clone());
        tasks.push(tokio::spawn(async move {
            for number in 0..20 {
                let lost = (task + number) % 3 == 0;
                let body = format!("{task}-{number}");
                let found =
                    caller.publish(request(if lost { &nobody } else { &known }, &body)).await;
                let expected = if lost { Err(PublishError::Unroutable) } else { Ok(()) };
                same(&format!("publish {body}"), found, expected)?;
            }
            Checked::Ok(())
        }));
    }
    for task in tasks {
        task.await.map_err(|err| Stop::failed(format!("a publish panicked: {err}")))??;
    }
    let all = (0..16).flat_map(|task| (0..20).map(move |number| (task, number)));
    let arriving = all.filter(|(task, number)| (task + number) % 3 != 0);
    inbox.expect_all(arriving.map(|(task, number)| format!("{task}-{number}"))).await
}
