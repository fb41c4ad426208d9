//! [`Error`]: what can fail on our side. What a caller sees of a failed call is a
//! [`Fault`](crate::Fault).

use std::fmt;

/// Something this process could not do: start, connect, read its configuration.
///
/// Its text is a fragment that reads well after "failed to start: ".
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What kind of thing went wrong, to decide what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The configuration or the command line is wrong. Trying again does not help.
    Config,
    /// A service or entrypoint is declared in a way that cannot run. Trying again does not help.
    Declaration,
    /// A dependency could not be set up.
    Dependency,
    /// The broker cannot be reached. Trying again may help.
    Unavailable,
    /// The broker refused: credentials, permissions, or something declared otherwise before.
    /// Trying again does not help until someone changes that.
    Refused,
    /// The transport, or the client, was closed by this process.
    Closed,
}

impl Error {
    /// An error of that kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into(), source: None }
    }

    /// The same with what caused it.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Error {
        self.source = Some(source.into());
        self
    }

    /// The same with the place it happened put in front: `orders: no such table`.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Error {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// All errors in one, a line each, of the first one's kind.
    ///
    /// # Errors
    /// When there is any.
    pub fn all(checked: impl IntoIterator<Item = Result<(), Error>>) -> Result<(), Error> {
        let wrong: Vec<Error> = checked.into_iter().filter_map(Result::err).collect();
        let Some(first) = wrong.first() else { return Ok(()) };
        let texts: Vec<String> = wrong.iter().map(Error::to_string).collect();
        Err(Error::new(first.kind(), texts.join("\n")))
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The source's text is part of ours, so what it was caused by comes next.
        self.source.as_deref().and_then(std::error::Error::source)
    }
}
