//! Chapter "Testing": the service its tests are about.

use kinoko::prelude::*;

use crate::{
    calling::{User, UsersClient},
    events::{AccountEvents, SignedUp},
};

// ANCHOR: service
/// What the service needs. Public, so that a test can make one by hand.
#[derive(Dependencies)]
pub struct Gate {
    /// Who is who.
    pub users: UsersClient,
    /// Tells others.
    pub events: Dispatcher<AccountEvents>,
}

/// Lets people in. It is a part of `accounts`.
#[service(name = "accounts", client = GateClient)]
impl Gate {
    /// Lets a user in.
    #[rpc]
    pub async fn enter(&mut self, id: u64) -> Result<String, Fault> {
        let User { name } = self.users.get(id).await?;
        self.events.emit(SignedUp { name: name.clone(), address: String::new() }).await?;
        Ok(name)
    }
}
// ANCHOR_END: service
