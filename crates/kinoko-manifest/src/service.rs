//! [`ServiceManifest`]: one service, both sides of its contract.

use serde::{Deserialize, Serialize};

use crate::{DependencyInfo, FORMAT, MethodInfo};

/// One version of one service: what it provides and what it requires.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ServiceManifest {
    /// The version of the format, [`FORMAT`] for what this crate writes.
    #[serde(rename = "manifest")]
    #[cfg_attr(test, schemars(with = "crate::schema::Version"))]
    pub format: u32,
    /// The service's name, as callers address it.
    pub name: String,
    /// The version of the service, from its crate.
    pub version: String,
    /// The source revision it was built from, when the build knew it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The doc comment on the service's `impl`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// What it provides, in the order of the source.
    #[serde(default)]
    pub methods: Vec<MethodInfo>,
    /// What it requires, one entry a field, in the order of the source.
    #[serde(default)]
    pub dependencies: Vec<DependencyInfo>,
}

impl ServiceManifest {
    /// A service of that name and version with nothing in it yet.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> ServiceManifest {
        ServiceManifest {
            format: FORMAT,
            name: name.into(),
            version: version.into(),
            revision: None,
            docs: String::new(),
            methods: Vec::new(),
            dependencies: Vec::new(),
        }
    }

    /// The same without what programs do not see: documentation, places in the source, the revision.
    ///
    /// Two versions with the same contract can stand in for each other.
    #[must_use]
    pub fn contract(&self) -> ServiceManifest {
        let mut contract = self.clone();
        (contract.revision, contract.docs) = (None, String::new());
        for method in &mut contract.methods {
            (method.docs, method.location) = (String::new(), None);
            method.faults.iter_mut().for_each(|it| it.docs.clear());
        }
        for dependency in &mut contract.dependencies {
            dependency.emits.iter_mut().for_each(|it| it.docs.clear());
            let calls = dependency.client.iter_mut().flat_map(|it| &mut it.methods);
            calls.flat_map(|it| &mut it.faults).for_each(|it| it.docs.clear());
        }
        contract
    }

    /// The method of that name, whatever its entrypoint.
    pub fn method(&self, name: &str) -> Option<&MethodInfo> {
        self.methods.iter().find(|it| it.name == name)
    }
}
