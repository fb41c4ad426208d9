//! [`Sources`]: where a configuration is read from.

use std::{
    collections::BTreeMap,
    fmt, fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{
    check::Problem,
    node::{Node, Source},
    overrides::Override,
    yaml::{self, MAX_TEXT, Place},
};

/// Where to read a configuration from. Later ones win, within a list as well.
///
/// ```
/// use kinoko_core::config::{Configuration, Sources};
///
/// let configuration = Configuration::load(Sources {
///     env: vec![("KINOKO__ORDERS__LIMIT".to_owned(), "3".to_owned())],
///     defines: vec!["max_workers=10".to_owned()],
///     ..Sources::default()
/// })
/// .unwrap();
/// assert_eq!(configuration.framework().max_workers, 10);
/// ```
#[derive(Clone, Default)]
pub struct Sources {
    /// What the program itself takes where nobody says otherwise, weaker than any other source.
    pub defaults: BTreeMap<String, Value>,
    /// YAML files, in which `${VAR}` and `${VAR:default}` stand for variables of `env`.
    pub files: Vec<PathBuf>,
    /// The environment. A key of the framework goes by its own name, `AMQP_URI` or `MAX_WORKERS`;
    /// any key by its path, `KINOKO__ORDERS__LIMIT`; and `KINOKO__ORDERS__TOKEN_FILE` names a file
    /// that holds the value. Others are ignored.
    pub env: Vec<(String, String)>,
    /// The variables whose values are no text. One that is a setting is told of.
    pub not_text: Vec<String>,
    /// `key=value` with dots in the key: `orders.limit=3`.
    pub defines: Vec<String>,
}

impl Sources {
    /// These, with the environment of this process.
    #[must_use]
    pub fn with_process_env(mut self) -> Sources {
        for (name, value) in std::env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => self.env.push((name, value)),
                Err(_) => self.not_text.push(name),
            }
        }
        self
    }
}

impl Sources {
    /// What the files say, merged, and what goes over it, in that order.
    pub(crate) fn read(self, problems: &mut Vec<Problem>) -> (Node, Vec<Override>) {
        let env: BTreeMap<_, _> = self.env.into_iter().collect();
        let defaults = Value::Object(self.defaults.into_iter().collect());
        let mut written = Node::from_json(defaults, &Source::Code);
        for file in &self.files {
            match read_file(file, &env) {
                Ok(node) => written.overlay(node),
                Err(problem) => problems.push(problem),
            }
        }
        let nothing = String::new();
        for name in &self.not_text {
            if !Override::from_environment([(name, &nothing)].into_iter()).is_empty() {
                let message = "the variable's value is no text: it is not UTF-8";
                problems.push(Problem::new(name, None, message));
            }
        }
        let mut overrides = Override::from_environment(env.iter());
        for define in &self.defines {
            match Override::from_define(define) {
                Ok(it) => overrides.push(it),
                Err(problem) => problems.push(problem),
            }
        }
        (written, overrides)
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Environment and flags may hold secrets.
        f.debug_struct("Sources").field("files", &self.files).finish_non_exhaustive()
    }
}

fn read_file(path: &Path, env: &BTreeMap<String, String>) -> Result<Node, Problem> {
    let name = path.display().to_string();
    let mut text = String::new();
    // One byte more than is taken, so that a file that is too long is seen to be.
    fs::File::open(path)
        .and_then(|file| file.take(MAX_TEXT as u64 + 1).read_to_string(&mut text))
        .map_err(|error| Problem::new(&name, None, format!("cannot be read: {error}")))?;
    let node = yaml::parse(&text, &Place::File(name.as_str().into()), Some(env))
        .map_err(|error| Problem::new(&format!("{name}:{}", error.line), None, error.message))?;
    match node.entries() {
        Some(_) => Ok(node),
        None if node.is_null() => Ok(Node::map(node.source)),
        None => Err(Problem::new(&name, None, "wanted `key: value` lines at the top level")),
    }
}
