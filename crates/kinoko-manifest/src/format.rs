//! The format's version, and the text form that is committed and compared.

use std::fmt;

use serde_json::Value;

use crate::ServiceManifest;

/// The version of the format this crate writes, and the newest it reads.
pub const FORMAT: u32 = 1;

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
        let value: Value = serde_json::from_str(text).map_err(FormatError::NotAManifest)?;
        match value.get("manifest").and_then(Value::as_u64) {
            None => Err(FormatError::NoVersion),
            Some(found) if found > u64::from(FORMAT) => Err(FormatError::TooNew { found }),
            Some(_) => serde_json::from_value(value).map_err(FormatError::NotAManifest),
        }
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
fn sorted(value: Value) -> Value {
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
            "{\n  \"dependencies\": [],\n  \"manifest\": 1,\n  \"methods\": [],\n  \
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
        check("{\"manifest\": 2}", "format 2 is newer");
        check("{\"manifest\": 1, \"version\": \"1\"}", "missing field `name`");
    }
}
