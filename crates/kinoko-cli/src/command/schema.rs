//! `kinoko schema`.

use clap::Args;

use crate::{exit::Failure, out};

/// Print the JSON Schema of a manifest, for the editor in which one is written by hand.
///
/// Saved beside the manifest, most editors find it by the first line of that:
/// `# yaml-language-server: $schema=manifest.schema.json`.
#[derive(Debug, Args)]
pub(crate) struct Schema {}

impl Schema {
    pub(crate) fn run(self) -> Result<(), Failure> {
        out::text(kinoko_manifest::SCHEMA)
    }
}
