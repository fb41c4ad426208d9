//! Chapter "Calling others".

use std::error::Error;

use kinoko::prelude::*;

use crate::first::GreeterClient;

// ANCHOR: typed
/// A service that calls another by the client `#[service]` wrote for it.
#[derive(Dependencies)]
pub struct Reception {
    greeter: GreeterClient,
    users: UsersClient,
}
// ANCHOR_END: typed

// ANCHOR: contract
/// What we call of `users`, which may be a Python service or live in another repository. These
/// types are ours: they hold what we read, and no more.
#[client(service = "users")]
pub trait Users {
    /// The user of that id.
    async fn get(&self, id: u64) -> User;
}

/// What we read of a user.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct User {
    /// What to call them.
    pub name: String,
}
// ANCHOR_END: contract

// ANCHOR: calls
/// Receives people.
#[service(name = "reception")]
impl Reception {
    /// Greets a user by id.
    #[rpc]
    async fn welcome(&mut self, id: u64) -> Result<String, Fault> {
        let user = self.users.get(id).await?;
        // `hello` has an optional parameter: `None` leaves it out.
        self.greeter.hello(user.name, None).await
    }
}
// ANCHOR_END: calls

// ANCHOR: dynamic
/// Calls by name: no types known beforehand, arguments by name or by position.
pub async fn by_name(client: &Client) -> Result<(String, String), Fault> {
    let named = client.call("greeter", "hello", serde_json::json!({"name": "Ada"})).await?;
    let positional = client.call("greeter", "hello", ("Ada", true)).await?;
    Ok((named, positional))
}
// ANCHOR_END: dynamic

// ANCHOR: standalone
/// Code that is no service: a script, a web application, a test of a whole system.
pub async fn standalone(url: &str) -> Result<(), Box<dyn Error>> {
    let greeter = GreeterClient::connect(url).await?;
    println!("{}", greeter.hello("Ada".to_owned(), None).await?);
    Ok(())
}
// ANCHOR_END: standalone
