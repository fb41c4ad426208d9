//! The `http` entrypoint: methods of services as routes, over axum.
//!
//! All services of a process share one listener. A method's parameters are axum extractors and its
//! result is anything that is [`IntoResponse`]:
//!
//! ```
//! use kinoko::{http::Path, prelude::*};
//!
//! #[derive(Dependencies)]
//! struct Greeter;
//!
//! #[service(name = "greeter")]
//! impl Greeter {
//!     #[http(GET, "/hello/{name}")]
//!     async fn hello(&mut self, Path(name): Path<String>) -> Result<String, Fault> {
//!         Ok(format!("Hello, {name}!"))
//!     }
//! }
//! ```
//!
//! Reading order: [`server`], [`route`], `lasting`, [`respond`], [`problem`].

mod lasting;
pub mod problem;
#[doc(hidden)]
pub mod respond;
pub mod route;
pub mod server;

pub use axum;
pub use axum::{
    Form, Json,
    extract::{Path, Query, Request},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
pub use server::Http;

#[doc(hidden)]
pub mod private {
    //! What generated code calls.
    pub use crate::respond::respond;
}
