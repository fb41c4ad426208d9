//! [`Middleware`]: code around every call.

use std::sync::Arc;

use crate::{BoxFuture, Call, Outcome};

/// Code around every call of every service in the process.
///
/// Any `fn(Call, Next<'_>) -> BoxFuture<'_, Outcome>` is one:
///
/// ```
/// use kinoko_core::{BoxFuture, Call, Next, Outcome};
///
/// fn log_failures(call: Call, next: Next<'_>) -> BoxFuture<'_, Outcome> {
///     Box::pin(async move {
///         let context = call.context.clone();
///         let outcome = next.run(call).await;
///         if let Err(fault) = &outcome {
///             eprintln!("{} failed: {fault}", context.call_id());
///         }
///         outcome
///     })
/// }
/// ```
pub trait Middleware: Send + Sync + 'static {
    /// Does something before, after, around or instead of `next.run(call)`.
    fn handle<'a>(&'a self, call: Call, next: Next<'a>) -> BoxFuture<'a, Outcome>;
}

/// The rest of a call's road.
pub struct Next<'a> {
    pub(crate) rest: &'a [Arc<dyn Middleware>],
    pub(crate) last: &'a (dyn Fn(Call) -> BoxFuture<'static, Outcome> + Send + Sync),
}

impl<'a> Next<'a> {
    /// Goes on.
    pub fn run(self, call: Call) -> BoxFuture<'a, Outcome> {
        match self.rest.split_first() {
            Some((first, rest)) => first.handle(call, Next { rest, last: self.last }),
            None => (self.last)(call),
        }
    }
}

impl<F> Middleware for F
where
    F: for<'a> Fn(Call, Next<'a>) -> BoxFuture<'a, Outcome> + Send + Sync + 'static,
{
    fn handle<'a>(&'a self, call: Call, next: Next<'a>) -> BoxFuture<'a, Outcome> {
        self(call, next)
    }
}
