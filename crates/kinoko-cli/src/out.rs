//! What commands print on standard output.

use std::io::{self, Write};

use serde::Serialize;

use crate::exit::{Code, Failure};

/// A text as it is, which ends its own lines.
pub(crate) fn text(text: &str) -> Result<(), Failure> {
    written(io::stdout().lock().write_all(text.as_bytes()))
}

/// A value as indented JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let done = serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from);
    written(done.and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()))
}

fn written(done: io::Result<()>) -> Result<(), Failure> {
    match done {
        // Whoever read it has had enough, as `head` does.
        Err(err) if err.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(err) => Err(Failure::new(Code::Failed, format!("standard output: {err}"))),
        Ok(()) => Ok(()),
    }
}
