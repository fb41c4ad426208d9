//! [`Fault`]: a failed call as its caller sees it. It crosses the wire.
//!
//! What the caller is told and what the log is told are two texts: the first is part of a service's
//! interface, the second is for whoever runs it.

mod one_line;
mod typed;

use std::{borrow::Cow, fmt};

use serde_json::Value;

pub(crate) use self::one_line::OneLine;
pub use self::typed::{CallError, DeclaredFault, FaultType};

/// A failed call, as the caller sees it.
///
/// Most come about by `?` from an error enum with `#[derive(Fault)]`, or from
/// [`Fault::internal`] for what is nobody's business but the log's.
///
/// ```
/// use kinoko_core::{Fault, FaultKind};
///
/// let fault = Fault::application("OutOfStock", "no enoki left").expected();
/// assert_eq!(fault.kind(), FaultKind::Application);
/// assert_eq!(fault.to_string(), "OutOfStock: no enoki left");
/// ```
#[derive(Clone, PartialEq)]
pub struct Fault(Box<Inner>);

#[derive(Clone, PartialEq)]
struct Inner {
    kind: FaultKind,
    name: Cow<'static, str>,
    path: Option<Cow<'static, str>>,
    message: String,
    args: Option<Vec<Value>>,
    data: Option<Value>,
    log: Option<String>,
    status: Option<u16>,
    expected: bool,
    remote: bool,
}

/// Whose doing a fault is, to decide what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// The message was not a request.
    MalformedRequest,
    /// The service has no such method.
    MethodNotFound,
    /// The arguments are not what the method takes.
    IncorrectSignature,
    /// What the method returned, or an argument of the call, cannot be encoded.
    UnserializableValue,
    /// What came back was not a reply, or its result not of the type this side expects.
    MalformedReply,
    /// Nobody serves that name.
    UnknownService,
    /// No answer within the deadline. The method may have run, or may still.
    Timeout,
    /// The caller no longer wanted it.
    Cancelled,
    /// The broker could not be reached or the request not be sent. The method may have run if the
    /// text says so.
    Unavailable,
    /// The service's own word for what went wrong: see [`Fault::name`].
    Application,
    /// The service failed for a reason it does not tell.
    Internal,
}

impl FaultKind {
    /// The name on the wire, and the Python path where Nameko knows it by one.
    ///
    /// From nameko/exceptions.py of 2.14: callers map `exc_path` to a class.
    pub(crate) fn wire(self) -> (&'static str, &'static str) {
        match self {
            FaultKind::MalformedRequest => {
                ("MalformedRequest", "nameko.exceptions.MalformedRequest")
            }
            FaultKind::MethodNotFound => ("MethodNotFound", "nameko.exceptions.MethodNotFound"),
            FaultKind::IncorrectSignature => {
                ("IncorrectSignature", "nameko.exceptions.IncorrectSignature")
            }
            FaultKind::UnserializableValue => {
                ("UnserializableValueError", "nameko.exceptions.UnserializableValueError")
            }
            FaultKind::MalformedReply => ("MalformedReply", "kinoko.MalformedReply"),
            FaultKind::UnknownService => ("UnknownService", "nameko.exceptions.UnknownService"),
            FaultKind::Timeout => ("RpcTimeout", "nameko.exceptions.RpcTimeout"),
            FaultKind::Cancelled => ("Cancelled", "kinoko.Cancelled"),
            FaultKind::Unavailable => ("Unavailable", "kinoko.Unavailable"),
            FaultKind::Application => ("Fault", "kinoko.Fault"),
            FaultKind::Internal => ("InternalError", "kinoko.InternalError"),
        }
    }

    /// The kind known by that path on the wire; [`FaultKind::Application`] for any other.
    pub(crate) fn from_path(path: &str) -> FaultKind {
        const KNOWN: [FaultKind; 10] = [
            FaultKind::MalformedRequest,
            FaultKind::MethodNotFound,
            FaultKind::IncorrectSignature,
            FaultKind::UnserializableValue,
            FaultKind::MalformedReply,
            FaultKind::UnknownService,
            FaultKind::Timeout,
            FaultKind::Cancelled,
            FaultKind::Unavailable,
            FaultKind::Internal,
        ];
        KNOWN.into_iter().find(|it| it.wire().1 == path).unwrap_or(FaultKind::Application)
    }
}

impl Fault {
    /// A fault of that kind, with the text its caller reads.
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Fault {
        Fault(Box::new(Inner {
            kind,
            name: Cow::Borrowed(kind.wire().0),
            path: None,
            message: message.into(),
            args: None,
            data: None,
            log: None,
            status: None,
            expected: false,
            remote: false,
        }))
    }

