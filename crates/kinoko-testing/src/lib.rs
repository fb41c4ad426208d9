//! Tests: for those who write services, and for those who write transports.
//!
//! [`Harness`] runs services without a broker, [`manifest_is_current`] keeps a committed manifest
//! true, and [`eventually`] waits for a condition.
//!
//! [`mod@transport_suite`] says what every transport must do, and checks it. With the feature
//! `rabbitmq`, `rabbitmq::RabbitNode` is a broker to check one against.

mod harness;
mod manifest;
#[cfg(feature = "rabbitmq")]
pub mod rabbitmq;
pub mod transport_suite;

pub use harness::{Harness, Harnessed, eventually};
pub use manifest::manifest_is_current;
