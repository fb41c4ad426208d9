//! A map for Graphviz.

use std::fmt::Write;

use super::{Map, text::short};

impl Map {
    /// The map in Graphviz's language: calls are solid lines, events dashed ones.
    pub fn to_dot(&self) -> String {
        let mut text = String::from("digraph services {\n    rankdir=LR;\n    node [shape=box];\n");
        for (name, service) in &self.services {
            let style = if service.is_described() { "" } else { " [style=dashed]" };
            let _ = writeln!(text, "    {}{style};", quoted(name));
        }
        for calls in &self.calls {
            let label = calls.methods.iter().cloned().collect::<Vec<_>>().join("\n");
            let (from, to) = (quoted(&calls.from), quoted(&calls.to));
            let _ = writeln!(text, "    {from} -> {to} [label={}];", quoted(&label));
        }
        for events in &self.events {
            let names = events.handlers.iter().map(|it| short(&it.event, &events.from));
            let label = names.collect::<Vec<_>>().join("\n");
            let (from, to) = (quoted(&events.from), quoted(&events.to));
            let _ = writeln!(text, "    {from} -> {to} [style=dashed, label={}];", quoted(&label));
        }
        text.push_str("}\n");
        text
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
