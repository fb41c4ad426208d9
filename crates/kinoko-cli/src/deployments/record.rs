//! What runs in an environment: records of deployments.

use std::collections::BTreeSet;

use kinoko_manifest::ServiceManifest;
use serde::{Deserialize, Serialize};

use super::{Deployments, files};
use crate::{exit::Failure, parallel};

/// The version of the format of a record.
const FORMAT: u64 = 1;

/// One deployment, or the end of one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    /// The version of this file's format.
    #[serde(rename = "record")]
    format: u64,
    /// Its own name.
    id: String,
    pub(crate) service: String,
    /// What runs from now on; nothing where only something ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
    /// The records it takes the place of, by their names.
    #[serde(default)]
    replaces: BTreeSet<String>,
    /// When it was written, in seconds since 1970: for people. Nothing is decided by it.
    pub(crate) at: u64,
}

/// A version that runs in an environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Deployed {
    pub(crate) service: String,
    pub(crate) version: String,
    /// Since when, in seconds since 1970.
    pub(crate) since: u64,
}

impl Deployments {
    /// Takes note that a version runs in an environment from now on, in place of what ran there of its service; or
    /// beside it, as while it is rolled out.
    pub(crate) fn deploy(
        &self,
        environment: &str,
        service: &str,
        version: &str,
        beside: bool,
    ) -> Result<(), Failure> {
        // What nobody can look up cannot be judged against.
        self.version(service, version)?;
        let running = self.records(environment, service)?;
        let replaces = running
            .iter()
            // The same version again takes its own place.
            .filter(|it| !beside || it.version.as_deref() == Some(version))
            .map(|it| it.id.clone());
        self.record(environment, service, Some(version), replaces.collect())
    }

    /// Takes note that a version, or every one of a service, does not run in an environment any more.
    pub(crate) fn retire(
        &self,
        environment: &str,
        service: &str,
        version: Option<&str>,
    ) -> Result<(), Failure> {
        let running = self.records(environment, service)?;
        let ended: BTreeSet<String> = running
            .iter()
            // An end took the place of something that ran; nothing is to be ended about it.
            .filter(|it| it.version.is_some())
            .filter(|it| version.is_none_or(|version| it.version.as_deref() == Some(version)))
            .map(|it| it.id.clone())
            .collect();
        if ended.is_empty() {
            let version = version.unwrap_or("any version");
            return Err(Failure::usage(format!(
                "{service} {version} does not run in {environment}"
            )));
        }
        self.record(environment, service, None, ended)
    }

    fn record(
        &self,
        environment: &str,
        service: &str,
        version: Option<&str>,
        replaces: BTreeSet<String>,
    ) -> Result<(), Failure> {
        let id = files::random();
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |it| it.as_secs());
        let record = Record {
            format: FORMAT,
            id: id.clone(),
            service: service.to_owned(),
            version: version.map(str::to_owned),
            replaces,
            at: since,
        };
        let folder = self.environment_path(environment).join(files::name(service));
        files::write_once(&folder.join(format!("{id}.json")), &record).map(drop)
    }

    /// The records of a service in an environment that nothing took the place of.
    fn records(&self, environment: &str, service: &str) -> Result<Vec<Record>, Failure> {
        let folder = self.environment_path(environment).join(files::name(service));
        let mut records: Vec<Record> = Vec::new();
        for name in files::list(&folder)?.iter().filter(|it| is_record(it)) {
            let path = folder.join(name);
            let record: Record = files::read(&path)?;
            if record.format > FORMAT {
                let (format, path) = (record.format, path.display());
                return Err(Failure::usage(format!(
                    "{path}: format {format} is newer than this program reads ({FORMAT}): update Kinoko"
                )));
            }
            records.push(record);
        }
        let replaced: BTreeSet<String> =
            records.iter().flat_map(|it| it.replaces.clone()).collect();
        records.retain(|it| !replaced.contains(&it.id));
        Ok(records)
    }

    /// What runs in an environment.
    ///
    /// # Errors
    /// When there is no such environment: a mistyped name is none in which nothing runs.
    pub(crate) fn running(&self, environment: &str) -> Result<Vec<Deployed>, Failure> {
        let known = self.environments()?;
        if !known.iter().any(|it| it == environment) {
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let text = format!(
                "there is no environment {environment:?} yet; there are: {known} (for the first deployment: --new-env)"
            );
            return Err(Failure::usage(text));
        }
        let mut running = Vec::new();
        for service in files::folders(&self.environment_path(environment))? {
            let Some(service) = files::meaning(&service) else { continue };
            for record in self.records(environment, &service)? {
                if let Some(version) = record.version {
                    running.push(Deployed { service: record.service, version, since: record.at });
                }
            }
        }
        running.sort();
        running.dedup_by(|a, b| (&a.service, &a.version) == (&b.service, &b.version));
        Ok(running)
    }

    /// The manifests of what runs in an environment.
    pub(crate) fn manifests(&self, environment: &str) -> Result<Vec<ServiceManifest>, Failure> {
        let running = self.running(environment)?;
        parallel::map(&running, |it| self.version(&it.service, &it.version))
    }
}

/// Whether a name is one of a record's: what else somebody left in the folder is passed over.
pub(super) fn is_record(name: &str) -> bool {
    name.strip_suffix(".json")
        .is_some_and(|it| it.len() == 32 && it.bytes().all(|it| it.is_ascii_hexdigit()))
}
