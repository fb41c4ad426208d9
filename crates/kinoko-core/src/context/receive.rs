//! From a message's headers to the context of the call it asks for: what is odd, stale or too much is left
//! out with a reason.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::time::Instant;

use super::{CallContext, DEADLINE, Inner, PREFIX};
use crate::{Address, HeaderValue, Headers, Message};

const CALL_ID_STACK: &str = "call_id_stack";
/// What a message is allowed to add to the context of everything that follows from it, in bytes.
const LARGEST_CONTEXT: usize = 64 * 1024;
/// The longest name that can still be sent on with the prefix: AMQP has 255 bytes for it.
const LONGEST_NAME: usize = 255 - PREFIX.len();
/// What the call ids in a message may have together, in bytes. They are some 80 each.
const LARGEST_STACK: usize = 16 * 1024;
/// What a header counts for beside its name and value.
const ENTRY: usize = 32;

/// A context read from a message, and what was wrong with that message's headers.
pub(crate) struct Received {
    pub(crate) context: CallContext,
    pub(crate) complaint: Option<String>,
}

/// The context of a call that a message asked for.
pub(crate) fn receive(
    service: &'static str,
    method: Arc<str>,
    parent_calls_tracked: usize,
    message: &Message,
) -> Received {
    let mut inner = Inner {
        service,
        method,
        call_id: OnceLock::new(),
        stack: None,
        parent_calls_tracked,
        data: Headers::new(),
        deadline: None,
    };
    let mut complaint = None;
    let mut complain = |text: String| {
        complaint.get_or_insert(text);
    };
    let mut size = 0;
    let mut sent_deadline = None;
    for (name, value) in message.headers.entries() {
        let bare = match name.strip_prefix(PREFIX) {
            Some(bare) => bare,
            None if is_plumbing(name) => continue,
            None => name,
        };
        match bare {
            CALL_ID_STACK => match read_stack(value) {
                Ok(stack) => inner.stack = Some(stack),
                Err(found) => complain(format!(
                    "header nameko.call_id_stack should be a list of strings and is {found}: ignored"
                )),
            },
            DEADLINE => {
                let at = value.as_int();
                // With the prefix it comes from a Nameko service, which sends on what it once got,
                // perhaps in an event long ago: then it says nothing of this call.
                let is_old = bare.len() < name.len() && at.is_some_and(|it| it <= now_in_millis());
                sent_deadline = at.filter(|_| !is_old);
            }
            _ if bare.len() > LONGEST_NAME => complain(format!(
                "a header's name has {} bytes, and {LONGEST_NAME} may be sent on: ignored",
                bare.len()
            )),
            _ => {
                size += bare.len() + size_of(value) + ENTRY;
                if size > LARGEST_CONTEXT {
                    complain(format!(
                        "headers hold more than {LARGEST_CONTEXT} bytes: the rest, from {bare}, is ignored"
                    ));
                } else if bare.len() == name.len() {
                    inner.data.insert(name.clone(), value.clone());
                } else {
                    inner.data.insert(bare.to_owned(), value.clone());
                }
            }
        }
    }
    // An event is for whoever handles it, whenever that is. That a deadline comes with one only
    // means that a Nameko service passed on the context of the call it emitted it in.
    if !matches!(message.to, Address::Event { .. }) {
        let left = time_left(sent_deadline, message.expires);
        inner.deadline = left.and_then(|it| Instant::now().checked_add(it));
    }
    Received { context: CallContext(Arc::new(inner)), complaint }
}

/// The headers that say when the caller of a request gives up.
pub(crate) fn add_deadline(headers: &mut Headers, left: Duration) {
    let left = i64::try_from(left.as_millis()).unwrap_or(i64::MAX);
    let deadline = now_in_millis().saturating_add(left);
    headers.insert(DEADLINE, deadline);
}

/// Whether a request came from a caller that can cancel it: only Kinoko's say a deadline.
pub(crate) fn has_deadline(headers: &Headers) -> bool {
    headers.get(DEADLINE).is_some()
}

