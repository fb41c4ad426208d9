//! The document of a system, put together from those of its services, which may be made at once.
//!
//! What is put together is text: the parts of a document look the same in each, and as text they take a fifth of the
//! room.

use std::collections::BTreeMap;

use kinoko_manifest::ServiceManifest;
use serde_json::{Map, Value, json};

use super::{AsyncApi, Described, Seen};
use crate::{
    documents::{Title, components::Components, within},
    schema::Fingerprints,
};

/// A system, of whose services documents are made.
pub(crate) struct System {
    described: Described,
    fingerprints: Fingerprints,
}

/// The document of a service, and what of it is also in the system's.
pub(crate) struct Part {
    title: Title,
    text: Sections,
    components: Components,
    /// How many of the components came with what is in the system's.
    own: usize,
    /// What others describe there.
    others: Seen,
}

impl System {
    pub(crate) fn of(manifests: &[ServiceManifest]) -> System {
        let described = Described::by(manifests.iter());
        System { described, fingerprints: Fingerprints::default() }
    }

    pub(crate) fn part(&self, manifest: &ServiceManifest) -> Part {
        let components = Components::new(self.fingerprints.clone());
        let mut document = AsyncApi { components, ..AsyncApi::default() };
        document.add(manifest);
        document.add_seen(manifest, |channel| self.described.is_by(&manifest.name, channel));
        let own = document.components.len();
        let others = document.add_seen(manifest, |_| true);
        Part {
            title: Title::of(manifest),
            text: Sections::of(&mut document),
            components: document.components,
            own,
            others,
        }
    }
}

impl Part {
    /// The document of the service alone.
    pub(crate) fn text(&self) -> String {
        self.text.document(&self.title)
    }
}

/// The document of the system as it grows. The parts come in any order, and are put in theirs.
#[derive(Default)]
pub(crate) struct Whole {
    text: Sections,
    components: Components,
    next: usize,
    early: BTreeMap<usize, Part>,
}

impl Whole {
    pub(crate) fn add(&mut self, at: usize, part: Part) {
        self.early.insert(at, part);
        while let Some(part) = self.early.remove(&self.next) {
            self.put(part);
            self.next += 1;
        }
    }

    fn put(&mut self, part: Part) {
        let Part { title, mut text, components, own, others } = part;
        let absorbed = self.components.absorb(&title.title, &components, own);
        text.channels.retain(|name, _| !others.channels.contains(name));
        text.messages.retain(|name, _| !others.messages.contains(name));
        self.text.channels.extend(text.channels);
        self.text.operations.extend(text.operations);
        for (name, message) in text.messages {
            self.text.messages.insert(name, absorbed.rename(message));
        }
        for (there, here) in &absorbed.new {
            let schema = text.schemas.remove(there).unwrap_or_default();
            self.text.schemas.insert(here.clone(), absorbed.rename(schema));
        }
    }

    pub(crate) fn text(&self, title: &Title) -> String {
        self.text.document(title)
    }
}

/// What is in a document, by the names it has there, as text.
#[derive(Default)]
struct Sections {
    channels: BTreeMap<String, String>,
    operations: BTreeMap<String, String>,
    messages: BTreeMap<String, String>,
    schemas: BTreeMap<String, String>,
}

impl Sections {
    fn of(document: &mut AsyncApi) -> Sections {
        let section = |values: &mut Map<String, Value>, level| {
            let values = std::mem::take(values).into_iter();
            values.map(|(name, it)| (name, within(&it, level))).collect()
        };
        Sections {
            channels: section(&mut document.channels, 2),
            operations: section(&mut document.operations, 2),
            messages: section(&mut document.messages, 3),
            schemas: section(&mut document.components.take(), 3),
        }
    }

    /// The document, as [`AsyncApi::finish`] would have it.
    fn document(&self, title: &Title) -> String {
        let length: usize = self.all().flat_map(BTreeMap::values).map(|it| it.len() + 100).sum();
        let mut text = String::with_capacity(length + 1000);
        text.push_str("{\n  \"asyncapi\": \"3.1.0\",\n  \"channels\": ");
        write(&mut text, 1, &self.channels);
        text.push_str(",\n  \"components\": {\n    \"messages\": ");
        write(&mut text, 2, &self.messages);
        text.push_str(",\n    \"schemas\": ");
        write(&mut text, 2, &self.schemas);
        text.push_str("\n  },\n  \"defaultContentType\": \"application/json\",\n  \"info\": ");
        text.push_str(&within(&title.to_json(), 1));
        text.push_str(",\n  \"operations\": ");
        write(&mut text, 1, &self.operations);
        text.push_str("\n}\n");
        text
    }

    fn all(&self) -> impl Iterator<Item = &BTreeMap<String, String>> {
        [&self.channels, &self.operations, &self.messages, &self.schemas].into_iter()
    }
}

/// Writes an object of values that are text.
fn write(text: &mut String, level: usize, values: &BTreeMap<String, String>) {
    let line = |level: usize| format!("\n{}", "  ".repeat(level));
    text.push('{');
    for (at, (name, value)) in values.iter().enumerate() {
        text.push_str(if at == 0 { "" } else { "," });
        text.push_str(&line(level + 1));
        text.push_str(&json!(name).to_string());
        text.push_str(": ");
        text.push_str(value);
    }
    if !values.is_empty() {
        text.push_str(&line(level));
    }
    text.push('}');
}
