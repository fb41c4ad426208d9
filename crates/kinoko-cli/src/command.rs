//! The commands.

#[cfg(feature = "call")]
pub(crate) mod broker;
#[cfg(feature = "call")]
pub(crate) mod call;
#[cfg(feature = "call")]
pub(crate) mod emit;