/// How much time is left, by two witnesses: the wall clock, which counts the time in the queue but
/// may differ between machines, and what the sender gave the message, which it may have outlived
/// by a queue's length. The stricter one is believed.
fn time_left(deadline: Option<i64>, expires: Option<Duration>) -> Option<Duration> {
    let by_clock = deadline.map(|at| {
        let left = at.saturating_sub(now_in_millis());
        Duration::from_millis(u64::try_from(left).unwrap_or(0))
    });
    match (by_clock, expires) {
        (Some(clock), Some(expires)) => Some(clock.min(expires)),
        (Some(left), None) | (None, Some(left)) => Some(left),
        (None, None) => None,
    }
}

/// Milliseconds since the Unix epoch.
fn now_in_millis() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

/// Whether a header belongs to one hop of the message and not to the call.
fn is_plumbing(name: &str) -> bool {
    const BROKERS: [&str; 5] =
        ["x-death", "x-first-death-", "x-last-death-", "x-delay", "x-delivery-count"];
    name == "compression" || name.starts_with("x-") && BROKERS.iter().any(|it| name.starts_with(it))
}

fn read_stack(value: &HeaderValue) -> Result<Arc<[HeaderValue]>, &'static str> {
    match value {
        HeaderValue::List(ids) if ids.iter().map(size_of).sum::<usize>() > LARGEST_STACK => {
            Err("larger than all ids of a chain are")
        }
        HeaderValue::List(ids) if ids.iter().all(|it| it.as_str().is_some()) => Ok(ids.clone()),
        HeaderValue::List(_) => Err("a list of something else"),
        HeaderValue::Null => Err("void"),
        HeaderValue::Str(_) => Err("a string"),
        HeaderValue::Int(_) | HeaderValue::Float(_) => Err("a number"),
        _ => Err("something else"),
    }
}

