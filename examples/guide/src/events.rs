//! Chapter "Events".

// ANCHOR: source
use kinoko::prelude::*;

/// Somebody signed up.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "accounts", name = "signed_up")]
pub struct SignedUp {
    /// What to call them.
    pub name: String,
    /// Where to write to.
    pub address: String,
}

/// Somebody left.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "accounts", name = "left")]
pub struct Left {
    /// What they were called.
    pub name: String,
}

/// All that `accounts` tells others: this is in its manifest, and it can emit nothing else.
#[derive(Event)]
pub enum AccountEvents {
    /// Somebody signed up.
    SignedUp(SignedUp),
    /// Somebody left.
    Left(Left),
}

/// What the service needs.
#[derive(Dependencies)]
pub struct Accounts {
    events: Dispatcher<AccountEvents>,
}

/// Who is with us.
#[service(name = "accounts")]
impl Accounts {
    /// Signs somebody up.
    #[rpc]
    pub async fn sign_up(&mut self, name: String, address: String) -> Result<(), Fault> {
        self.events.emit(SignedUp { name, address }).await
    }

    /// Lets somebody go.
    #[rpc]
    pub async fn leave(&mut self, name: String) -> Result<(), Fault> {
        self.events.emit(Left { name }).await
    }
}
// ANCHOR_END: source

// ANCHOR: handlers
/// What the service needs: what it has seen is shared by all calls.
#[derive(Dependencies)]
pub struct Welcome {
    seen: Shared<Seen>,
}

/// What was handled, in a test's view.
pub type Seen = std::sync::Mutex<Vec<String>>;

/// What this handler reads of the event, and no more: `accounts` may add fields.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Newcomer {
    name: String,
}

/// Greets newcomers.
#[service(name = "welcome")]
impl Welcome {
    /// One instance of this service handles each event. By the type of its source:
    #[event_handler(Left)]
    async fn on_left(&mut self, event: Left) {
        self.see(format!("bye {}", event.name));
    }

    /// By name, with a type of our own. An event that cannot be handled now is given back.
    #[event_handler(source = "accounts", event = "signed_up", on_failure = "requeue")]
    async fn on_signed_up(&mut self, event: Newcomer) -> Result<(), Fault> {
        self.see(format!("hello {}", event.name));
        Ok(())
    }

    /// Every instance handles each event that is emitted while it runs.
    #[event_handler(SignedUp, mode = "broadcast", reliable = false)]
    async fn on_news(&mut self, event: SignedUp) {
        self.see(format!("news of {}", event.name));
    }
}
// ANCHOR_END: handlers

impl Welcome {
    fn see(&self, text: String) {
        self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(text);
    }
}
