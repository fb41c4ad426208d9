//! The options of every command that talks to a broker.

use std::time::Duration;

use clap::Args;
use kinoko_amqp::Amqp;
use kinoko_core::{Error, ErrorKind};

use crate::exit::{Code, Failure};

/// Which broker, and for how long.
#[derive(Debug, Args)]
pub(crate) struct Broker {
    /// The broker's address.
    #[arg(
        long,
        env = "AMQP_URI",
        hide_env_values = true,
        default_value = "amqp://guest:guest@localhost:5672/"
    )]
    amqp_uri: String,
    /// How many seconds to wait at most.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) timeout: Duration,
}

impl Broker {
    pub(crate) async fn connect(&self) -> Result<Amqp, Failure> {
        match tokio::time::timeout(self.timeout, Amqp::connect(&self.amqp_uri)).await {
            Ok(connected) => connected.map_err(|err| not_connected(&err)),
            Err(_) => Err(Failure::new(Code::Unavailable, "the broker did not answer in time")),
        }
    }
}

fn not_connected(error: &Error) -> Failure {
    let code = match error.kind() {
        ErrorKind::Config => Code::Usage,
        _ => Code::Unavailable,
    };
    let hint = "give the broker's address with --amqp-uri or in AMQP_URI";
    Failure::new(code, format!("{error} ({hint})"))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds, such as 5 or 0.5")?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("more than 0 seconds".to_owned()),
    }
}

/// Runs one command to its end on a small runtime.
pub(crate) fn block_on<T>(command: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|err| Failure::new(Code::Failed, err.to_string()))?;
    let done = runtime.block_on(command);
    // The process ends now. The AMQP library has threads that still use the runtime, and panic when it
    // goes before them.
    std::mem::forget(runtime);
    done
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::seconds;

    #[test]
    fn a_timeout_is_a_positive_number_of_seconds() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for wrong in ["", "x", "0", "-1", "NaN", "inf"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