fn size_of(value: &HeaderValue) -> usize {
    match value {
        HeaderValue::Str(text) => text.len(),
        HeaderValue::Bytes(bytes) => bytes.len(),
        HeaderValue::List(items) => items.iter().map(size_of).sum::<usize>() + 8,
        HeaderValue::Map(map) => map.iter().map(|(name, it)| name.len() + size_of(it)).sum(),
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{CallContext, add_deadline, receive};
    use crate::{Address, HeaderValue, Headers, Message};

    fn message(headers: Headers) -> Message {
        let to = Address::Reply { to: "".into() };
        Message { headers, ..Message::json(to, "") }
    }

    fn received(headers: Headers) -> (CallContext, Option<String>) {
        let it = receive("front", "chain".into(), 10, &message(headers));
        (it.context, it.complaint)
    }

    fn list(ids: impl IntoIterator<Item = String>) -> HeaderValue {
        HeaderValue::List(ids.into_iter().map(HeaderValue::from).collect())
    }

    #[test]
    fn headers_are_read_with_and_without_prefix_and_sent_on_as_nameko_does() {
        let (context, complaint) = received(Headers::from_iter([
            ("nameko.language", HeaderValue::from("fr")),
            ("nameko.traceparent", HeaderValue::from("00-a-b-01")),
            ("tenant", HeaderValue::from(7)),
            ("x-death", HeaderValue::from("plumbing")),
            ("nameko.call_id_stack", list(["root.method.1".to_owned()])),
        ]));
        assert_eq!(complaint, None);
        assert_eq!(context.caller(), Some("root.method.1"));
        let onward = context.onward();
        assert_eq!(onward.get_str("nameko.language"), Some("fr"));
        assert_eq!(onward.get_str("traceparent"), Some("00-a-b-01"));
        assert_eq!(onward.get("nameko.tenant"), Some(&HeaderValue::from(7)));
        assert_eq!(onward.get("nameko.x-death"), None);
        let stack = list(["root.method.1".to_owned(), context.call_id().to_owned()]);
        assert_eq!(onward.get("nameko.call_id_stack"), Some(&stack));
    }

    #[test]
    fn only_the_newest_call_ids_are_kept() {
        let ids = (0..20).map(|it| it.to_string());
        let (context, _) = received(Headers::from_iter([("nameko.call_id_stack", list(ids))]));
        let onward = context.onward();
        let Some(HeaderValue::List(stack)) = onward.get("nameko.call_id_stack") else {
            panic!("a list: {onward:?}")
        };
        assert_eq!(stack.len(), 11);
        assert_eq!(stack[0].as_str(), Some("10"));
        assert_eq!(stack[10].as_str(), Some(context.call_id()));
    }

    #[test]
    fn a_stack_of_another_type_is_ignored_with_a_reason() {
        let check = |value: HeaderValue, expected: &str| {
            let (context, complaint) =
                received(Headers::from_iter([("nameko.call_id_stack", value)]));
            assert_eq!(context.caller(), None);
            assert!(complaint.clone().unwrap().contains(expected), "{complaint:?}");
        };
        check(HeaderValue::from(7), "is a number");
        check(HeaderValue::from(vec![HeaderValue::from(1)]), "a list of something else");
        check(HeaderValue::Null, "is void");
        check(HeaderValue::from("abc"), "is a string");
    }

    #[test]
    fn a_context_bomb_is_cut_short() {
        let (context, complaint) = received(Headers::from_iter([
            ("nameko.bomb", HeaderValue::from("x".repeat(1 << 20))),
            ("nameko.language", HeaderValue::from("fr")),
        ]));
        assert!(context.get("bomb").is_none());
        assert!(complaint.unwrap().contains("more than 65536 bytes"));
    }

    #[test]
    fn what_could_not_be_sent_on_is_left_out() {
        let (context, complaint) = received(Headers::from_iter([
            ("x".repeat(249), HeaderValue::from(1)),
            ("x-request-id".to_owned(), HeaderValue::from("r-9")),
            ("x-delivery-count".to_owned(), HeaderValue::from(3)),
        ]));
        assert_eq!(context.data().len(), 1);
        assert_eq!(context.onward().get_str("nameko.x-request-id"), Some("r-9"));
        assert!(complaint.unwrap().contains("249 bytes"));
        let ids = (0..11).map(|_| "x".repeat(2000));
        let (context, complaint) =
            received(Headers::from_iter([("nameko.call_id_stack", list(ids))]));
        assert_eq!((context.caller(), complaint.is_some()), (None, true));
    }

    #[test]
    fn a_deadline_that_nameko_kept_from_long_ago_is_none_of_this_call() {
        let check = |name: &str, left: i64, expected: Option<bool>| {
            let at = super::now_in_millis() + left;
            let (context, _) = received(Headers::from_iter([(name.to_owned(), at)]));
            assert_eq!(context.remaining().map(|it| it.is_zero()), expected, "{name} {left}");
        };
        check("nameko.kinoko-deadline", -40_000, None);
        check("nameko.kinoko-deadline", 40_000, Some(false));
        check("kinoko-deadline", -40_000, Some(true));
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_has_no_deadline_whatever_came_along() {
        let mut headers = Headers::new();
        add_deadline(&mut headers, Duration::from_secs(1));
        let mut message = message(headers);
        message.to = Address::Event { source: "orders".into(), event_type: "placed".into() };
        let context = receive("a", "b".into(), 10, &message).context;
        assert_eq!(context.deadline(), None);
        assert!(context.onward().get("kinoko-deadline").is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_beyond_all_time_is_no_deadline() {
        let mut message = message(Headers::from_iter([("kinoko-deadline", i64::MAX)]));
        message.expires = Some(Duration::MAX);
        let context = receive("a", "b".into(), 10, &message).context;
        assert!(context.remaining().is_none_or(|it| it > Duration::from_secs(1 << 40)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_stricter_witness_of_the_deadline_is_believed() {
        let check = |clock: Option<u64>, expires: Option<u64>, expected: u64| {
            let mut headers = Headers::new();
            if let Some(seconds) = clock {
                add_deadline(&mut headers, Duration::from_secs(seconds));
            }
            let mut message = message(headers);
            message.expires = expires.map(Duration::from_secs);
            let context = receive("a", "b".into(), 10, &message).context;
            let left = context.remaining().unwrap();
            assert_eq!(left.as_secs_f64().round(), expected as f64, "{left:?}");
        };
        check(Some(30), None, 30);
        check(Some(30), Some(5), 5);
        check(Some(2), Some(5), 2);
        check(None, Some(5), 5);
    }
}
