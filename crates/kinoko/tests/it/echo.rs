//! A service that answers with what it is given, or never.

use kinoko::prelude::*;

#[derive(Dependencies)]
pub(crate) struct Echo;

#[service(name = "echo")]
impl Echo {
    #[rpc]
    async fn echo(&mut self, number: u64) -> u64 {
        tokio::task::yield_now().await;
        number
    }

    #[rpc(durable)]
    async fn keep(&mut self, number: u64) -> u64 {
        number
    }

    #[rpc]
    async fn never(&mut self) {
        std::future::pending::<()>().await;
    }
}
