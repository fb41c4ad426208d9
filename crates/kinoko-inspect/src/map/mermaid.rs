//! A map for Mermaid, as Markdown on GitHub and elsewhere draws it.

use std::fmt::Write;

use super::{Map, text::short};

impl Map {
    /// The map as a Mermaid flowchart: calls are solid lines, events dashed ones.
    pub fn to_mermaid(&self) -> String {
        let mut text = String::from("flowchart LR\n");
        for (name, service) in &self.services {
            let shape = if service.is_described() { ["[", "]"] } else { ["([", "])"] };
            let _ = writeln!(text, "    {}{}\"{}\"{}", id(name), shape[0], escaped(name), shape[1]);
        }
        for calls in &self.calls {
            let methods: Vec<String> = calls.methods.iter().map(|it| escaped(it)).collect();
            let (from, to) = (id(&calls.from), id(&calls.to));
            let _ = writeln!(text, "    {from} -->|\"{}\"| {to}", methods.join("<br>"));
        }
        for events in &self.events {
            let names = events.handlers.iter().map(|it| escaped(&short(&it.event, &events.from)));
            let names: Vec<String> = names.collect();
            let (from, to) = (id(&events.from), id(&events.to));
            let _ = writeln!(text, "    {from} -.->|\"{}\"| {to}", names.join("<br>"));
        }
        text
    }
}

/// A name as Mermaid takes it for a node: `end` and the like mean something to it, dashes and dots may.
fn id(name: &str) -> String {
    let plain = name.chars().map(|it| {
        if it.is_ascii_alphanumeric() { it.to_string() } else { format!("_{:x}_", it as u32) }
    });
    format!("s_{}", plain.collect::<String>())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}
