//! The interface in the languages of others: OpenAPI for what is served over HTTP, AsyncAPI for calls and events.

mod asyncapi;
mod components;
mod openapi;
mod text;

pub use asyncapi::asyncapi;
pub(crate) use asyncapi::{Part, System, Whole};
pub(crate) use openapi::http_status;
pub use openapi::openapi;
pub(crate) use text::{text, within};

use kinoko_manifest::ServiceManifest;
use serde::Serialize;
use serde_json::Value;

use crate::map::first_sentence;

/// What a document of several services is called, and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Title {
    /// The title.
    pub title: String,
    /// The version.
    pub version: String,
    /// What it is, in Markdown.
    pub description: String,
}

impl Title {
    /// Of one service: its name, version and documentation.
    pub fn of(manifest: &ServiceManifest) -> Title {
        Title {
            title: manifest.name.clone(),
            version: manifest.version.clone(),
            description: manifest.docs.clone(),
        }
    }

    fn to_json(&self) -> Value {
        let mut info = serde_json::json!({"title": self.title, "version": self.version});
        if !self.description.is_empty() {
            info["description"] = self.description.clone().into();
        }
        info
    }
}

/// An object of values that are large: `json!` would copy them.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(fields.into_iter().map(|(name, it)| (name.to_owned(), it)).collect())
}

/// Says of a part of a document what its documentation says: the first sentence, and all of it where there is more.
fn describe(part: &mut Value, docs: &str) {
    let summary = first_sentence(docs);
    if !summary.is_empty() {
        part["summary"] = summary.replace('\n', " ").into();
    }
    if summary != docs.trim() {
        part["description"] = docs.into();
    }
}
