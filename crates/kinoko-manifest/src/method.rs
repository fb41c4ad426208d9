//! [`MethodInfo`]: what makes one method run, what it takes, what it gives.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::Schema;

/// One method of a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MethodInfo {
    /// The method's name, as callers address it.
    pub name: String,
    /// Its doc comment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// What makes it run.
    pub entrypoint: EntrypointInfo,
    /// What it takes, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<ParamInfo>,
    /// What it returns when it succeeds, as the service writes it; `null` where that is not said.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Option<crate::schema::AnySchema>"))]
    pub returns: Schema,
    /// The same as a client of the same type reads it, where that is another schema: a reader may do
    /// without what a writer always gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<crate::schema::AnySchema>"))]
    pub returns_as_read: Option<Schema>,
    /// How it can fail, as far as its type says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultInfo>,
    /// Where in the source it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

impl MethodInfo {
    /// A method of that name and entrypoint that takes nothing and returns anything.
    pub fn new(name: impl Into<String>, entrypoint: EntrypointInfo) -> MethodInfo {
        MethodInfo {
            name: name.into(),
            docs: String::new(),
            entrypoint,
            params: Vec::new(),
            returns: Schema::Bool(true),
            returns_as_read: None,
            faults: Vec::new(),
            location: None,
        }
    }
}

/// A place in the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Location {
    /// The file, as the compiler was given it.
    pub file: String,
    /// The line, from one. A file that is committed has none: it would change with every line above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

/// What makes a method run: `rpc`, `event`, `http`, `timer`, or a kind of a third party's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EntrypointInfo {
    /// The kind's name.
    pub kind: String,
    /// What the attribute on the method said; the kind says what they mean.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, Value>,
    /// Options that are another value on each machine, or each time, and so are in no manifest.
    #[serde(skip)]
    pub at_run_time: BTreeMap<String, Value>,
}

impl EntrypointInfo {
    /// An entrypoint of that kind without options.
    pub fn new(kind: impl Into<String>) -> EntrypointInfo {
        EntrypointInfo { kind: kind.into(), options: BTreeMap::new(), at_run_time: BTreeMap::new() }
    }

    /// The same with one more option.
    #[must_use]
    pub fn option(mut self, key: impl Into<String>, value: impl Into<Value>) -> EntrypointInfo {
        self.options.insert(key.into(), value.into());
        self
    }

    /// The same with one more option that no manifest shows.
    #[must_use]
    pub fn option_at_run_time(
        mut self,
        key: impl Into<String>,
        value: impl Into<Value>,
    ) -> EntrypointInfo {
        self.at_run_time.insert(key.into(), value.into());
        self
    }

    /// Reads all options as one type: how the code that runs a kind gets at what was written.
    ///
    /// # Errors
    /// When an option is missing or of another type than `T` wants.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        let options = self.options.clone().into_iter().chain(self.at_run_time.clone());
        T::deserialize(Value::Object(options.collect()))
    }
}

/// One parameter of a method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ParamInfo {
    /// Its name: also its keyword on the wire.
    pub name: String,
    /// What it accepts, as the side whose manifest this is reads it; of a client, what it sends.
    #[cfg_attr(test, schemars(with = "crate::schema::AnySchema"))]
    pub schema: Schema,
    /// The same as a client of the same type writes it, where that is another schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<crate::schema::AnySchema>"))]
    pub schema_as_written: Option<Schema>,
    /// Whether a caller has to give it.
    pub required: bool,
    /// What it is when not given, unless that is only known at run time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Whether its value must not be shown in logs and tools.
    #[serde(default, skip_serializing_if = "is_false")]
    pub sensitive: bool,
    /// Where in an HTTP request it comes from (`path`, `query`, `body`, …), for that kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// One way a method can fail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FaultInfo {
    /// Its stable name on the wire.
    pub name: String,
    /// What it means.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// Whether it is the caller's doing rather than a failure of the service.
    #[serde(default, skip_serializing_if = "is_false")]
    pub expected: bool,
    /// The HTTP status it has where the caller is a browser, when it is not its kind's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What comes with it, if anything does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<crate::schema::AnySchema>"))]
    pub data: Option<Schema>,
}

// serde hands `skip_serializing_if` a reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_false(it: &bool) -> bool {
    !it
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::EntrypointInfo;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Every {
        every: String,
    }

    #[test]
    fn options_are_read_back_as_a_type() {
        let timer = EntrypointInfo::new("timer").option("every", "30s");
        assert_eq!(timer.read::<Every>().unwrap(), Every { every: "30s".to_owned() });
    }

    #[test]
    fn what_is_known_at_run_time_is_in_no_manifest() {
        let timer = EntrypointInfo::new("timer").option_at_run_time("every", "30s");
        assert_eq!(serde_json::to_string(&timer).unwrap(), r#"{"kind":"timer"}"#);
        assert_eq!(timer.read::<Every>().unwrap(), Every { every: "30s".to_owned() });
    }

    #[test]
    fn a_missing_option_is_named() {
        let error = EntrypointInfo::new("timer").read::<Every>().unwrap_err();
        assert_eq!(error.to_string(), "missing field `every`");
    }
}
