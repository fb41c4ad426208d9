//! Chapter "A first service".

// ANCHOR: greeter
use kinoko::prelude::*;

/// What the service needs.
#[derive(Dependencies)]
pub struct Greeter {
    call: CallContext,
}

/// Says hello.
#[service(name = "greeter")]
impl Greeter {
    /// Greets someone by name, in the caller's language if it said one.
    #[rpc]
    pub async fn hello(&mut self, name: String, shout: Option<bool>) -> String {
        let language = self.call.get("language").and_then(|it| it.as_str());
        let greeting = match language {
            Some("fr") => format!("Bonjour, {name} !"),
            _ => format!("Hello, {name}!"),
        };
        if shout == Some(true) { greeting.to_uppercase() } else { greeting }
    }
}
// ANCHOR_END: greeter

// ANCHOR: main
/// The whole program.
#[tokio::main]
pub async fn main() -> std::process::ExitCode {
    Runner::from_args().service::<Greeter>().main().await
}
// ANCHOR_END: main
