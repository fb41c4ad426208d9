//! [`Configuration`]: what was written for this process, from files, environment and flags.
//!
//! Two kinds of things stand in it: the framework's own keys ([`KEYS`]), which [`Framework`] holds
//! with their types, and one section per service, which the service reads through [`Config`]. What
//! comes later wins: defaults, then each file, then the environment, then `--define`.

mod check;
mod framework;
pub mod keys;
mod mask;
mod node;
mod overrides;
mod scalar;
mod schema;
mod section;
mod show;
mod sources;
mod substitute;
mod yaml;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use kinoko_manifest::SettingsInfo;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use self::{
    check::{Problem, check, unknown_key},
    mask::{is_secret_name, mask, redact},
    node::{Node, Source},
    overrides::Override,
    schema::View,
    section::settings_schema,
};
pub use self::{
    framework::{AmqpTls, Framework, LogFormat, LoginMethod},
    keys::{KEYS, Key, KeyKind},
    section::Config,
    sources::Sources,
};
use crate::{Error, ErrorKind};

/// What a process was configured with. By default, nothing.
#[derive(Clone)]
pub struct Configuration {
    /// What the files say, merged.
    written: BTreeMap<String, Node>,
    /// What goes over it, in this order.
    overrides: Vec<Override>,
    framework: Framework,
    /// The value of every framework key that has one.
    effective: BTreeMap<String, Node>,
    warnings: Vec<String>,
    /// What is wrong with the sources and the framework's keys.
    problems: Vec<Problem>,
}

impl Configuration {
    /// Reads those sources. Apart from the files they name, nothing else is looked at.
    ///
    /// # Errors
    /// When a source cannot be read, or a key of the framework is wrong: all of it in one text, a
    /// line each. Sections are looked at by [`check`](Configuration::check).
    pub fn load(sources: Sources) -> Result<Configuration, Error> {
        Configuration::gather(sources).sound()
    }

    /// The same for a program that [checks](Configuration::check) it before it uses it: there
    /// everything that is wrong is said at once, with the sections and with what could not be read.
    pub fn gather(sources: Sources) -> Configuration {
        let mut problems = Vec::new();
        let (written, overrides) = sources.read(&mut problems);
        Configuration::resolve(written, overrides, problems)
    }

    /// One that a program, most likely a test, sets itself.
    ///
    /// ```
    /// use kinoko_core::Configuration;
    ///
    /// let json = serde_json::json!({"max_workers": 2, "orders": {"limit": 3}});
    /// assert_eq!(Configuration::from_json(json).unwrap().framework().max_workers, 2);
    /// ```
    ///
    /// # Errors
    /// When it is no object, or a key of the framework is wrong.
    pub fn from_json(value: Value) -> Result<Configuration, Error> {
        let written = Node::from_json(value, &Source::Code);
        let problem = written.entries().is_none().then(|| {
            Problem::new("configuration", Some(&Source::Code), "wanted an object of keys")
        });
        Configuration::resolve(written, Vec::new(), problem.into_iter().collect()).sound()
    }

    /// Itself, unless something is wrong with it that is not for a service to judge.
    ///
    /// # Errors
    /// Everything that is.
    pub fn sound(self) -> Result<Configuration, Error> {
        result(self.problems.clone())?;
        Ok(self)
    }

    fn resolve(
        mut written: Node,
        overrides: Vec<Override>,
        mut problems: Vec<Problem>,
    ) -> Configuration {
        let written = std::mem::take(written.entries_mut());
        let mut own = Node::map(Source::Default);
        let keys = written.iter().filter(|(key, _)| Key::named(key).is_some());
        own.entries_mut().extend(keys.map(|(key, node)| (key.clone(), node.clone())));
        let schema = keys::schema();
        for it in overrides.iter().filter(|it| it.is_for_framework()) {
            it.apply_to_root(&mut own, &[View::new(&schema)], &mut problems);
        }
        let mut warnings = Vec::new();
        let (framework, effective) = Framework::resolve(own, &mut problems, &mut warnings);
        Configuration { written, overrides, framework, effective, warnings, problems }
    }

