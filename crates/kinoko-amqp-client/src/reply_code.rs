//! [`ReplyCode`]: what a broker says when it refuses something, and what that means for the caller.
//!
//! The codes and their scopes are those of AMQP 0-9-1 (section "constants" of the specification);
//! whose fault and whether to retry is what RabbitMQ uses them for.

use crate::ErrorKind;

/// A reply code of the protocol.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplyCode {
    /// The number.
    pub code: u16,
    /// The specification's name for it.
    pub name: &'static str,
    /// What kind of error it is.
    pub kind: ErrorKind,
    /// What it ends.
    pub scope: Scope,
    /// Whose fault it is.
    pub blame: Blame,
    /// Whether to ask again is of use.
    pub retry: Retry,
}

/// What died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// One message or one request.
    Request,
    /// The channel, and all that is on it.
    Channel,
    /// The connection, and all its channels.
    Connection,
}

/// Whose fault it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// Of whoever asked: a wrong name, other arguments, no permission.
    Caller,
    /// Of the broker, or of whoever operates it.
    Broker,
    /// Of the way to it.
    Network,
    /// Of one of the two programs: they do not speak the same protocol.
    Protocol,
    /// Nobody's: it was asked for.
    Nobody,
}

/// Whether to ask again is of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It is; on another channel or connection where this one died.
    Soon,
    /// Once somebody changed something: a permission, a queue, the request itself.
    AfterChange,
}

impl ReplyCode {
    /// The code of that number; none when the specification does not have it.
    pub fn of(code: u16) -> Option<&'static ReplyCode> {
        CODES.iter().find(|it| it.code == code)
    }

    /// All codes there are.
    pub fn all() -> &'static [ReplyCode] {
        CODES
    }
}

/// A frame that is none.
pub(crate) const FRAME_ERROR: u16 = 501;
/// A method or header whose fields cannot be read, or have no such values.
pub(crate) const SYNTAX_ERROR: u16 = 502;
/// A method that is unknown, or has no place where it was sent.
pub(crate) const COMMAND_INVALID: u16 = 503;
/// A channel that is not open, or content on channel 0.
pub(crate) const CHANNEL_ERROR: u16 = 504;
/// Content that is not a method, a header and then its body.
pub(crate) const UNEXPECTED_FRAME: u16 = 505;

/// Something that is in the protocol and not here.
pub(crate) const NOT_IMPLEMENTED: u16 = 540;
/// None of these.
pub(crate) const INTERNAL_ERROR: u16 = 541;

use Blame::{Broker, Caller, Nobody, Protocol};
use Retry::{AfterChange, Soon};
use Scope::{Channel, Connection, Request};

#[rustfmt::skip]
const CODES: &[ReplyCode] = &[
    of(200, "REPLY_SUCCESS",       ErrorKind::Closed,         Connection, Nobody,   Soon),
    of(311, "CONTENT_TOO_LARGE",   ErrorKind::TooLarge,       Channel,    Caller,   AfterChange),
    of(312, "NO_ROUTE",            ErrorKind::NotFound,       Request,    Caller,   AfterChange),
    of(313, "NO_CONSUMERS",        ErrorKind::NotFound,       Request,    Caller,   Soon),
    of(320, "CONNECTION_FORCED",   ErrorKind::Forced,         Connection, Broker,   Soon),
    of(402, "INVALID_PATH",        ErrorKind::Refused,        Connection, Caller,   AfterChange),
    of(403, "ACCESS_REFUSED",      ErrorKind::Refused,        Channel,    Caller,   AfterChange),
    of(404, "NOT_FOUND",           ErrorKind::NotFound,       Channel,    Caller,   AfterChange),
    of(405, "RESOURCE_LOCKED",     ErrorKind::Locked,         Channel,    Caller,   Soon),
    of(406, "PRECONDITION_FAILED", ErrorKind::Precondition,   Channel,    Caller,   AfterChange),
    of(501, "FRAME_ERROR",         ErrorKind::Protocol,       Connection, Protocol, AfterChange),
    of(502, "SYNTAX_ERROR",        ErrorKind::Protocol,       Connection, Protocol, AfterChange),
    of(503, "COMMAND_INVALID",     ErrorKind::Protocol,       Connection, Protocol, AfterChange),
    of(504, "CHANNEL_ERROR",       ErrorKind::Protocol,       Connection, Protocol, AfterChange),
    of(505, "UNEXPECTED_FRAME",    ErrorKind::Protocol,       Connection, Protocol, AfterChange),
    of(506, "RESOURCE_ERROR",      ErrorKind::Exhausted,      Connection, Broker,   Soon),
    of(530, "NOT_ALLOWED",         ErrorKind::Refused,        Connection, Caller,   AfterChange),
    of(540, "NOT_IMPLEMENTED",     ErrorKind::NotImplemented, Connection, Caller,   AfterChange),
    of(541, "INTERNAL_ERROR",      ErrorKind::Broker,         Connection, Broker,   Soon),
];

const fn of(
    code: u16,
    name: &'static str,
    kind: ErrorKind,
    scope: Scope,
    blame: Blame,
    retry: Retry,
) -> ReplyCode {
    ReplyCode { code, name, kind, scope, blame, retry }
}
