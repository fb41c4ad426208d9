//! [`Failure`]: what a command ends with when it does not succeed.

/// A text for people, and a code for scripts.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: Code,
    pub(crate) text: String,
}

/// The exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// The call failed over there, or the answer is no: something breaks, or there is no order.
    Failed = 1,
    /// The command line is wrong. clap uses the same code.
    Usage = 2,
    /// The broker cannot be reached, or refuses.
    #[cfg(feature = "call")]
    Unavailable = 3,
    /// Nobody serves that name.
    #[cfg(feature = "call")]
    Unknown = 4,
    /// No reply in time.
    #[cfg(feature = "call")]
    Timeout = 5,
}

impl Failure {
    pub(crate) fn new(code: Code, text: impl Into<String>) -> Failure {
        Failure { code, text: text.into() }
    }

    /// An exit code for what was said already.
    pub(crate) fn silent(code: Code) -> Failure {
        Failure::new(code, "")
    }

    pub(crate) fn usage(text: impl Into<String>) -> Failure {
        Failure::new(Code::Usage, text)
    }
}