    /// The framework's own settings.
    pub fn framework(&self) -> &Framework {
        &self.framework
    }

    /// What was set but has no effect, to be logged once logging works.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Judges every section by the schema of those who read it.
    ///
    /// # Errors
    /// Everything that is wrong, at once, a line each: keys nobody reads, keys that are missing,
    /// values that are not what is wanted. Where several settings share a section, a key that one
    /// of them reads is known.
    pub fn check(&self, settings: &[SettingsInfo]) -> Result<(), Error> {
        let mut problems = self.problems.clone();
        problems.extend(self.unknown_sections(settings));
        for (section, schemas) in by_section(settings) {
            let mut node = self.section_node(section, &schemas, &mut problems);
            let mut unknown: BTreeMap<String, (usize, Problem)> = BTreeMap::new();
            for &schema in &schemas {
                for problem in check(&mut node, schema, section, false) {
                    if problem.unknown {
                        let seen = unknown.entry(problem.path.clone()).or_insert((0, problem));
                        seen.0 += 1;
                    } else {
                        problems.push(problem);
                    }
                }
            }
            // At the top level, `unknown_sections` has its own say.
            let unknown = unknown.into_values().filter(|_| !section.is_empty());
            problems.extend(
                unknown.filter(|(seen, _)| *seen == schemas.len()).map(|(_, problem)| problem),
            );
        }
        result(problems)
    }

    /// The settings of a section: of the service of that name.
    ///
    /// # Errors
    /// When it is not what `T` is read from. Keys that `T` does not know are left to
    /// [`check`](Configuration::check), which knows who else reads the section.
    pub fn section<T: DeserializeOwned + JsonSchema>(&self, section: &str) -> Result<T, Error> {
        let schema = settings_schema::<T>();
        let view = View::new(&schema);
        let mut problems = Vec::new();
        let mut node = self.section_node(section, &[view], &mut problems);
        problems.extend(check(&mut node, view, section, false));
        problems.retain(|it| !it.unknown);
        result(problems)?;
        serde_path_to_error::deserialize(node.to_json()).map_err(|error| {
            let text = redact(error.inner().to_string(), &node, Some(view));
            let (path, source) = node.place(section, error.path());
            Error::new(ErrorKind::Config, Problem::new(&path, Some(source), text).to_string())
        })
    }

    /// All of it with its secrets masked: what a schema calls `writeOnly`, what a key's name gives
    /// away (`password`, `token`, …), and the passwords of URIs.
    pub fn masked(&self, settings: &[SettingsInfo]) -> Value {
        self.masked_node(settings).to_json()
    }

    /// The same as YAML, a comment behind each value saying where it comes from.
    pub fn show(&self, settings: &[SettingsInfo]) -> String {
        show::show(&self.masked_node(settings))
    }

    fn masked_node(&self, settings: &[SettingsInfo]) -> Node {
        let by_section = by_section(settings);
        let mut root = Node::map(Source::Default);
        let mut problems = Vec::new();
        let unset = KEYS.iter().filter(|it| it.default.is_empty() && !it.is_ignored());
        let nothing = || Node::scalar(Value::Null, Source::Default);
        root.entries_mut().extend(unset.map(|it| (it.name.to_owned(), nothing())));
        for (key, node) in self.written.iter().chain(&self.effective) {
            let mut node = node.clone();
            mask(&mut node, None, is_secret_name(key) && !by_section.contains_key(key.as_str()));
            root.entries_mut().insert(key.clone(), node);
        }
        for (section, schemas) in by_section {
            let mut node = self.section_node(section, &schemas, &mut problems);
            for schema in schemas {
                add_defaults(&mut node, schema);
                mask(&mut node, Some(schema), false);
            }
            if section.is_empty() {
                root.overlay(node);
            } else {
                root.entries_mut().insert(section.to_owned(), node);
            }
        }
        root
    }

