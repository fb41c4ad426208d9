//! What most services use: `use kinoko::prelude::*;`.

pub use kinoko_core::{
    CallContext, CallError, Client, Config, Dispatcher, Fault, FaultKind, Guarantee, Runner,
    Secret, ServiceClient, Shared, Tasks,
};
#[cfg(feature = "http")]
pub use kinoko_http::{Json, Path, Query};
pub use kinoko_macros::{Dependencies, Event, Fault, client, service};
pub use schemars::JsonSchema;
pub use serde::{Deserialize, Serialize};

pub use crate::connect::Connect;
#[cfg(feature = "cli")]
pub use crate::program::FromArgs;
