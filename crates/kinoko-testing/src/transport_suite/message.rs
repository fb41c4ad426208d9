//! What is said about a message arrives with it.

use std::{borrow::Cow, time::Duration};

use bytes::Bytes;
use kinoko_core::{HeaderValue, Headers, Message};

use super::case::{Case, Checked, Stop, request, requests, same};

pub(super) async fn every_header_type(case: Case) -> Checked {
    let values: Vec<HeaderValue> = vec![
        HeaderValue::Null,
        true.into(),
        false.into(),
        0_i64.into(),
        (-1_i64).into(),
        i64::from(i32::MAX).into(),
        i64::MAX.into(),
        i64::MIN.into(),
        0.0.into(),
        (-1.5e300).into(),
        "".into(),
        "text".into(),
        "Grüße, ಠ_ಠ, 🍄, and a \u{0} in between".into(),
        "long ".repeat(2_000).into(),
        Bytes::new().into(),
        Bytes::from_static(b"\x00\xff\xfe").into(),
        Bytes::from_static(b"bytes that could be text").into(),
        HeaderValue::Timestamp(0),
        HeaderValue::Timestamp(1_700_000_000),
        HeaderValue::from(Vec::new()),
        HeaderValue::Map(Headers::new()),
    ];
    let named = values.into_iter().enumerate().map(|(at, value)| (format!("header-{at}"), value));
    travels(&case, named.collect()).await
}

pub(super) async fn nested_headers(case: Case) -> Checked {
    let mut deep = HeaderValue::from("at the bottom");
    for depth in 0..8_i64 {
        let table: Headers = [("depth", depth.into()), ("below", deep)].into_iter().collect();
        deep = HeaderValue::from(vec![HeaderValue::Null, table.into(), "beside".into()]);
    }
    let stack = HeaderValue::List((0..11).map(|at| format!("orders.run.{at}").into()).collect());
    travels(&case, [("deep", deep), ("call_id_stack", stack)].into_iter().collect()).await
}

pub(super) async fn odd_headers(case: Case) -> Checked {
    let mut headers: Headers = (0..100).map(|at| (format!("many-{at}"), i64::from(at))).collect();
    headers.insert("Spaces and CAPITALS: in a name", 1);
    headers.insert("n".repeat(255), 2);
    headers.insert("naïve", 3);
    travels(&case, headers).await
}

pub(super) async fn properties(case: Case) -> Checked {
    let (caller, callee) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    let mut inbox = callee.subscribe(requests(&service)).await?;
    let sent = Message {
        content_type: Some("application/x-msgpack".into()),
        content_encoding: Some("binary".into()),
        reply_to: Some(case.name("me").into()),
        correlation_id: Some("8a7bd3f5 and ünusual".into()),
        expires: Some(Duration::from_millis(3_600_500)),
        ..request(&service, "one")
    };
    caller.send(sent.clone()).await?;
    let found = inbox.take().await?;
    same("content type", found.content_type, sent.content_type)?;
    same("content encoding", found.content_encoding, sent.content_encoding)?;
    same("reply to", found.reply_to, sent.reply_to)?;
    same("correlation id", found.correlation_id, sent.correlation_id)?;
    same("expires", found.expires, sent.expires)
}

/// What was not said is not made up.
pub(super) async fn absent_properties(case: Case) -> Checked {
    let (caller, callee) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    let mut inbox = callee.subscribe(requests(&service)).await?;
    let bare = Message { content_type: None, content_encoding: None, ..request(&service, "one") };
    caller.send(bare).await?;
    let found = inbox.take().await?;
    same("content type", found.content_type, None)?;
    same("content encoding", found.content_encoding, None)?;
    same("reply to", found.reply_to, None)?;
    same("correlation id", found.correlation_id, None)?;
    same("expires", found.expires, None)
}

/// Sends those headers and checks that each arrives. A transport may add some of its own, and need
/// not keep the order.
async fn travels(case: &Case, headers: Headers) -> Checked {
    let (caller, callee) = (case.process().await?, case.process().await?);
    let service = case.name("orders");
    let mut inbox = callee.subscribe(requests(&service)).await?;
    caller.send(Message { headers: headers.clone(), ..request(&service, "one") }).await?;
    let found = inbox.take().await?.headers;
    for (name, sent) in headers.iter() {
        let Some(value) = found.get(name) else {
            return Err(Stop::failed(format!("the header {name:?} did not arrive")));
        };
        same(&format!("the header {name:?}"), sorted(value), sorted(sent))?;
    }
    Ok(())
}

/// The same value with the entries of its tables in the order of their names.
fn sorted(value: &HeaderValue) -> HeaderValue {
    match value {
        HeaderValue::List(values) => HeaderValue::List(values.iter().map(sorted).collect()),
        HeaderValue::Map(headers) => {
            let mut entries: Vec<(Cow<'static, str>, HeaderValue)> = headers
                .iter()
                .map(|(name, value)| (name.to_owned().into(), sorted(value)))
                .collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            HeaderValue::Map(entries.into_iter().collect())
        }
        other => other.clone(),
    }
}
