//! [`Override`]: one value from the environment or a flag, laid over what the files say.
//!
//! Names in the environment have no case worth relying on and no dots or dashes, so they find their
//! key by likeness, and only once it is known which keys there are. A `--define` is exact.

use std::{fs, io::Read as _};

use super::{
    check::Problem,
    keys::KEYS,
    node::{Node, Source},
    schema::View,
    yaml::{MAX_TEXT, parse_value},
};

/// What the name of a variable starts with that sets any key: `KINOKO__ORDERS__LIMIT=3`.
pub(crate) const PREFIX: &str = "KINOKO__";
/// What it ends with when the value is in the file of that name.
const FILE_SUFFIX: &str = "_file";
/// Keys within keys.
const MAX_PATH: usize = 32;

/// One value from outside the files.
#[derive(Clone)]
pub(crate) struct Override {
    path: Vec<String>,
    /// Whether its path is written exactly as the keys are.
    exact: bool,
    value: Node,
}

impl Override {
    /// Those of the environment: keys of the framework by their own names, then `KINOKO__…`.
    pub(crate) fn from_environment<'a>(
        variables: impl Iterator<Item = (&'a String, &'a String)> + Clone,
    ) -> Vec<Override> {
        let named = variables.clone().filter_map(|(name, value)| {
            let key = KEYS.iter().find(|it| {
                let bare = name.strip_suffix("_FILE").filter(|_| it.name == "AMQP_URI");
                [Some(name.as_str()), bare].into_iter().flatten().any(|name| {
                    !it.is_ignored() && (it.name == name || it.name.to_uppercase() == name)
                })
            })?;
            let file = name.len() > key.name.len();
            let key = if file { format!("{}_FILE", key.name) } else { key.name.to_owned() };
            Some((vec![key], name, value))
        });
        let prefixed = variables.filter_map(|(name, value)| {
            let path = name.strip_prefix(PREFIX)?.splitn(MAX_PATH, "__").map(str::to_owned);
            Some((path.collect(), name, value))
        });
        named
            .chain(prefixed)
            .map(|(path, name, value)| {
                let value = parse_value(value, Source::Environment(name.as_str().into()));
                Override { path, exact: false, value }
            })
            .collect()
    }

    /// The one of `--define key=value`.
    ///
    /// # Errors
    /// When it is not that.
    pub(crate) fn from_define(text: &str) -> Result<Override, Problem> {
        // What stands after the `=` may be a secret, and so may all of it when there is none.
        let wrong = |path: &str, message: &str| Err(Problem::new(path, None, message));
        let Some((key, value)) = text.split_once('=') else {
            return wrong("--define", "wanted `key=value`, such as `orders.limit=3`");
        };
        let key = key.trim();
        let path: Vec<_> = key.split('.').map(str::to_owned).collect();
        if path.len() > MAX_PATH || path.iter().any(String::is_empty) {
            return wrong(&format!("--define {key}"), "wanted keys with dots between them");
        }
        let value = parse_value(value, Source::Define(key.into()));
        Ok(Override { path, exact: true, value })
    }

    pub(crate) fn source(&self) -> &Source {
        &self.value.source
    }

    /// The key at the top level, as it was written.
    pub(crate) fn first(&self) -> &str {
        &self.path[0]
    }

    /// Whether it is for that section.
    pub(crate) fn is_for_section(&self, section: &str) -> bool {
        self.matches(self.first(), section)
    }

    /// Whether it is for a key of the framework.
    pub(crate) fn is_for_framework(&self) -> bool {
        let file = self.file_key(self.first()).filter(|_| self.path.len() == 1);
        KEYS.iter().any(|key| {
            self.matches(self.first(), key.name)
                || file.as_ref().is_some_and(|it| *it == fold(key.name))
        })
    }

    /// Lays the value over the whole configuration, which has those schemas.
    pub(crate) fn apply_to_root(
        &self,
        root: &mut Node,
        schemas: &[View<'_>],
        problems: &mut Vec<Problem>,
    ) {
        self.descend(&self.path, root, schemas, problems);
    }

    /// Lays the value over the section it is for.
    pub(crate) fn apply_to_section(
        &self,
        section: &mut Node,
        schemas: &[View<'_>],
        problems: &mut Vec<Problem>,
    ) {
        self.descend(&self.path[1..], section, schemas, problems);
    }

    fn descend(
        &self,
        path: &[String],
        at: &mut Node,
        schemas: &[View<'_>],
        problems: &mut Vec<Problem>,
    ) {
        let Some((segment, rest)) = path.split_first() else {
            return at.overlay(self.value.clone());
        };
        let known: Vec<_> = schemas.iter().flat_map(|it| it.property_names()).collect();
        if let (true, Some(key)) = (rest.is_empty(), self.key_of_file(segment, &known)) {
            match self.value_in_file() {
                Ok(value) => {
                    at.entries_mut().insert(key, value);
                }
                Err(message) => {
                    let path = self.path.join(".").to_lowercase();
                    problems.push(Problem::new(&path, Some(self.source()), message));
                }
            }
            return;
        }
        let written = at.entries().into_iter().flat_map(|it| it.keys().map(String::as_str));
        let key = known.into_iter().chain(written).find(|it| self.matches(segment, it));
        let key = match key {
            Some(key) => key.to_owned(),
            None if self.exact => segment.clone(),
            None => segment.to_lowercase(),
        };
        let schemas: Vec<_> = schemas.iter().filter_map(|it| it.property(&key)).collect();
        let source = self.source().clone();
        let entry = at.entries_mut().entry(key).or_insert_with(|| Node::map(source));
        self.descend(rest, entry, &schemas, problems);
    }

    fn matches(&self, segment: &str, key: &str) -> bool {
        segment == key || (!self.exact && fold(segment) == fold(key))
    }

    /// The folded key of which `segment` names the file.
    fn file_key(&self, segment: &str) -> Option<String> {
        let folded = fold(segment);
        let key = folded.strip_suffix(FILE_SUFFIX).filter(|it| !it.is_empty() && !self.exact)?;
        Some(key.to_owned())
    }

    /// The key whose value is in a file: only one that is known, and not if the whole name is one.
    fn key_of_file(&self, segment: &str, known: &[&str]) -> Option<String> {
        let key = self.file_key(segment)?;
        let find = |folded: &str| known.iter().find(|it| fold(it) == folded);
        find(&key).filter(|_| find(&fold(segment)).is_none()).map(|it| (*it).to_owned())
    }

    fn value_in_file(&self) -> Result<Node, String> {
        let path = self.value.text.as_deref().unwrap_or_default();
        let mut text = String::new();
        let limit = MAX_TEXT as u64;
        fs::File::open(path)
            .and_then(|it| it.take(limit).read_to_string(&mut text))
            .map_err(|error| format!("cannot read the file {path:?} it names: {error}"))?;
        Ok(parse_value(text.trim_end_matches(['\r', '\n']), self.source().clone()))
    }
}

/// A key as the environment can spell it.
fn fold(key: &str) -> String {
    key.to_lowercase().replace(['-', '.'], "_")
}
