//! `kinoko publish`, `record-deployment`, `deployed` and `environments`: the folder of deployments.

use std::path::PathBuf;

use clap::Args;
use kinoko_manifest::ServiceManifest;

use crate::{deployments::Deployments, exit::Failure, manifests, out};

/// Where the folder of deployments is.
#[derive(Debug, Args)]
pub(crate) struct Folder {
    /// The folder of deployments.
    #[arg(long, value_name = "DIR", env = "KINOKO_DEPLOYMENTS")]
    deployments: PathBuf,
}

impl Folder {
    pub(crate) fn open(&self) -> Result<Deployments, Failure> {
        Deployments::open(&self.deployments)
    }
}

/// Where it is, for those who ask what runs in an environment.
#[derive(Debug, Args)]
pub(crate) struct Environment {
    #[command(flatten)]
    folder: Folder,
    /// Nothing was ever recorded there: it is the first deployment.
    #[arg(long)]
    new_env: bool,
}

impl Environment {
    /// The manifests of what runs there.
    pub(crate) fn manifests(&self, name: &str) -> Result<Vec<ServiceManifest>, Failure> {
        let deployments = self.folder.open()?;
        let is_there = deployments.environments()?.iter().any(|it| it == name);
        match (is_there, self.new_env) {
            (false, true) => Ok(Vec::new()),
            (true, true) => Err(Failure::usage(format!(
                "there is an environment {name:?} already: leave out --new-env"
            ))),
            (_, false) => deployments.manifests(name),
        }
    }
}

/// Keep manifests in a folder of deployments, as what their versions are.
#[derive(Debug, Args)]
pub(crate) struct Publish {
    /// Manifests, or folders of them; `-` is standard input.
    #[arg(required = true, value_name = "MANIFEST|DIR")]
    manifests: Vec<PathBuf>,
    /// The folder of deployments; made if it is not there.
    #[arg(long, value_name = "DIR", env = "KINOKO_DEPLOYMENTS")]
    to: PathBuf,
}

impl Publish {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let manifests = manifests::read(&self.manifests)?;
        let deployments = Deployments::create(&self.to)?;
        for manifest in &manifests {
            let new = deployments.publish(manifest)?;
            let word = if new { "published" } else { "was published" };
            out::text(&format!("{} {} {word}\n", manifest.name, manifest.version))?;
        }
        Ok(())
    }
}

/// Take note that a version runs somewhere, or does not any more.
#[derive(Debug, Args)]
pub(crate) struct RecordDeployment {
    /// The service and its version: `orders@1.4.0`. With `--gone` a service alone is every version of it.
    service: String,
    /// The environment: any name.
    #[arg(long)]
    env: String,
    /// It runs beside what ran there of the service, as while it is rolled out, and not in its place.
    #[arg(long, conflicts_with = "gone")]
    beside: bool,
    /// It does not run there any more.
    #[arg(long)]
    gone: bool,
    #[command(flatten)]
    folder: Folder,
}

impl RecordDeployment {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let deployments = self.folder.open()?;
        match (self.service.split_once('@'), self.gone) {
            (Some((service, version)), true) => {
                deployments.retire(&self.env, service, Some(version))
            }
            (None, true) => deployments.retire(&self.env, &self.service, None),
            (Some((service, version)), false) => {
                deployments.deploy(&self.env, service, version, self.beside)
            }
            (None, false) => Err(Failure::usage(format!(
                "{:?}: which version? Write {}@1.0.0",
                self.service, self.service
            ))),
        }
    }
}

/// List what runs in an environment.
#[derive(Debug, Args)]
pub(crate) struct DeployedCommand {
    /// The environment.
    env: String,
    /// As JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folder: Folder,
}

impl DeployedCommand {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let running = self.folder.open()?.running(&self.env)?;
        if self.json {
            return out::json(&running);
        }
        let width = running.iter().map(|it| it.service.chars().count()).max().unwrap_or(0);
        let lines = running.iter().map(|it| format!("{:width$}  {}\n", it.service, it.version));
        out::text(&lines.collect::<String>())
    }
}

/// List the environments.
#[derive(Debug, Args)]
pub(crate) struct Environments {
    #[command(flatten)]
    folder: Folder,
}

impl Environments {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let environments = self.folder.open()?.environments()?;
        out::text(&environments.iter().map(|it| format!("{it}\n")).collect::<String>())
    }
}
