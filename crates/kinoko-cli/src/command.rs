//! The commands.

#[cfg(feature = "call")]
pub(crate) mod broker;
#[cfg(feature = "call")]
pub(crate) mod call;
pub(crate) mod can_deploy;
pub(crate) mod deployments;
pub(crate) mod diff;
pub(crate) mod docs;
pub(crate) mod documents;
#[cfg(feature = "call")]
pub(crate) mod emit;
pub(crate) mod map;
pub(crate) mod permissions;
pub(crate) mod plan;
pub(crate) mod rules;
pub(crate) mod schema;
