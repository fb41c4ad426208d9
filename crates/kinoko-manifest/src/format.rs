//! The format's version, and the text form that is committed and compared.

use std::fmt;

use serde_json::Value;

use crate::{ServiceManifest, migrate};

/// The version of the format this crate writes, and the newest it reads.
pub const FORMAT: u32 = 2;

impl ServiceManifest {
    /// The manifest as text: indented, keys sorted, one newline at the end, the same on every build.
    pub fn to_json(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_else(|err| {
            // Only a map with keys that are not strings could fail, and there is none.
            unreachable!("a manifest is plain data: {err}")
        });
        format!("{:#}\n", sorted(value))
    }

    /// Reads a manifest that this version of the format or an older one wrote.
    ///
    /// # Errors
    /// When the text is not JSON, not a manifest, or of a newer format.
    pub fn from_json(text: &str) -> Result<ServiceManifest, FormatError> {
        // Nearly every one is whole and of this format, and is read straight into what it becomes. What is
        // wrong with another is told by the longer way.
        if text.trim_start().starts_with('{')
            && let Ok(manifest) = serde_json::from_str::<ServiceManifest>(text)
            && manifest.format == FORMAT
        {
            return Ok(manifest);
        }
        ServiceManifest::from_value(serde_json::from_str(text).map_err(FormatError::NotAManifest)?)
    }

    /// The same of a value that was read already, as from YAML.
    ///
    /// # Errors
    /// When it is not a manifest, or of a newer format.
    pub fn from_value(mut value: Value) -> Result<ServiceManifest, FormatError> {
        match value.get("manifest").and_then(Value::as_u64) {
            None => Err(FormatError::NoVersion),
            Some(found) if found > u64::from(FORMAT) => Err(FormatError::TooNew { found }),
            Some(found) => {
                migrate::to_current(&mut value, found);
                serde_json::from_value(value).map_err(FormatError::NotAManifest)
            }
        }
    }
}

/// The first key of a value that a manifest read from it knows nothing of, and what may be meant.
///
/// A manifest of a newer minor version may have such, so they are passed over by who reads what a program
/// wrote. In one that was written by hand they are mistakes.
pub fn unknown_key(value: &Value, manifest: &ServiceManifest) -> Option<String> {
    let known = serde_json::to_value(manifest).ok()?;
    unknown(value, &known, "")
}

fn unknown(value: &Value, known: &Value, at: &str) -> Option<String> {
    match (value, known) {
        (Value::Object(value), Value::Object(known)) => value.iter().find_map(|(key, inner)| {
            match known.get(key) {
                Some(known) => unknown(inner, known, &format!("{at}{key}.")),
                // What is left out because it says nothing is known all the same.
                None if is_nothing(inner) => None,
                None => Some(format!("{at}{key} is no key of a manifest")),
            }
        }),
        (Value::Array(value), Value::Array(known)) => {
            let pairs = value.iter().zip(known).enumerate();
            pairs.into_iter().find_map(|(place, (inner, known))| {
                let at = at.trim_end_matches('.');
                unknown(inner, known, &format!("{at}[{place}]."))
            })
        }
        _ => None,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(it) => it.is_empty(),
        Value::Array(it) => it.is_empty(),
        Value::Object(it) => it.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// Why a text is not a manifest this crate can read.
#[derive(Debug)]
#[non_exhaustive]
pub enum FormatError {
    /// It is not JSON, or a part of it is missing or of another type.
    NotAManifest(serde_json::Error),
    /// It does not say which version of the format it is.
    NoVersion,
    /// It was written by a newer version of Kinoko.
    TooNew {
        /// The version it says.
        found: u64,
    },
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FormatError::NotAManifest(err) => write!(f, "not a manifest: {err}"),
            FormatError::NoVersion => {
                write!(f, "not a manifest: no `manifest` key that says the format's version")
            }
            FormatError::TooNew { found } => write!(
                f,
                "manifest format {found} is newer than this program reads ({FORMAT}): \
                 update Kinoko"
            ),
        }
    }
}

impl std::error::Error for FormatError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            FormatError::NotAManifest(err) => Some(err),
            FormatError::NoVersion | FormatError::TooNew { .. } => None,
        }
    }
}

/// Sorts keys at every level. `serde_json` does so by itself unless some crate of the build turns
/// on its `preserve_order`, and a committed file must not depend on that.
pub(crate) fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().collect();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(entries.into_iter().map(|(key, it)| (key, sorted(it))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        scalar => scalar,
    }
}

#[cfg(test)]
mod tests {
    use super::FormatError;
    use crate::ServiceManifest;

    #[test]
    fn text_is_stable_and_says_its_version() {
        let text = ServiceManifest::new("orders", "1.0.0").to_json();
        assert_eq!(
            text,
            "{\n  \"dependencies\": [],\n  \"manifest\": 2,\n  \"methods\": [],\n  \
             \"name\": \"orders\",\n  \"version\": \"1.0.0\"\n}\n"
        );
    }

    #[test]
    fn what_is_no_manifest_says_why() {
        let check = |text: &str, expected: &str| {
            let error: FormatError = ServiceManifest::from_json(text).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        };
        check("{", "not a manifest: EOF");
        check("{}", "no `manifest` key");
        check("{\"manifest\": 3}", "format 3 is newer");
        check("{\"manifest\": 1, \"version\": \"1\"}", "missing field `name`");
    }
}