    /// What is written under that name, with what goes over it; a section nobody wrote is empty.
    fn section_node(
        &self,
        section: &str,
        schemas: &[View<'_>],
        problems: &mut Vec<Problem>,
    ) -> Node {
        let mut node = if section.is_empty() {
            let mut root = Node::map(Source::Default);
            root.entries_mut().extend(self.written.clone());
            root
        } else {
            self.written.get(section).cloned().unwrap_or_else(|| Node::map(Source::Default))
        };
        for it in &self.overrides {
            if section.is_empty() {
                it.apply_to_root(&mut node, schemas, problems);
            } else if it.is_for_section(section) {
                it.apply_to_section(&mut node, schemas, problems);
            }
        }
        if node.is_null() { Node::map(node.source) } else { node }
    }

    /// Keys at the top level that are neither the framework's nor anyone's section.
    fn unknown_sections(&self, settings: &[SettingsInfo]) -> Vec<Problem> {
        let mut known: BTreeSet<&str> =
            settings.iter().map(|it| it.section.as_str()).filter(|it| !it.is_empty()).collect();
        for settings in settings.iter().filter(|it| it.section.is_empty()) {
            known.extend(View::new(&settings.schema).property_names());
        }
        let is_open =
            settings.iter().any(|it| it.section.is_empty() && View::new(&it.schema).is_open());
        let written = self
            .written
            .iter()
            .map(|(key, node)| (key.as_str(), &node.source))
            .filter(|(key, _)| !known.contains(key) && Key::named(key).is_none() && !is_open);
        let overrides = self.overrides.iter().filter(|it| {
            !is_open
                && !it.is_for_framework()
                && !known.iter().any(|section| it.is_for_section(section))
        });
        let overrides = overrides.map(|it| (it.first(), it.source()));
        let found: Vec<_> = written.chain(overrides).collect();

        let names = KEYS.iter().filter(|it| !it.is_ignored()).map(|it| it.name);
        let names: Vec<_> = known.into_iter().chain(names).collect();
        found
            .into_iter()
            .map(|(key, source)| Problem::new(key, Some(source), unknown_key(key, &names)))
            .collect()
    }
}

impl Default for Configuration {
    fn default() -> Configuration {
        Configuration {
            written: BTreeMap::new(),
            overrides: Vec::new(),
            framework: Framework::default(),
            effective: framework::defaults(),
            warnings: Vec::new(),
            problems: Vec::new(),
        }
    }
}

impl fmt::Debug for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Configuration").field("framework", &self.framework).finish_non_exhaustive()
    }
}

/// Adds what a section's keys are when nobody says otherwise, as far as its schema tells.
fn add_defaults(node: &mut Node, schema: View<'_>) {
    let entries = node.entries_mut();
    for key in schema.property_names() {
        let default = schema.property(key).and_then(|it| it.keywords()?.get("default"));
        if let Some(default) = default.filter(|_| !entries.contains_key(key)) {
            let default = Node::from_json(default.clone(), &Source::Default);
            entries.insert(key.to_owned(), default);
        }
    }
}

/// The schemas of each section, in the order of the sections' names.
fn by_section(settings: &[SettingsInfo]) -> BTreeMap<&str, Vec<View<'_>>> {
    let mut sections: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for it in settings {
        sections.entry(it.section.as_str()).or_default().push(View::new(&it.schema));
    }
    sections
}

/// An error with a line for each problem, if there is one.
fn result(mut problems: Vec<Problem>) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    problems.retain(|it| seen.insert(it.to_string()));
    let text = match problems.as_slice() {
        [] => return Ok(()),
        [only] => only.to_string(),
        several => {
            let lines: String = several.iter().map(|it| format!("\n  {it}")).collect();
            format!("{} mistakes in the configuration:{lines}", several.len())
        }
    };
    Err(Error::new(ErrorKind::Config, text))
}

#[cfg(test)]
mod tests;
