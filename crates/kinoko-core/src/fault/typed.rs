//! Errors of a service's own as faults, and back at the caller as what they were.

use std::fmt;

use kinoko_manifest::FaultInfo;

use super::Fault;

/// An error type that a method may return: [`Fault`] itself, or an enum with `#[derive(Fault)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a service's method",
    label = "not a fault",
    note = "put `#[derive(Debug, Fault)]` on the enum, or return `Fault` \
            (`.map_err(Fault::internal)?` makes one of any error)"
)]
pub trait FaultType: Sized + Send + 'static {
    /// What a typed client's method fails with: [`CallError`] of the type, or plain [`Fault`].
    type AtCaller: From<Fault> + Into<Fault> + std::error::Error + Send + Sync + 'static;

    /// How it crosses the wire.
    fn into_fault(self) -> Fault;

    /// What it says in the manifest.
    fn describe() -> Vec<FaultInfo>;
}

impl FaultType for Fault {
    type AtCaller = Fault;

    fn into_fault(self) -> Fault {
        self
    }

    fn describe() -> Vec<FaultInfo> {
        Vec::new()
    }
}

/// How a call of a typed client fails.
#[derive(Debug, Clone, PartialEq)]
pub enum CallError<E> {
    /// In a way the method declares.
    Declared(E),
    /// In any other: nobody there, no answer in time, a type this side does not know.
    Other(Fault),
}

impl<E> CallError<E> {
    /// The error the method declares, if it is one.
    pub fn declared(&self) -> Option<&E> {
        match self {
            CallError::Declared(error) => Some(error),
            CallError::Other(_) => None,
        }
    }
}

impl<E: fmt::Display> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::Declared(error) => error.fmt(f),
            CallError::Other(fault) => fault.fmt(f),
        }
    }
}

impl<E: std::error::Error> std::error::Error for CallError<E> {}

/// An error enum that can be read back from the wire. Written by `#[derive(Fault)]`.
pub trait DeclaredFault: FaultType {
    /// The error, if the fault is one of this type's.
    fn from_fault(fault: &Fault) -> Option<Self>;
}

impl<E: DeclaredFault> From<Fault> for CallError<E> {
    fn from(fault: Fault) -> CallError<E> {
        match E::from_fault(&fault) {
            Some(error) => CallError::Declared(error),
            None => CallError::Other(fault),
        }
    }
}

impl<E: FaultType> From<CallError<E>> for Fault {
    fn from(error: CallError<E>) -> Fault {
        match error {
            CallError::Declared(error) => error.into_fault(),
            CallError::Other(fault) => fault,
        }
    }
}
