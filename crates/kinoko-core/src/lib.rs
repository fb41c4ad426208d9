//! The Kinoko framework, without a network: what a service is, and the road a call takes.
//!
//! Users depend on the `kinoko` crate, which re-exports this one and adds the macros. Those who
//! write a transport, an entrypoint or a dependency of their own find the traits here.
//!
//! Reading order: [`dependency`] and [`service`] (what users write), [`call`], [`context`] and
//! [`fault`] (what travels), [`codec`] (how it is encoded), [`worker`] (the one road from a call to
//! its outcome), [`rpc`], [`event`] and [`timer`] (what makes methods run, and the clients),
//! [`transport`] and [`memory`] (what carries messages), [`container`], [`runner`] and [`running`]
//! (start and stop).

pub mod call;
pub mod codec;
pub mod config;
pub mod container;
pub mod context;
pub mod dependency;
mod eager;
pub mod entrypoint;
pub mod error;
pub mod event;
pub mod fault;
pub mod headers;
pub mod memory;
pub mod middleware;
#[doc(hidden)]
pub mod private;
pub mod rpc;
pub mod runner;
pub mod running;
pub mod schema;
pub mod secret;
pub mod service;
pub mod tasks;
pub mod timer;
pub mod transport;
pub mod worker;

pub use call::{Call, Canceller, Outcome, Reply, Slot};
pub use codec::Encoded;
pub use config::{Config, Configuration};
pub use context::CallContext;
pub use dependency::{Dependency, Resources, SetupContext, Shared};
pub use entrypoint::{BindContext, Bound, Entrypoint};
pub use error::{Error, ErrorKind};
pub use event::{Dispatcher, Emits, Event, EventSet};
pub use fault::{CallError, DeclaredFault, Fault, FaultKind, FaultType};
pub use headers::{HeaderValue, Headers};
pub use memory::Memory;
pub use middleware::{Middleware, Next};
pub use rpc::{Client, ServiceClient};
pub use runner::Runner;
pub use running::{Running, Stopped};
pub use secret::Secret;
pub use service::{About, Method, Service, Shim, manifest};
pub use tasks::Tasks;
pub use transport::{
    Address, Deliveries, Delivery, EventMode, Guarantee, Message, PublishError, Publishing,
    REPLY_KEY_PREFIX, Settlement, Subscription, Transport,
};
pub use worker::{FreeWorker, SPAN_FILTER, Worker};

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
