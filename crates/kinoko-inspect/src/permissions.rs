//! [`Permissions`]: the least that the user of a service has to be allowed at RabbitMQ.
//!
//! A permission is a regular expression of what may be declared, written to and read from (RabbitMQ, *Access
//! Control*); a topic permission one of routing keys, for publishing and for binding. A user without topic
//! permissions for an exchange may use every key of it, so there are some for each exchange here.

mod forms;
mod pattern;
mod wants;

use std::collections::BTreeMap;

use kinoko_manifest::ServiceManifest;

pub use forms::Place;
pub use pattern::Pattern;

/// The exchange of requests and replies.
const RPC: &str = "nameko-rpc";

/// What a user may do.
#[derive(Debug, Clone, PartialEq, Eq, Copy, PartialOrd, Ord)]
pub enum Right {
    /// Make a queue or an exchange, or take it away.
    Configure,
    /// Publish to an exchange; bind a queue.
    Write,
    /// Consume a queue; bind to an exchange.
    Read,
}

/// What the user of some services has to be allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    /// The user.
    pub user: String,
    /// Of queues and exchanges, and what for. In order.
    pub of_names: Vec<Grant<Right>>,
    /// Of routing keys: to publish with, or to bind, and what for. In order.
    pub of_keys: Vec<Grant<OfKey>>,
    /// The exchanges that others have to make before: the user may not.
    pub must_exist: Vec<String>,
    /// What is used and is in no manifest, so that nothing is allowed for it.
    pub unknown: Vec<String>,
}

/// Something that is allowed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant<R> {
    /// What may be done.
    pub right: R,
    /// With which names or keys.
    pub pattern: Pattern,
    /// What for.
    pub why: String,
}

/// A right to routing keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OfKey {
    /// Of which exchange.
    pub exchange: String,
    /// [`Write`](Right::Write) to publish, [`Read`](Right::Read) to bind.
    pub right: Right,
}

/// What is asked for beside what is in manifests.
#[derive(Debug, Clone, Default)]
pub struct Also {
    /// Methods that are called and in no manifest: a service and a method, or none for all of them.
    pub calls: Vec<(String, Option<String>)>,
    /// Whether replies may go straight to the queue of whoever called, by way of the default exchange, which leads
    /// to any queue.
    pub direct_replies: bool,
    /// The exchange of requests and replies, where it is not `nameko-rpc`.
    pub rpc_exchange: Option<String>,
}

impl Permissions {
    /// The least for one user that all of these services have.
    ///
    /// ```
    /// use kinoko_inspect::permissions::{Also, Permissions, Right};
    /// use kinoko_manifest::{EntrypointInfo, MethodInfo, ServiceManifest};
    ///
    /// let mut orders = ServiceManifest::new("orders", "1.0.0");
    /// orders.methods.push(MethodInfo::new("place", EntrypointInfo::new("rpc")));
    /// let permissions = Permissions::of("orders", &[orders], &Also::default());
    /// let read = permissions.pattern(Right::Read);
    /// assert!(read.starts_with("^(") && read.contains("rpc-orders|"), "{read}");
    /// ```
    pub fn of(user: &str, manifests: &[ServiceManifest], also: &Also) -> Permissions {
        let mut wants = wants::Wants::new(also);
        for manifest in manifests {
            wants.service(manifest);
        }
        wants.into_permissions(user)
    }

    /// Names with which that may be done, as one regular expression.
    pub fn pattern(&self, right: Right) -> String {
        pattern::any(self.of_names.iter().filter(|it| it.right == right).map(|it| &it.pattern))
    }

    /// For each exchange the keys to publish with, and those to bind.
    pub fn topics(&self) -> BTreeMap<&str, [String; 2]> {
        let mut topics = BTreeMap::new();
        for grant in &self.of_keys {
            let exchange = grant.right.exchange.as_str();
            topics.entry(exchange).or_insert_with(|| {
                [Right::Write, Right::Read].map(|right| {
                    let of_keys = self.of_keys.iter();
                    let keys = of_keys
                        .filter(|it| it.right == OfKey { exchange: exchange.to_owned(), right });
                    pattern::any(keys.map(|it| &it.pattern))
                })
            });
        }
        topics
    }
}
