//! Answers find their way back.

use kinoko_core::{Guarantee, Message, Settlement};

use super::case::{Case, Checked, Stop, fast, replies, reply, same, text};

const BOTH: [Guarantee; 2] = [Guarantee::Fast, Guarantee::Durable];

pub(super) async fn each_process_gets_its_own(case: Case) -> Checked {
    let callee = case.process().await?;
    for guarantee in BOTH {
        let keys = [case.name(&format!("{guarantee:?}-a")), case.name(&format!("{guarantee:?}-b"))];
        let (one, two) = (case.process().await?, case.process().await?);
        let mut inboxes = [
            one.subscribe(replies(&keys[0], guarantee)).await?,
            two.subscribe(replies(&keys[1], guarantee)).await?,
        ];
        for key in &keys {
            let sent = Message { guarantee, ..reply(key, key) };
            callee.send(sent).await?;
        }
        for (key, inbox) in keys.iter().zip(&mut inboxes) {
            let found = inbox.take().await?;
            same("the body", text(&found), key.clone())?;
            same("the address", found.to, reply(key, key).to)?;
            callee.send(reply(key, "marker")).await?;
            inbox.expect("marker").await?;
        }
    }
    Ok(())
}

pub(super) async fn they_keep_their_correlation_id(case: Case) -> Checked {
    let (caller, callee) = (case.process().await?, case.process().await?);
    let key = case.name("me");
    let mut inbox = caller.subscribe(replies(&key, Guarantee::Fast)).await?;
    let id = Some("334beab1-ef1d-45b1-87e5-1297a942fb9f".into());
    callee.send(Message { correlation_id: id.clone(), ..fast(reply(&key, "one")) }).await?;
    let found = inbox.next().await?;
    same("returned", found.returned, false)?;
    same("the correlation id", found.message.correlation_id.clone(), id)
}

/// More than any prefetch, and none of them settled before the next is read.
pub(super) async fn many_at_once(case: Case) -> Checked {
    let (caller, callee) = (case.process().await?, case.process().await?);
    for guarantee in BOTH {
        let key = case.name(&format!("{guarantee:?}"));
        let mut inbox = caller.subscribe(replies(&key, guarantee)).await?;
        for number in 0..500 {
            callee.send(fast(reply(&key, &number.to_string()))).await?;
        }
        inbox.expect_all((0..500).map(|number| number.to_string())).await?;
    }
    Ok(())
}

/// What a transport says is on its way needs nobody who waits for it.
pub(super) async fn the_sent_arrive_unawaited(case: Case) -> Checked {
    let (caller, callee) = (case.process().await?, case.process().await?);
    for guarantee in BOTH {
        let key = case.name(&format!("{guarantee:?}"));
        let mut inbox = caller.subscribe(replies(&key, guarantee)).await?;
        let one = |body: &str| Message { guarantee, ..reply(&key, body) };
        // The first may have to wait for a connection.
        callee.send(one("first")).await?;
        inbox.expect("first").await?;
        for number in 0..20 {
            let publishing = callee.transport.publish(one(&number.to_string()));
            if !publishing.is_sent() {
                publishing.await.map_err(|err| Stop::failed(format!("{number}: {err}")))?;
            }
        }
        inbox.expect_all((0..20).map(|number| number.to_string())).await?;
    }
    Ok(())
}

pub(super) async fn durable_ones_are_kept_until_settled(case: Case) -> Checked {
    let (caller, callee) = (case.process().await?, case.process().await?);
    let key = case.name("me");
    let mut inbox = caller.subscribe(replies(&key, Guarantee::Durable)).await?;
    callee.send(reply(&key, "one")).await?;
    drop(inbox.next().await?);
    let again = inbox.next().await?;
    same("the body", text(&again.message), "one".to_owned())?;
    same("redelivered", again.redelivered, true)?;
    again.settle(Settlement::Ack);
    callee.send(reply(&key, "marker")).await?;
    inbox.expect("marker").await
}
