//! What is wrong with a section, judged by its schema: every mistake at once, each with the place
//! where it was written and what was wanted there.
//!
//! The schema cannot know everything (a type may have rules of its own), so a section that passes
//! still has to deserialize. But serde stops at the first mistake, names no place, and overlooks
//! keys that nobody reads.

mod words;

use std::{collections::BTreeMap, fmt};

use serde_json::{Map, Value};

pub(crate) use self::words::unknown_key;
use self::words::{
    choices, describe, is_null_only, types, wanted, wanted_choice, wanted_not_found,
};
use super::{
    mask::is_secret_name,
    node::{Content, Node, Source, join},
    schema::View,
};

/// Schemas within each other; only a schema that refers to itself reaches it.
const MAX_DEPTH: usize = 64;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The key, dotted.
    pub(crate) path: String,
    pub(crate) source: Option<Source>,
    pub(crate) message: String,
    /// Nobody reads this key, as far as this schema knows; another may know it.
    pub(crate) unknown: bool,
}

impl Problem {
    pub(crate) fn new(path: &str, source: Option<&Source>, message: impl Into<String>) -> Problem {
        Problem {
            path: path.to_owned(),
            source: source.cloned(),
            message: message.into(),
            unknown: false,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(source) = &self.source {
            write!(f, " ({source})")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// What is wrong with `node`, which stands at `path`.
///
/// Values whose type was guessed are set right where the schema leaves no doubt: `TOKEN=123` in the
/// environment is text if text is wanted. A null that is not wanted counts as nothing at all.
pub(crate) fn check(node: &mut Node, schema: View<'_>, path: &str, secret: bool) -> Vec<Problem> {
    let mut checker = Checker { problems: Vec::new() };
    checker.node(node, schema, Place { path, secret, open: false, depth: 0 });
    checker.problems
}

struct Checker {
    problems: Vec<Problem>,
}

#[derive(Clone, Copy)]
struct Place<'a> {
    path: &'a str,
    /// What stands here must not be shown.
    secret: bool,
    /// Other schemas apply here too, so this one cannot tell which keys are unknown.
    open: bool,
    depth: usize,
}

impl Place<'_> {
    fn deeper(self) -> Self {
        Place { depth: self.depth + 1, ..self }
    }
}

impl Checker {
    fn node(&mut self, node: &mut Node, schema: View<'_>, place: Place<'_>) {
        if schema.is_never() {
            self.report(node, place, "nothing may stand here");
        }
        let Some(keywords) = schema.keywords() else { return };
        if place.depth > MAX_DEPTH {
            return;
        }
        let place = Place { secret: place.secret || schema.is_secret(), ..place };
        if !fits_type(node, keywords) && !guess_again(node, keywords) {
            return self.report(
                node,
                place,
                &wanted_not_found(&wanted(keywords), node, place.secret),
            );
        }
        self.scalar(node, keywords, place);

        let parts: Vec<_> = schema.target().into_iter().chain(schema.list("allOf")).collect();
        let alternatives: Vec<_> = schema.alternatives().collect();
        let shared = usize::from(keywords.contains_key("properties"))
            + parts.len()
            + usize::from(!alternatives.is_empty());
        let place = Place { open: place.open || shared > 1, ..place };
        self.map(node, schema, keywords, place);
        self.list(node, keywords, schema, place);
        for part in parts {
            self.node(node, part, place.deeper());
        }
        self.alternatives(node, &alternatives, place.deeper());
    }

    fn scalar(&mut self, node: &Node, keywords: &Map<String, Value>, place: Place<'_>) {
        let Content::Scalar(value) = &node.content else { return };
        if let Some(choices) = choices(keywords)
            && !choices.contains(&value)
        {
            let message = wanted_choice(&choices, node, place.secret);
            return self.report(node, place, &message);
        }
        let Some(number) = value.as_f64() else { return };
        let limit = |keyword| keywords.get(keyword).and_then(Value::as_f64);
        let bound = match (limit("minimum"), limit("maximum")) {
            (Some(least), _) if number < least => format!("at least {least}"),
            (_, Some(most)) if number > most => format!("at most {most}"),
            _ => return,
        };
        self.report(node, place, &wanted_not_found(&bound, node, place.secret));
    }

    fn map(
        &mut self,
        node: &mut Node,
        schema: View<'_>,
        keywords: &Map<String, Value>,
        place: Place<'_>,
    ) {
        let source = node.source.clone();
        let Content::Map(entries) = &mut node.content else { return };
        let properties = keywords.get("properties").and_then(Value::as_object);
        let required: Vec<&str> = keywords
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let additional = keywords.get("additionalProperties").map(|it| schema.to(it));

        let mut nothing = Vec::new();
        for (key, value) in entries.iter_mut() {
            let path = join(place.path, key);
            let inner = Place {
                path: &path,
                secret: place.secret || is_secret_name(key),
                open: false,
                depth: place.depth + 1,
            };
            match (properties.and_then(|it| it.get(key)), additional) {
                (Some(property), _) => {
                    if value.is_null() && !accepts_null(schema.to(property)) {
                        nothing.push(key.clone());
                    } else {
                        self.node(value, schema.to(property), inner);
                    }
                }
                (None, Some(additional)) if !additional.is_never() => {
                    self.node(value, additional, inner);
                }
                (None, _) if properties.is_some() && !place.open && !schema.is_open() => {
                    self.unknown(value, inner, key, &schema.property_names());
                }
                _ => {}
            }
        }
        let nothing: BTreeMap<String, Source> =
            nothing.into_iter().filter_map(|it| entries.remove_entry(&it)).map(source_of).collect();
        for key in required.into_iter().filter(|key| !entries.contains_key(*key)) {
            let schema = properties.and_then(|it| it.get(key)).map(|it| schema.to(it));
            let mut message = format!("missing: {} is wanted", describe(schema));
            let path = join(place.path, key);
            let source = match nothing.get(key) {
                Some(empty) => {
                    if matches!(empty, Source::File { .. }) {
                        message += ", and a `${VARIABLE}` that is not set is nothing";
                    }
                    Some(empty)
                }
                // A section that was not written at all has no place worth naming.
                None => Some(&source).filter(|it| **it != Source::Default),
            };
            self.problems.push(Problem::new(&path, source, message));
        }
    }

    fn list(
        &mut self,
        node: &mut Node,
        keywords: &Map<String, Value>,
        schema: View<'_>,
        place: Place<'_>,
    ) {
        let Content::List(items) = &mut node.content else { return };
        let first: Vec<_> = schema.list("prefixItems").collect();
        let rest = keywords.get("items").map(|it| schema.to(it));
        for (index, item) in items.iter_mut().enumerate() {
            let Some(schema) = first.get(index).copied().or(rest) else { break };
            let path = format!("{}[{index}]", place.path);
            self.node(item, schema, Place { path: &path, open: false, ..place.deeper() });
        }
    }

    fn alternatives(&mut self, node: &mut Node, alternatives: &[View<'_>], place: Place<'_>) {
        let mut failures = Vec::new();
        for &alternative in alternatives {
            let mut attempt = Checker { problems: Vec::new() };
            let mut changed = node.clone();
            attempt.node(&mut changed, alternative, place);
            if attempt.problems.is_empty() {
                *node = changed;
                return;
            }
            if !is_null_only(alternative) {
                failures.push((alternative, attempt.problems));
            }
        }
        let inner = |(_, it): &(View<'_>, Vec<Problem>)| it.iter().all(|it| it.path != place.path);
        if failures.len() == 1 || failures.iter().filter(|it| inner(it)).count() == 1 {
            // Only one can have been meant, so its own words say most.
            let only = failures.len() == 1;
            let meant = failures.into_iter().find(|it| only || inner(it));
            self.problems.extend(meant.into_iter().flat_map(|(_, problems)| problems));
            return;
        }
        if failures.is_empty() {
            return;
        }
        let choices: Option<Vec<_>> =
            failures.iter().map(|(it, _)| it.keywords().and_then(choices)).collect();
        let message = match choices {
            Some(choices) => wanted_choice(&choices.concat(), node, place.secret),
            None => {
                let mut all: Vec<_> = failures.iter().map(|(it, _)| describe(Some(*it))).collect();
                all.dedup();
                wanted_not_found(&all.join(" or "), node, place.secret)
            }
        };
        self.report(node, place, &message);
    }

    fn unknown(&mut self, node: &Node, place: Place<'_>, key: &str, known: &[&str]) {
        let message = unknown_key(key, known);
        self.problems.push(Problem {
            unknown: true,
            ..Problem::new(place.path, Some(&node.source), message)
        });
    }

    fn report(&mut self, node: &Node, place: Place<'_>, message: &str) {
        self.problems.push(Problem::new(place.path, Some(&node.source), message));
    }
}

fn source_of((key, node): (String, Node)) -> (String, Source) {
    (key, node.source)
}

fn fits_type(node: &Node, keywords: &Map<String, Value>) -> bool {
    let types = types(keywords);
    let found = match &node.content {
        Content::List(_) => "array",
        Content::Map(_) => "object",
        Content::Scalar(Value::Null) => "null",
        Content::Scalar(Value::Bool(_)) => "boolean",
        Content::Scalar(Value::Number(it)) if it.is_f64() => "number",
        Content::Scalar(Value::Number(_)) => "integer",
        Content::Scalar(_) => "string",
    };
    types.is_empty() || types.contains(&found) || (found == "integer" && types.contains(&"number"))
}

/// Takes a value whose type was only guessed for what is wanted, if it can be that.
fn guess_again(node: &mut Node, keywords: &Map<String, Value>) -> bool {
    let Some(text) = &node.text else { return false };
    let types = types(keywords);
    let value = match text.as_ref() {
        _ if types.contains(&"string") => Value::from(text.as_ref()),
        "0" | "1" if types.contains(&"boolean") => (text.as_ref() == "1").into(),
        _ => return false,
    };
    node.content = Content::Scalar(value);
    true
}

fn accepts_null(schema: View<'_>) -> bool {
    let mut null = Node::scalar(Value::Null, Source::Default);
    check(&mut null, schema, "", false).is_empty()
}

#[cfg(test)]
mod tests;
