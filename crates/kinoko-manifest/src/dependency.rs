//! [`DependencyInfo`]: what one field of a service requires of the world.

use serde::{Deserialize, Serialize};

use crate::{FaultInfo, ParamInfo, Schema};

/// One field of a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DependencyInfo {
    /// The field's name; dotted when a group of dependencies holds it.
    pub field: String,
    /// What kind of dependency it is: `client`, `dispatcher`, `config`, `shared`, …
    pub kind: String,
    /// Whom it calls, for a client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientInfo>,
    /// What it may emit, for a dispatcher.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emits: Vec<EventInfo>,
    /// What it reads from the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<SettingsInfo>,
}

impl DependencyInfo {
    /// A field of that kind that requires nothing of another service.
    pub fn new(field: impl Into<String>, kind: impl Into<String>) -> DependencyInfo {
        DependencyInfo {
            field: field.into(),
            kind: kind.into(),
            client: None,
            emits: Vec::new(),
            settings: None,
        }
    }
}

/// What a client of another service may call, as its holder sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ClientInfo {
    /// The service it calls.
    pub service: String,
    /// The methods it may call, with the types it sends and reads.
    pub methods: Vec<CallInfo>,
}

/// One method as its caller sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CallInfo {
    /// The method's name.
    pub name: String,
    /// What the caller sends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<ParamInfo>,
    /// What the caller reads.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Option<crate::schema::AnySchema>"))]
    pub returns: Schema,
    /// The failures it tells apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultInfo>,
}

/// One kind of event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EventInfo {
    /// The service whose event it is.
    pub source: String,
    /// Its type, within that service.
    pub event_type: String,
    /// What it means.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// What it carries, as it is written.
    #[cfg_attr(test, schemars(with = "crate::schema::AnySchema"))]
    pub schema: Schema,
    /// The same as a handler of the same type reads it, where that is another schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<crate::schema::AnySchema>"))]
    pub schema_as_read: Option<Schema>,
}

/// A typed section of the configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SettingsInfo {
    /// The section's key; empty for the top level.
    pub section: String,
    /// What it holds.
    #[cfg_attr(test, schemars(with = "crate::schema::AnySchema"))]
    pub schema: Schema,
}
