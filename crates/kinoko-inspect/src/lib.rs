//! What a system of services is, and what a change to it breaks: pure functions of
//! [manifests](kinoko_manifest::ServiceManifest), without I/O and without a runtime.
//!
//! Reading order: [`schema`] reads schemas as sets of values, [`compare`] holds what one side writes
//! against what another reads, [`rules`] are what it looks for, [`interface`] is a manifest with its schemas
//! read, [`mod@diff`] compares two versions of one, [`fit`] two services that run at once, [`mod@deploy`] all of them. [`map`],
//! [`documents`] and [`mod@site`] show what there is, [`permissions`] what it has to be allowed.

pub mod compare;
pub mod deploy;
pub mod diff;
pub mod documents;
pub mod fit;
pub mod interface;
pub mod map;
pub mod permissions;
pub mod rules;
pub mod schema;
pub mod site;
