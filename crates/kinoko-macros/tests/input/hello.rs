//! The smallest service.

use kinoko::prelude::*;

#[derive(Dependencies)]
pub struct Greeter;

/// Knows how to greet.
#[service(name = "greeter")]
impl Greeter {
    /// Greets someone.
    #[rpc]
    async fn hello(&self, name: String) -> String {
        format!("Hello, {name}!")
    }
}
