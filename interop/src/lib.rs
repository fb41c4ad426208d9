//! What the tests against Python Nameko are written with.
//!
//! A [`Case`] has a virtual host of its own on a private RabbitMQ node, and starts in it what it
//! needs: [`Nameko`] services (the real `nameko run`), a Python [`Driver`] that calls, emits and
//! publishes as told, and the Rust [`services`] that are their twins.

pub mod case;
pub mod driver;
pub mod logs;
pub mod nameko;
pub mod services;

pub use case::Case;
pub use driver::Driver;
pub use nameko::Nameko;
