//! [`Error`]: what failed, what died with it, and whether to try again.

use std::{fmt, sync::Arc};

use crate::{
    codec::{BadFrame, Malformed, Unencodable},
    reply_code::{Blame, COMMAND_INVALID, FRAME_ERROR, ReplyCode, Retry, SYNTAX_ERROR, Scope},
};

/// Why something could not be done. Cheap to clone: all that a lost connection takes along get the same.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: ErrorKind,
    scope: Scope,
    code: Option<&'static ReplyCode>,
    text: String,
}

/// What kind of error it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// What was asked for cannot be sent: a name too long, headers too large, settings that do not fit.
    Invalid,
    /// There is no room for another message now, and who asked does not wait. It was not sent.
    Full,
    /// The broker takes no messages now: it is short of memory or disk. It was not sent.
    Blocked,
    /// Not allowed: credentials, virtual host, permissions.
    Refused,
    /// There is no such queue, exchange or consumer.
    NotFound,
    /// Another connection has it for itself.
    Locked,
    /// It exists and is not what was declared, or a condition of the request does not hold.
    Precondition,
    /// The broker takes no message that large.
    TooLarge,
    /// The broker cannot do that.
    NotImplemented,
    /// The broker has no more of something.
    Exhausted,
    /// Somebody closed the connection at the broker, or it stops.
    Forced,
    /// The broker failed.
    Broker,
    /// One side sent what the other does not understand.
    Protocol,
    /// It was closed on this side.
    Closed,
    /// The way to the broker is gone: refused, reset, or silent for two heartbeats.
    Lost,
    /// No answer came in time.
    TimedOut,
    /// A certificate could not be read, or was not accepted.
    Tls,
    /// A delivery was to be settled on a channel that is gone, or once more. Nothing was sent.
    Stale,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, scope: Scope, text: impl Into<String>) -> Error {
        Error(Arc::new(Inner { kind, scope, code: None, text: text.into() }))
    }

    /// What a broker said when it closed a channel or the connection, or returned a message.
    pub(crate) fn replied(code: u16, text: String, scope: Scope) -> Error {
        let known = ReplyCode::of(code);
        let kind = known.map_or(ErrorKind::Broker, |it| it.kind);
        let text = match (text.is_empty(), known) {
            (true, _) => format!("reply code {code}"),
            // Where the code has no name, its number is all there is to look it up by.
            (false, None) => format!("{text} (reply code {code})"),
            (false, Some(_)) => text,
        };
        Error(Arc::new(Inner { kind, scope, code: known, text }))
    }

    pub(crate) fn closed() -> Error {
        Error::new(ErrorKind::Closed, Scope::Connection, "the connection was closed")
    }

    pub(crate) fn lost(text: impl Into<String>) -> Error {
        Error::new(ErrorKind::Lost, Scope::Connection, text)
    }

    /// What the broker did against the protocol, and the reply code it is told.
    pub(crate) fn breach(code: u16, text: impl Into<String>) -> Error {
        let (kind, scope) = (ErrorKind::Protocol, Scope::Connection);
        Error(Arc::new(Inner { kind, scope, code: ReplyCode::of(code), text: text.into() }))
    }

    pub(crate) fn invalid(text: impl Into<String>) -> Error {
        Error::new(ErrorKind::Invalid, Scope::Request, text)
    }

    pub(crate) fn timed_out(text: impl Into<String>) -> Error {
        Error::new(ErrorKind::TimedOut, Scope::Request, text)
    }

    pub(crate) fn full() -> Error {
        let text = "too many messages are on their way";
        Error::new(ErrorKind::Full, Scope::Request, text)
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The reply code: what the broker said, or what it was told when the fault was its own.
    pub fn code(&self) -> Option<&'static ReplyCode> {
        self.0.code
    }

    /// What died.
    pub fn scope(&self) -> Scope {
        self.0.scope
    }

    /// Whose fault it was.
    pub fn blame(&self) -> Blame {
        use ErrorKind::{Blocked, Broker, Closed, Forced, Lost, NotFound, Protocol, TimedOut};
        match (self.0.code, self.0.kind) {
            (Some(code), _) => code.blame,
            (None, Lost | TimedOut) => Blame::Network,
            // Without a code a thing is not found when it was deleted under somebody.
            (None, Blocked | Broker | Forced | NotFound) => Blame::Broker,
            (None, Closed) => Blame::Nobody,
            (None, Protocol) => Blame::Protocol,
            (None, _) => Blame::Caller,
        }
    }

    /// Whether to try again is of use; on another channel or connection where this one [died](Error::scope).
    pub fn retry(&self) -> Retry {
        use ErrorKind::{Blocked, Closed, Full, Lost, NotFound, TimedOut};
        match (self.0.code, self.0.kind) {
            (Some(code), _) => code.retry,
            // Who asks once more is told with a code whether it is gone for good.
            (None, Full | Blocked | Lost | TimedOut | Closed | NotFound) => Retry::Soon,
            (None, _) => Retry::AfterChange,
        }
    }

    /// What is said of it, without the name of its kind.
    pub fn text(&self) -> &str {
        &self.0.text
    }
}

impl From<Unencodable> for Error {
    fn from(err: Unencodable) -> Error {
        Error::invalid(err.to_string())
    }
}

impl From<Malformed> for Error {
    fn from(err: Malformed) -> Error {
        let code = match err {
            Malformed::UnknownMethod { .. } => COMMAND_INVALID,
            _ => SYNTAX_ERROR,
        };
        Error::breach(code, format!("the broker sent what cannot be read: {err}"))
    }
}

impl From<BadFrame> for Error {
    fn from(err: BadFrame) -> Error {
        Error::breach(FRAME_ERROR, err.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, scope, code, text } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("scope", scope)
            .field("code", &code.map(|it| it.name))
            .field("text", text)
            .finish()
    }
}

impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        let parts = |it: &Error| (it.0.kind, it.0.scope, it.0.code.map(|it| it.code));
        parts(self) == parts(other) && self.0.text == other.0.text
    }
}

impl std::error::Error for Error {}
