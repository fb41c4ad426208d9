//! The configuration as text, for `show-config`: every value, and where it comes from.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    node::{Content, Node},
    scalar,
};

/// The column that sources start in, unless the line is longer.
const SOURCE_COLUMN: usize = 48;

/// `root` in YAML, a comment behind each value saying its source. Its secrets are masked already.
pub(crate) fn show(root: &Node) -> String {
    let mut out = String::new();
    for (key, node) in root.entries().into_iter().flatten() {
        show_node(&mut out, 0, &format!("{}:", text(key)), node);
    }
    out
}

fn show_node(out: &mut String, indent: usize, lead: &str, node: &Node) {
    let line = match &node.content {
        Content::Scalar(value) => format!("{lead} {}", scalar_text(value)),
        Content::List(items) if items.is_empty() => format!("{lead} []"),
        Content::Map(entries) if entries.is_empty() => format!("{lead} {{}}"),
        Content::List(items) => {
            let _ = writeln!(out, "{:indent$}{lead}", "");
            return items.iter().for_each(|it| show_node(out, indent + 2, "-", it));
        }
        Content::Map(entries) => {
            let _ = writeln!(out, "{:indent$}{lead}", "");
            for (key, it) in entries {
                show_node(out, indent + 2, &format!("{}:", text(key)), it);
            }
            return;
        }
    };
    let width = SOURCE_COLUMN.saturating_sub(indent);
    let _ = writeln!(out, "{:indent$}{line:width$} # {}", "", node.source);
}

fn scalar_text(value: &Value) -> String {
    match value {
        Value::String(it) => text(it),
        other => other.to_string(),
    }
}

/// Text that reads back as the same text.
fn text(it: &str) -> String {
    let is_plain = scalar::resolve(it).is_string()
        && it.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '.'))
        && it.chars().all(|c| c.is_alphanumeric() || "_-./:@=+*".contains(c))
        && !it.ends_with(':');
    if is_plain { it.to_owned() } else { Value::from(it).to_string() }
}
