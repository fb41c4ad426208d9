//! Microservices in Rust: a service is a struct of dependencies and an `impl` of methods.
//!
//! ```
//! use kinoko::prelude::*;
//!
//! /// Says hello.
//! #[derive(Dependencies)]
//! struct Greeter;
//!
//! #[service(name = "greeter")]
//! impl Greeter {
//!     #[rpc]
//!     async fn hello(&mut self, name: String) -> String {
//!         format!("Hello, {name}!")
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let running = Runner::new().service::<Greeter>().start().await?;
//! let greeter = GreeterClient::from(running.client());
//! assert_eq!(greeter.hello("Matt".to_owned()).await?, "Hello, Matt!");
//! # running.stop(std::time::Duration::from_secs(1)).await;
//! # Ok(())
//! # }
//! ```
//!
//! In one process it needs nothing. With `AMQP_URI` set, the same services run one per process over
//! RabbitMQ, and Python Nameko services call them and are called.
//!
//! This crate re-exports what users need: [`kinoko_core`] without the parts for those who extend
//! the framework hidden, the macros, and, by feature, RabbitMQ (`amqp`), HTTP (`http`) and the
//! command line of a service binary (`cli`).
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(all(feature = "amqp", feature = "cli"))]
mod broker;
#[cfg(feature = "cli")]
pub mod command_line;
mod connect;
#[cfg(feature = "cli")]
mod logs;
pub mod prelude;
#[cfg(feature = "cli")]
mod program;
#[cfg(feature = "cli")]
mod signals;

#[cfg(feature = "cli")]
pub use clap;
pub use connect::Connect;
pub use kinoko_core::*;
pub use kinoko_macros::{
    Dependencies, Event, Fault, client, entrypoint, event_handler, http, rpc, service, timer,
};
pub use kinoko_manifest as manifest_format;
#[cfg(feature = "cli")]
pub use program::{FromArgs, Program};

/// RabbitMQ as a transport.
#[cfg(feature = "amqp")]
pub mod amqp {
    pub use kinoko_amqp::*;
}

/// The `http` entrypoint.
#[cfg(feature = "http")]
pub mod http {
    pub use kinoko_http::*;
}

/// What generated code calls.
#[doc(hidden)]
pub mod private {
    pub use kinoko_core::private::*;

    /// A client of whatever the broker at that address reaches.
    ///
    /// # Errors
    /// As [`Connect::connect`](crate::Connect::connect).
    pub async fn connect(url: &str) -> Result<Client, Error> {
        <Client as crate::Connect>::connect(url).await
    }
}
