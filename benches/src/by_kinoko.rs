//! The services and clients of the measurements, on Kinoko.

pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod in_process;
pub(crate) mod rpc;

use kinoko::prelude::*;

/// Says hello.
#[derive(Dependencies)]
pub(crate) struct Greeter;

#[service(name = "greeter")]
impl Greeter {
    #[rpc]
    async fn hello(&mut self, name: String) -> String {
        format!("Hello, {name}!")
    }

    #[rpc(durable)]
    async fn hello_durable(&mut self, name: String) -> String {
        format!("Hello, {name}!")
    }
}
