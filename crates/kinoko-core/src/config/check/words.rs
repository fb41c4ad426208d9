//! How a mistake is put into words.

use serde_json::{Map, Value};

use crate::config::{
    mask::mask_uris,
    node::{Content, Node},
    schema::View,
};

/// What to say of a key that nobody reads.
pub(crate) fn unknown_key(key: &str, known: &[&str]) -> String {
    let folded = key.to_lowercase().replace(['-', '.'], "_");
    let near = known
        .iter()
        .map(|it| (strsim::jaro_winkler(&folded, &it.to_lowercase().replace(['-', '.'], "_")), it))
        .filter(|(similarity, _)| *similarity > 0.8)
        .max_by(|left, right| left.0.total_cmp(&right.0));
    match near {
        Some((_, near)) => format!("unknown key: did you mean `{near}`?"),
        None if known.is_empty() => "unknown key: none is known here".to_owned(),
        None if known.len() <= 12 => format!("unknown key: known are `{}`", known.join("`, `")),
        None => "unknown key".to_owned(),
    }
}

/// What stands where that schema applies.
pub(super) fn describe(schema: Option<View<'_>>) -> String {
    let Some(schema) = schema else { return "a value".to_owned() };
    match (schema.keywords(), schema.target()) {
        (Some(keywords), None) if schema.alternatives().next().is_none() => wanted(keywords),
        (_, Some(target)) if target.target().is_none() => describe(Some(target)),
        _ => {
            let mut all: Vec<_> = schema
                .alternatives()
                .filter(|it| !is_null_only(*it))
                .filter_map(|it| Some(wanted(it.target().unwrap_or(it).keywords()?)))
                .collect();
            all.dedup();
            if all.is_empty() { "a value".to_owned() } else { all.join(" or ") }
        }
    }
}

pub(super) fn wanted(keywords: &Map<String, Value>) -> String {
    if let Some(choices) = choices(keywords) {
        return one_of(&choices);
    }
    let words: Vec<_> = types(keywords)
        .into_iter()
        .filter(|it| *it != "null")
        .map(|it| match it {
            "string" => "text",
            "integer" => "a whole number",
            "number" => "a number",
            "boolean" => "true or false",
            "array" => "a list",
            "object" => "a section",
            _ => "a value",
        })
        .collect();
    if words.is_empty() { "a value".to_owned() } else { words.join(" or ") }
}

fn one_of(choices: &[&Value]) -> String {
    let words: Vec<_> = choices
        .iter()
        .filter(|it| !it.is_null())
        .map(|it| it.as_str().map_or_else(|| format!("`{it}`"), |it| format!("`{it}`")))
        .collect();
    words.join(" or ")
}

pub(super) fn wanted_choice(choices: &[&Value], node: &Node, secret: bool) -> String {
    let mut message = wanted_not_found(&one_of(choices), node, secret);
    if let (Content::Scalar(Value::String(found)), false) = (&node.content, secret)
        && let Some(near) = choices
            .iter()
            .filter_map(|it| it.as_str())
            .find(|it| strsim::jaro_winkler(&found.to_lowercase(), &it.to_lowercase()) > 0.85)
    {
        message.push_str(&format!(": did you mean `{near}`?"));
    }
    message
}

pub(super) fn wanted_not_found(wanted: &str, node: &Node, secret: bool) -> String {
    format!("wanted {wanted}, found {}", found(node, secret))
}

/// What stands there, without giving away a secret.
fn found(node: &Node, secret: bool) -> String {
    match &node.content {
        Content::List(_) => "a list".to_owned(),
        Content::Map(_) => "a section".to_owned(),
        Content::Scalar(Value::Null) => "nothing".to_owned(),
        Content::Scalar(Value::String(_)) if secret => "text".to_owned(),
        Content::Scalar(Value::String(text)) => {
            let shown = mask_uris(text);
            match shown.char_indices().nth(60) {
                Some((end, _)) => format!("text {:?}…", &shown[..end]),
                None => format!("text {shown:?}"),
            }
        }
        Content::Scalar(Value::Number(_)) if secret => "a number".to_owned(),
        Content::Scalar(Value::Bool(_)) if secret => "a boolean".to_owned(),
        Content::Scalar(value) => format!("`{value}`"),
    }
}

pub(super) fn choices(keywords: &Map<String, Value>) -> Option<Vec<&Value>> {
    match (keywords.get("const"), keywords.get("enum")) {
        (Some(only), _) => Some(vec![only]),
        (None, Some(Value::Array(several))) => Some(several.iter().collect()),
        _ => None,
    }
}

pub(super) fn is_null_only(schema: View<'_>) -> bool {
    schema.keywords().is_some_and(|it| types(it) == ["null"])
}

pub(super) fn types(keywords: &Map<String, Value>) -> Vec<&str> {
    match keywords.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
