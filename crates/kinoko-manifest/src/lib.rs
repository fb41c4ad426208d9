//! What a service is, as plain data: the *manifest*.
//!
//! A manifest says both sides of a service's contract. What it **provides** is in its
//! [methods](ServiceManifest::methods); what it **requires** of others is in its
//! [dependencies](ServiceManifest::dependencies). Everything that explains a system of services
//! (its map, its documents, what a change would break) is a function of this data and nothing else,
//! which is why this crate knows no runtime, no broker and no other crate of the framework.
//!
//! ```
//! use kinoko_manifest::ServiceManifest;
//!
//! let mut manifest = ServiceManifest::new("orders", "1.4.0");
//! manifest.docs = "Takes orders and sees them paid.".to_owned();
//! let text = manifest.to_json();
//! assert_eq!(ServiceManifest::from_json(&text).unwrap(), manifest);
//! ```
//!
//! Reading order: [`service`], [`method`], [`dependency`], [`mod@format`], [`schema`].

pub mod dependency;
pub mod format;
pub mod method;
mod migrate;
mod names;
pub mod schema;
pub mod service;

pub use dependency::{CallInfo, ClientInfo, DependencyInfo, EventInfo, SettingsInfo};
pub use format::{FORMAT, FormatError, unknown_key};
pub use method::{EntrypointInfo, FaultInfo, Location, MethodInfo, ParamInfo};
pub use schema::SCHEMA;
pub use service::ServiceManifest;

/// A JSON Schema document (draft 2020-12), self-contained or with local `$defs`.
pub type Schema = serde_json::Value;
