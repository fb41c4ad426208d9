//! A map for a terminal: a paragraph a service, what it uses before who uses it.

use std::fmt::Write;

use super::{EventName, Map};

impl Map {
    /// The map as text.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "{}", self.summary());
        for name in self.services.keys() {
            text.push('\n');
            self.service_text(name, &mut text);
        }
        if !self.problems.is_empty() {
            text.push_str("\nwhat does not add up\n");
            for problem in &self.problems {
                let _ = writeln!(text, "  ! {problem}");
            }
        }
        text
    }

    /// How much there is of what, in a line.
    pub fn summary(&self) -> String {
        let calls: usize = self.calls.iter().map(|it| it.methods.len()).sum();
        let events: usize = self.events.iter().map(|it| it.handlers.len()).sum();
        format!(
            "{}, {}, {}",
            counted(self.services.len(), "service", "services"),
            counted(calls, "method called", "methods called"),
            counted(events, "event handled", "events handled")
        )
    }

    fn service_text(&self, name: &str, text: &mut String) {
        let service = &self.services[name];
        let versions: Vec<&str> = service.versions.iter().map(String::as_str).collect();
        let known =
            if service.is_described() { versions.join(", ") } else { "no manifest".to_owned() };
        let _ = writeln!(text, "{name}  {known}");
        if !service.docs.is_empty() {
            let _ = writeln!(text, "  {}", service.docs);
        }
        let mut rows: Vec<(String, String)> = Vec::new();
        for calls in self.calls.iter().filter(|it| it.from == name) {
            rows.push((format!("calls {}", calls.to), list(calls.methods.iter())));
        }
        for events in self.events.iter().filter(|it| it.to == name) {
            let names = events.handlers.iter().map(|it| short(&it.event, &events.from));
            rows.push((format!("hears {}", events.from), list(names)));
        }
        for events in self.events.iter().filter(|it| it.from == name) {
            let names = events.handlers.iter().map(|it| short(&it.event, name));
            rows.push((format!("tells {}", events.to), list(names)));
        }
        for calls in self.calls.iter().filter(|it| it.to == name) {
            rows.push((format!("serves {}", calls.from), list(calls.methods.iter())));
        }
        if !service.routes.is_empty() {
            rows.push(("http".to_owned(), list(service.routes.keys())));
        }
        for (method, every) in &service.timers {
            rows.push((format!("timer {method}"), format!("every {every}")));
        }
        for (method, kind) in &service.others {
            rows.push((kind.clone(), method.clone()));
        }
        let width = rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
        for (label, what) in rows {
            let _ = writeln!(text, "  {label:width$}  {what}");
        }
    }
}

pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// An event's name where it is plain whose it is.
pub(crate) fn short(event: &EventName, of: &str) -> String {
    if event.source == of { event.event_type.clone() } else { event.to_string() }
}

fn list(items: impl Iterator<Item = impl AsRef<str>>) -> String {
    let mut items: Vec<String> = items.map(|it| it.as_ref().to_owned()).collect();
    // Two methods may handle one event.
    items.dedup();
    items.join(", ")
}
