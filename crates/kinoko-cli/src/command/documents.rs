//! `kinoko openapi` and `kinoko asyncapi`.

use std::path::PathBuf;

use clap::Args;
use kinoko_inspect::documents::{self, Title};
use kinoko_manifest::ServiceManifest;

use crate::{exit::Failure, manifests, out};

/// What a document is of.
#[derive(Debug, Args)]
pub(crate) struct Of {
    /// Manifests, or folders of them; `-` is standard input.
    #[arg(required = true, value_name = "MANIFEST|DIR")]
    manifests: Vec<PathBuf>,
    /// The document's title; the service's name where there is one service.
    #[arg(long)]
    title: Option<String>,
    /// The document's version; the service's where there is one service.
    #[arg(long = "document-version", value_name = "VERSION")]
    version: Option<String>,
}

/// Print what is served over HTTP as OpenAPI 3.1.
#[derive(Debug, Args)]
pub(crate) struct OpenApi {
    #[command(flatten)]
    of: Of,
}

/// Print calls and events as AsyncAPI 3.1, with AMQP bindings.
#[derive(Debug, Args)]
pub(crate) struct AsyncApi {
    #[command(flatten)]
    of: Of,
}

impl OpenApi {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let (title, manifests) = self.of.read()?;
        out::json(&documents::openapi(&title, manifests))
    }
}

impl AsyncApi {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let (title, manifests) = self.of.read()?;
        out::json(&documents::asyncapi(&title, manifests))
    }
}

impl Of {
    /// The manifests, and what a document of them is called.
    pub(super) fn read(&self) -> Result<(Title, Vec<ServiceManifest>), Failure> {
        let manifests = manifests::read(&self.manifests)?;
        let mut title = match manifests.as_slice() {
            [one] => Title::of(one),
            _ => Title {
                title: "All services".to_owned(),
                version: "0.0.0".to_owned(),
                description: String::new(),
            },
        };
        title.title = self.title.clone().unwrap_or(title.title);
        title.version = self.version.clone().unwrap_or(title.version);
        Ok((title, manifests))
    }
}
