//! [`CallContext`]: everything about a call but its arguments, and what goes on to the calls it makes.
//!
//! On the wire this is Nameko's context data: headers named `nameko.…`, among them the stack of call
//! ids. Kinoko's own headers are unprefixed. A Nameko service in the middle of a chain knows no
//! difference and sends every header on *with* the prefix, so both spellings are read: see `receive`.

mod receive;

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::time::Instant;
use uuid::Uuid;

pub(crate) use self::receive::{add_deadline, has_deadline, receive};
use crate::{HeaderValue, Headers};

/// Nameko's prefix for what belongs to the context of a call.
const PREFIX: &str = "nameko.";
/// When the caller gives up: milliseconds since the Unix epoch.
const DEADLINE: &str = "kinoko-deadline";
/// Sent without Nameko's prefix: those who read them expect these names.
const UNPREFIXED: [&str; 4] = [DEADLINE, "traceparent", "tracestate", "baggage"];

/// Everything about a call but its arguments. Cheap to clone.
///
/// As a field of a service it is the context of the call that runs.
#[derive(Debug, Clone)]
pub struct CallContext(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    service: &'static str,
    method: Arc<str>,
    call_id: OnceLock<Arc<str>>,
    /// The callers' call ids, outermost first; perhaps more than are tracked.
    stack: Option<Arc<[HeaderValue]>>,
    parent_calls_tracked: usize,
    data: Headers,
    deadline: Option<Instant>,
}

impl CallContext {
    /// The context of a call that no message asked for: a timer's, a test's.
    pub fn new(service: &'static str, method: impl Into<Arc<str>>) -> CallContext {
        CallContext::made(service, method.into(), Headers::new(), None)
    }

    pub(crate) fn made(
        service: &'static str,
        method: Arc<str>,
        data: Headers,
        deadline: Option<Instant>,
    ) -> CallContext {
        CallContext(Arc::new(Inner {
            service,
            method,
            call_id: OnceLock::new(),
            stack: None,
            parent_calls_tracked: 10,
            data,
            deadline,
        }))
    }

    /// The service that is called.
    pub fn service(&self) -> &'static str {
        self.0.service
    }

    /// The method that is called.
    pub fn method(&self) -> &str {
        &self.0.method
    }

    /// The id of this call: `{service}.{method}.{uuid}`, as Nameko has it.
    pub fn call_id(&self) -> &str {
        self.shared_call_id()
    }

    fn shared_call_id(&self) -> &Arc<str> {
        self.0.call_id.get_or_init(|| {
            let mut buffer = Uuid::encode_buffer();
            let id = Uuid::new_v4().as_hyphenated().encode_lower(&mut buffer) as &str;
            [self.0.service, ".", &*self.0.method, ".", id].concat().into()
        })
    }

    /// The ids of the calls that led to this one, outermost first.
    pub fn call_id_stack(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.stack().iter().filter_map(HeaderValue::as_str)
    }

    /// The call id of whoever made this call, if a call did.
    pub fn caller(&self) -> Option<&str> {
        self.call_id_stack().next_back()
    }

    /// When the caller gives up, if it said so.
    pub fn deadline(&self) -> Option<Instant> {
        self.0.deadline
    }

    /// How long the caller still waits, if it said so. Zero once it has given up.
    pub fn remaining(&self) -> Option<Duration> {
        self.0.deadline.map(|it| it.saturating_duration_since(Instant::now()))
    }

    /// What the callers passed on under that name, such as `language` or `user_id`.
    pub fn get(&self, name: &str) -> Option<&HeaderValue> {
        self.0.data.get(name)
    }

    /// All that the callers passed on, without Nameko's prefix.
    pub fn data(&self) -> &Headers {
        &self.0.data
    }

    /// The same call with one more thing to pass on.
    #[must_use]
    pub fn with(
        &self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<HeaderValue>,
    ) -> CallContext {
        self.changed(|inner| inner.data.insert(name, value))
    }

    /// The same call with a deadline, unless it has an earlier one.
    #[must_use]
    pub fn with_deadline(&self, deadline: Instant) -> CallContext {
        self.changed(|inner| {
            inner.deadline = Some(inner.deadline.map_or(deadline, |it| it.min(deadline)));
        })
    }

    /// The headers of a message sent because of this call.
    pub fn onward(&self) -> Headers {
        let inner = &*self.0;
        // Room for the stack, and for the deadline, which comes last.
        let mut headers = Headers::with_capacity(inner.data.len() + 2);
        for (name, value) in inner.data.iter() {
            if *value == HeaderValue::Null {
                continue;
            }
            match UNPREFIXED.iter().find(|it| **it == name) {
                Some(known) => headers.insert(*known, value.clone()),
                None => headers.insert([PREFIX, name].concat(), value.clone()),
            }
        }
        let above = inner.stack();
        let above = &above[above.len().saturating_sub(inner.parent_calls_tracked)..];
        let this = HeaderValue::Str(self.shared_call_id().clone());
        let stack: Arc<[HeaderValue]> =
            above.iter().cloned().chain(std::iter::once(this)).collect();
        headers.insert("nameko.call_id_stack", stack);
        headers
    }

    fn changed(&self, change: impl FnOnce(&mut Inner)) -> CallContext {
        let call_id = OnceLock::from(self.shared_call_id().clone());
        let inner = &*self.0;
        let mut inner = Inner {
            call_id,
            service: inner.service,
            method: inner.method.clone(),
            stack: inner.stack.clone(),
            parent_calls_tracked: inner.parent_calls_tracked,
            data: inner.data.clone(),
            deadline: inner.deadline,
        };
        change(&mut inner);
        CallContext(Arc::new(inner))
    }
}

impl Inner {
    fn stack(&self) -> &[HeaderValue] {
        self.stack.as_deref().unwrap_or_default()
    }
}
