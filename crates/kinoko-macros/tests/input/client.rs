//! A client of a service whose code is elsewhere.

use kinoko::prelude::*;

#[derive(Debug, Fault)]
pub enum UserError {
    NoSuchUser { id: u64 },
}

/// Users, as far as orders need them.
#[client(service = "users")]
pub trait Users {
    /// What a user is called.
    async fn name(&self, id: u64) -> Result<String, UserError>;

    #[rpc(durable)]
    async fn rename(
        &self,
        id: u64,
        #[arg(sensitive)] name: String,
        reason: Option<String>,
        #[arg(default = 3)] tries: u32,
    );
}