    /// A fault of the service's own: a stable name, and the text its caller reads.
    pub fn application(name: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Fault {
        let mut fault = Fault::new(FaultKind::Application, message);
        fault.0.name = name.into();
        fault
    }

    /// Nobody serves that name. The text is Nameko's.
    pub fn unknown_service(name: &str) -> Fault {
        Fault::new(FaultKind::UnknownService, format!("Unknown service `{name}`"))
            .with_args(vec![Value::from(name)])
    }

    /// A failure whose reason goes to the log and not to the caller.
    pub fn internal(reason: impl fmt::Display) -> Fault {
        Fault::new(FaultKind::Internal, "internal error").with_log(reason.to_string())
    }

    /// The same with the text for the log.
    #[must_use]
    pub fn with_log(mut self, log: impl Into<String>) -> Fault {
        self.0.log = Some(log.into());
        self
    }

    /// The same with what a caller that knows the type can read.
    #[must_use]
    pub fn with_data(mut self, data: Value) -> Fault {
        self.0.data = Some(data);
        self
    }

    /// The same marked as the caller's doing: logged as a warning, not an error.
    #[must_use]
    pub fn expected(mut self) -> Fault {
        self.0.expected = true;
        self
    }

    /// The same with the HTTP status it has where the caller is a browser, instead of its kind's.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Fault {
        self.0.status = Some(status);
        self
    }

    /// The same with the path Nameko callers know the class by, such as `shop.errors.OutOfStock`.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<Cow<'static, str>>) -> Fault {
        self.0.path = Some(path.into());
        self
    }

    /// The same with the arguments a Nameko caller hands to the class it knows the path by; else
    /// that is the message alone.
    #[must_use]
    pub fn with_args(mut self, args: Vec<Value>) -> Fault {
        self.0.args = Some(args);
        self
    }

    /// Whose doing it is.
    pub fn kind(&self) -> FaultKind {
        self.0.kind
    }

    /// Its stable name: Nameko's `exc_type`.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Where its type is defined: Nameko's `exc_path`, if it has one yet.
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// What the caller reads: Nameko's `value`.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What the type was made from: Nameko's `exc_args`, when given.
    pub fn args(&self) -> Option<&[Value]> {
        self.0.args.as_deref()
    }

    /// What comes with it for callers that know the type.
    pub fn data(&self) -> Option<&Value> {
        self.0.data.as_ref()
    }

    /// What the log is told beside the message. It never leaves the process.
    pub fn log(&self) -> Option<&str> {
        self.0.log.as_deref()
    }

    /// The HTTP status it asks for.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Whether it is the caller's doing.
    ///
    /// A request that another service could not read is this one's doing and not its caller's.
    pub fn is_expected(&self) -> bool {
        let kind = matches!(
            self.0.kind,
            FaultKind::MalformedRequest | FaultKind::MethodNotFound | FaultKind::IncorrectSignature
        );
        self.0.expected || (kind && !self.0.remote)
    }

    /// Whether another service failed with it, and not this one.
    pub fn is_remote(&self) -> bool {
        self.0.remote
    }

    /// A fault as it was read from the wire.
    pub(crate) fn remote(
        name: String,
        path: Option<String>,
        message: String,
        args: Option<Vec<Value>>,
        data: Option<Value>,
        expected: bool,
    ) -> Fault {
        let kind = path.as_deref().map_or(FaultKind::Application, FaultKind::from_path);
        Fault(Box::new(Inner {
            kind,
            name: Cow::Owned(name),
            path: path.map(Cow::Owned),
            message,
            args,
            data,
            log: None,
            status: None,
            expected,
            remote: true,
        }))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.name, self.0.message)
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, name, message, log, data, .. } = &*self.0;
        let mut out = f.debug_struct("Fault");
        out.field("kind", kind).field("name", name).field("message", message);
        if let Some(log) = log {
            out.field("log", log);
        }
        if let Some(data) = data {
            out.field("data", data);
        }
        out.finish_non_exhaustive()
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::{Fault, FaultKind};

    #[test]
    fn every_known_kind_is_found_by_its_path() {
        for kind in [FaultKind::MethodNotFound, FaultKind::UnknownService, FaultKind::Internal] {
            assert_eq!(FaultKind::from_path(kind.wire().1), kind);
        }
        assert_eq!(FaultKind::from_path("builtins.KeyError"), FaultKind::Application);
    }

    #[test]
    fn the_reason_of_an_internal_fault_is_for_the_log() {
        let fault = Fault::internal("password of db is hunter2");
        assert_eq!(fault.to_string(), "InternalError: internal error");
        assert_eq!(fault.log(), Some("password of db is hunter2"));
    }
}
