//! Chapter "Configuration and running".

// ANCHOR: settings
use kinoko::prelude::*;

/// What can be set under `mail`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Who the mails are from.
    pub sender: String,
    /// How many may be sent in an hour.
    #[serde(default = "hundred")]
    pub limit: u32,
    /// Never shown.
    pub token: Secret<String>,
}

fn hundred() -> u32 {
    100
}

/// What the service needs.
#[derive(Dependencies)]
pub struct Mail {
    settings: Config<Settings>,
}

/// Sends mails.
#[service(name = "mail")]
impl Mail {
    /// Who mails are from.
    #[rpc]
    async fn sender(&mut self) -> String {
        self.settings.sender.clone()
    }
}
// ANCHOR_END: settings

// ANCHOR: main
/// The whole `main` of a service binary.
#[tokio::main]
pub async fn main() -> std::process::ExitCode {
    Runner::from_args().service::<Mail>().main().await
}
// ANCHOR_END: main
