//! A plain folder that knows which versions of which services there are, and what runs where.
//!
//! ```text
//! deployments.json                              {"deployments": 1}
//! manifests/<sha-256>.json                      a manifest, by its content
//! versions/<service>/<version>.json             which manifest a version is
//! environments/<env>/<service>/<id>.json        one deployment, and which ones it took the place of
//! ```
//!
//! Every file is written once, under a name of its own, and never changed: into a file beside it first, which then
//! gets its name. So whoever reads sees whole files, whatever happens to whoever writes, and two who write at once
//! lose nothing of each other's. What runs in an environment is what was deployed there and nothing took the place
//! of; of two deployments that did not know of each other both count.

mod files;
mod record;

use std::path::{Path, PathBuf};

use kinoko_manifest::ServiceManifest;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::exit::{Code, Failure};

/// The version of the format of such a folder.
const FORMAT: u64 = 1;

/// The folder.
#[derive(Debug)]
pub(crate) struct Deployments {
    root: PathBuf,
}

/// Which manifest a version is.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Version {
    /// The version of this file's format.
    #[serde(rename = "published")]
    format: u64,
    service: String,
    version: String,
    manifest: String,
}

impl Deployments {
    /// Opens a folder, and makes it one of deployments if it is empty or not there.
    pub(crate) fn create(root: &Path) -> Result<Deployments, Failure> {
        let folder = Deployments { root: root.to_owned() };
        let marker = folder.marker();
        if !marker.exists() {
            let other = files::list(root)?.into_iter().any(|it| !files::is_unfinished(&it));
            // Somebody else may be making it one at this moment.
            if other && !marker.exists() && !root.join("manifests").exists() {
                let text =
                    format!("{}: not a folder of deployments, and not empty", root.display());
                return Err(Failure::usage(text));
            }
            files::write_once(&marker, &json!({"deployments": FORMAT}))?;
        }
        folder.check()?;
        Ok(folder)
    }

    /// Opens a folder that is there.
    pub(crate) fn open(root: &Path) -> Result<Deployments, Failure> {
        let folder = Deployments { root: root.to_owned() };
        if !folder.marker().exists() {
            let text = format!(
                "{}: not a folder of deployments: `kinoko publish` makes one",
                root.display()
            );
            return Err(Failure::usage(text));
        }
        folder.check()?;
        Ok(folder)
    }

    fn marker(&self) -> PathBuf {
        self.root.join("deployments.json")
    }

    fn check(&self) -> Result<(), Failure> {
        let marker: serde_json::Value = files::read(&self.marker())?;
        match marker.get("deployments").and_then(serde_json::Value::as_u64) {
            Some(FORMAT) => Ok(()),
            Some(newer) if newer > FORMAT => Err(Failure::usage(format!(
                "{}: format {newer} is newer than this program reads ({FORMAT}): update Kinoko",
                self.root.display()
            ))),
            _ => {
                Err(Failure::usage(format!("{}: does not say its format", self.marker().display())))
            }
        }
    }

    /// Keeps a manifest as what its version is. Whether it is new.
    ///
    /// # Errors
    /// When that version is another interface already.
    pub(crate) fn publish(&self, manifest: &ServiceManifest) -> Result<bool, Failure> {
        let text = manifest.to_json();
        let hash = hex(&Sha256::digest(text.as_bytes()));
        files::write_text_once(&self.manifest_path(&hash), &text)?;
        let version = Version {
            format: FORMAT,
            service: manifest.name.clone(),
            version: manifest.version.clone(),
            manifest: hash,
        };
        let path = self.version_path(&manifest.name, &manifest.version);
        if files::write_once(&path, &version)? {
            return Ok(true);
        }
        let there: Version = files::read(&path)?;
        if there.manifest == version.manifest {
            return Ok(false);
        }
        let before: ServiceManifest = self.manifest(&there.manifest)?;
        if before.contract() == manifest.contract() {
            return Ok(false);
        }
        Err(Failure::new(
            Code::Failed,
            format!(
                "{} {} is published already, with another interface: give this one a new version",
                manifest.name, manifest.version
            ),
        ))
    }

    /// The manifest of a version.
    pub(crate) fn version(&self, service: &str, version: &str) -> Result<ServiceManifest, Failure> {
        let path = self.version_path(service, version);
        if !path.exists() {
            let text = format!(
                "{service} {version} is not published here: `kinoko publish MANIFEST --to {}`",
                self.root.display()
            );
            return Err(Failure::usage(text));
        }
        let version: Version = files::read(&path)?;
        if version.format > FORMAT {
            let (format, path) = (version.format, path.display());
            return Err(Failure::usage(format!(
                "{path}: format {format} is newer than this program reads ({FORMAT}): update Kinoko"
            )));
        }
        self.manifest(&version.manifest)
    }

    fn manifest(&self, hash: &str) -> Result<ServiceManifest, Failure> {
        let path = self.manifest_path(hash);
        let text = files::read_text(&path)?;
        if hex(&Sha256::digest(text.as_bytes())) != hash {
            let text = format!("{}: is not what its name says: it was changed", path.display());
            return Err(Failure::usage(text));
        }
        ServiceManifest::from_json(&text)
            .map_err(|err| Failure::usage(format!("{}: {err}", path.display())))
    }

    fn manifest_path(&self, hash: &str) -> PathBuf {
        self.root.join("manifests").join(format!("{hash}.json"))
    }

    fn version_path(&self, service: &str, version: &str) -> PathBuf {
        let folder = self.root.join("versions").join(files::name(service));
        folder.join(format!("{}.json", files::name(version)))
    }

    fn environment_path(&self, environment: &str) -> PathBuf {
        self.root.join("environments").join(files::name(environment))
    }

    /// The environments there are.
    pub(crate) fn environments(&self) -> Result<Vec<String>, Failure> {
        let folder = self.root.join("environments");
        let mut environments = Vec::new();
        for name in files::folders(&folder)? {
            // One in which nothing was ever recorded to the end is none.
            let mut recorded = false;
            for service in files::folders(&folder.join(&name))? {
                let records = files::list(&folder.join(&name).join(service))?;
                recorded |= records.iter().any(|it| record::is_record(it));
            }
            environments.extend(files::meaning(&name).filter(|_| recorded));
        }
        Ok(environments)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

/// What a file of the folder says.
fn parsed<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|err| Failure::usage(format!("{}: {err}", path.display())))
}
