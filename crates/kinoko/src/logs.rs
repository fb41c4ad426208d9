//! What a service binary logs, and how.

use std::io::IsTerminal;

use kinoko_core::{Configuration, Error, ErrorKind, config::LogFormat as Configured};
use tracing_subscriber::EnvFilter;

use crate::command_line::LogFormat;

/// `RUST_LOG` says what is logged; without it, everything of level info and above.
pub(crate) fn start(asked: Option<LogFormat>, configuration: &Configuration) -> Result<(), Error> {
    let wanted = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    let wanted = if wanted.trim().is_empty() { "info" } else { &wanted };
    let mut filter = EnvFilter::try_new(wanted).map_err(|err| {
        let text = format!("RUST_LOG is no filter: {err}; write `info` or `warn,my_crate=debug`");
        Error::new(ErrorKind::Config, text)
    })?;
    // Whatever is left out, lines of a call say which call that is.
    if let Ok(directive) = kinoko_core::SPAN_FILTER.parse() {
        filter = filter.add_directive(directive);
    }
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let json = match asked {
        Some(format) => format == LogFormat::Json,
        None => configuration.framework().log_format == Configured::Json,
    };
    // A program that set up its own logs before keeps them.
    let _ = if json {
        logs.json().flatten_event(true).with_current_span(false).with_span_list(true).try_init()
    } else {
        logs.try_init()
    };
    for warning in configuration.warnings() {
        tracing::warn!("{warning}");
    }
    Ok(())
}
