//! The rules: one file each, and two tables that everything reads.
//!
//! A rule about *schemas* looks at what a writer may write and what a reader reads; a rule about *manifests*
//! at two versions of a service. To add one is to add a file, a line in the table, and pairs under
//! `tests/pairs`.

pub mod manifest;
mod page;
mod rule;
pub mod schema;

pub use page::markdown;
pub use rule::{About, Check, Example, Fix, Found, Hit, Level, Levels, ManifestRule, SchemaRule};

/// What each rule says, in the order of the tables.
pub fn all() -> impl Iterator<Item = &'static About> {
    let schemas = schema::RULES.iter().map(|it| &it.about);
    schemas.chain(manifest::RULES.iter().map(|it| &it.about))
}
