//! [`Node`]: a value of the configuration that remembers where it was written.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde_json::Value;

/// A value and its origin.
///
/// It has no `Debug`: it may hold a secret, and a derived one would print it.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) content: Content,
    pub(crate) source: Source,
    /// The value as it was given, where its type was guessed rather than written: environment
    /// variables and flags cannot be quoted, so a password of digits must still be able to be text.
    pub(crate) text: Option<Arc<str>>,
}

/// What a node holds.
#[derive(Clone)]
pub(crate) enum Content {
    /// Null, a boolean, a number or text.
    Scalar(Value),
    List(Vec<Node>),
    Map(BTreeMap<String, Node>),
}

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// Nowhere: it is what Kinoko takes when nobody says otherwise.
    Default,
    File {
        name: Arc<str>,
        line: usize,
    },
    Environment(Arc<str>),
    Define(Arc<str>),
    /// Handed over by the program itself.
    Code,
}

impl Node {
    pub(crate) fn new(content: Content, source: Source) -> Node {
        Node { content, source, text: None }
    }

    pub(crate) fn scalar(value: impl Into<Value>, source: Source) -> Node {
        Node::new(Content::Scalar(value.into()), source)
    }

    pub(crate) fn map(source: Source) -> Node {
        Node::new(Content::Map(BTreeMap::new()), source)
    }

    /// The tree of `value`, all of it from `source`.
    pub(crate) fn from_json(value: Value, source: &Source) -> Node {
        let content = match value {
            Value::Array(items) => {
                Content::List(items.into_iter().map(|it| Node::from_json(it, source)).collect())
            }
            Value::Object(entries) => Content::Map(
                entries.into_iter().map(|(key, it)| (key, Node::from_json(it, source))).collect(),
            ),
            scalar => Content::Scalar(scalar),
        };
        Node::new(content, source.clone())
    }

    pub(crate) fn to_json(&self) -> Value {
        match &self.content {
            Content::Scalar(value) => value.clone(),
            Content::List(items) => items.iter().map(Node::to_json).collect(),
            Content::Map(entries) => {
                entries.iter().map(|(key, it)| (key.clone(), it.to_json())).collect()
            }
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.content, Content::Scalar(Value::Null))
    }

    /// What `path` leads to in this node, which stands at `at`: its key, dotted, and where it was
    /// written. As deep as it is there.
    pub(crate) fn place(&self, at: &str, path: &serde_path_to_error::Path) -> (String, &Source) {
        use serde_path_to_error::Segment;

        let (mut name, mut node) = (at.to_owned(), self);
        for segment in path {
            let next = match (segment, &node.content) {
                (Segment::Map { key }, Content::Map(entries)) => {
                    entries.get(key).map(|it| (join(&name, key), it))
                }
                (Segment::Seq { index }, Content::List(items)) => {
                    items.get(*index).map(|it| (format!("{name}[{index}]"), it))
                }
                _ => None,
            };
            let Some(next) = next else { break };
            (name, node) = next;
        }
        (name, &node.source)
    }

    /// The entries, of a map.
    pub(crate) fn entries(&self) -> Option<&BTreeMap<String, Node>> {
        match &self.content {
            Content::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entries, for changing; what was no map becomes an empty one.
    pub(crate) fn entries_mut(&mut self) -> &mut BTreeMap<String, Node> {
        if !matches!(self.content, Content::Map(_)) {
            self.content = Content::Map(BTreeMap::new());
        }
        match &mut self.content {
            Content::Map(entries) => entries,
            _ => unreachable!("it was made a map above"),
        }
    }

    /// Lays `later` over this: maps are merged key by key, anything else is replaced.
    pub(crate) fn overlay(&mut self, later: Node) {
        match (&mut self.content, later.content) {
            (Content::Map(ours), Content::Map(theirs)) if !ours.is_empty() => {
                for (key, node) in theirs {
                    match ours.get_mut(&key) {
                        Some(it) => it.overlay(node),
                        None => {
                            ours.insert(key, node);
                        }
                    }
                }
            }
            (_, content) => *self = Node { content, source: later.source, text: later.text },
        }
    }

    /// How many values it is made of, itself included.
    pub(crate) fn size(&self) -> usize {
        1 + match &self.content {
            Content::Scalar(_) => 0,
            Content::List(items) => items.iter().map(Node::size).sum(),
            Content::Map(entries) => entries.values().map(Node::size).sum(),
        }
    }
}

/// A key in what stands at that path.
pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Default => f.write_str("default"),
            Source::File { name, line } => write!(f, "{name}:{line}"),
            Source::Environment(name) => write!(f, "environment {name}"),
            Source::Define(key) => write!(f, "--define {key}"),
            Source::Code => f.write_str("set by the program"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_comes_later_wins_key_by_key() {
        #[track_caller]
        fn check(ours: Value, theirs: Value, want: Value) {
            let mut node = Node::from_json(ours, &Source::Default);
            node.overlay(Node::from_json(theirs, &Source::Code));
            assert_eq!(node.to_json(), want);
        }
        check(json!({"a": 1, "b": 2}), json!({"b": 3}), json!({"a": 1, "b": 3}));
        check(json!({"a": {"x": 1}}), json!({"a": {"y": 2}}), json!({"a": {"x": 1, "y": 2}}));
        check(json!({"a": [1, 2]}), json!({"a": [3]}), json!({"a": [3]}));
        check(json!({"a": {"x": 1}}), json!({"a": null}), json!({"a": null}));
        check(json!({"a": null}), json!({"a": {"x": 1}}), json!({"a": {"x": 1}}));
    }
}
