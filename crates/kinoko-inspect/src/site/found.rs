//! What a search finds of a service.

use serde_json::{Value, json};

use super::page::Service;
use crate::map::first_sentence;

/// Of each thing a text, what it is, where it is, and a sentence about it.
pub(super) fn of(service: &Service) -> Vec<Value> {
    let page = format!("services/{}.html", service.head.file);
    let mut found = vec![json!([service.head.name, "service", page, service.head.summary])];
    for (kind, methods) in [
        ("method", &service.rpc),
        ("route", &service.http),
        ("handler", &service.handlers),
        ("timer", &service.timers),
        ("entrypoint", &service.others),
    ] {
        for it in methods {
            let text = if kind == "route" {
                it.about.clone()
            } else {
                format!("{}.{}", service.head.name, it.name)
            };
            found.push(json!([
                text,
                kind,
                format!("{page}#{}", it.anchor),
                first_sentence(&it.docs)
            ]));
        }
    }
    for it in &service.emits {
        let text = format!("{}.{}", service.head.name, it.name);
        found.push(json!([
            text,
            "event",
            format!("{page}#{}", it.anchor),
            first_sentence(&it.docs)
        ]));
    }
    found
}
