//! `kinoko emit SOURCE EVENT JSON`.

use clap::Args;
use kinoko_core::{Address, Message, PublishError, Transport};
use serde_json::Value;

use super::broker::{Broker, block_on};
use crate::exit::{Code, Failure};

/// Emit an event as if a service did.
///
/// Whoever handles it will; that nobody does is no error.
#[derive(Debug, Args)]
pub(crate) struct Emit {
    /// The service whose event it is.
    source: String,
    /// The event's type.
    event: String,
    /// What it carries.
    #[arg(value_name = "JSON", value_parser = json)]
    payload: Value,
    #[command(flatten)]
    broker: Broker,
}

impl Emit {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let to = Address::Event { source: self.source.into(), event_type: self.event.into() };
        let message = Message::json(to, self.payload.to_string());
        block_on(async {
            let transport = self.broker.connect().await?;
            let published =
                tokio::time::timeout(self.broker.timeout, transport.publish(message)).await;
            transport.close().await;
            match published {
                Ok(published) => published.map_err(|err| not_sent(&err)),
                Err(_) => Err(Failure::new(Code::Timeout, "the broker did not confirm in time")),
            }
        })
    }
}

fn not_sent(error: &PublishError) -> Failure {
    let code = match error {
        PublishError::TooLarge { .. } => Code::Usage,
        _ => Code::Unavailable,
    };
    Failure::new(code, error.to_string())
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|err| format!("not JSON: {err}"))
}
