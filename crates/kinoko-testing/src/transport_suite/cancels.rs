//! That a call is no longer wanted reaches every instance.

use super::case::{Case, Checked, cancel, cancels, same};

pub(super) async fn every_instance_gets_them(case: Case) -> Checked {
    let caller = case.process().await?;
    let service = case.name("orders");
    let mut first = case.process().await?.subscribe(cancels(&service)).await?;
    let mut second = case.process().await?.subscribe(cancels(&service)).await?;
    for id in ["seven", "eight"] {
        caller.send(cancel(&service, id)).await?;
        for inbox in [&mut first, &mut second] {
            let found = inbox.take().await?;
            same("the correlation id", found.correlation_id, Some(id.into()))?;
            same("the address", found.to, cancel(&service, id).to)?;
        }
    }
    Ok(())
}

pub(super) async fn services_do_not_mix(case: Case) -> Checked {
    let process = case.process().await?;
    let (service, other) = (case.name("orders"), case.name("mail"));
    let mut inbox = process.subscribe(cancels(&service)).await?;
    let mut beside = process.subscribe(cancels(&other)).await?;
    process.send(cancel(&other, "not for you")).await?;
    process.send(cancel(&service, "marker")).await?;
    same("first", inbox.take().await?.correlation_id, Some("marker".into()))?;
    same("first", beside.take().await?.correlation_id, Some("not for you".into()))
}
