//! What commands print on standard output.

use std::io::{self, Write};

use serde::Serialize;

use crate::exit::{Code, Failure};

/// A text as it is, which ends its own lines.
pub(crate) fn text(text: &str) -> Result<(), Failure> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        // Whoever read it has had enough, as `head` does.
        Err(err) if err.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(err) => Err(Failure::new(Code::Failed, format!("standard output: {err}"))),
        Ok(()) => Ok(()),
    }
}

/// A value as indented JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(value)
        .map_err(|err| Failure::new(Code::Failed, format!("as JSON: {err}")))?;
    text(&format!("{json}\n"))
}
