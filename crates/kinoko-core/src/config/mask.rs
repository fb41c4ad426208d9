//! What must not be shown, and what is shown instead.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    node::{Content, Node},
    schema::View,
};
use crate::secret::MASK;

/// Parts of key names whose values are nobody's business, without `-` and `_`.
const SECRET_NAMES: [&str; 8] =
    ["password", "passwd", "passphrase", "secret", "token", "credential", "private", "apikey"];

/// Whether a key's name says that its value is secret.
pub(crate) fn is_secret_name(key: &str) -> bool {
    let key: String =
        key.chars().filter(|it| !matches!(it, '-' | '_')).flat_map(char::to_lowercase).collect();
    SECRET_NAMES.iter().any(|it| key.contains(it))
}

/// `text` with the password of each URI in it masked.
///
/// Where a password ends is guessed generously: rather too much is masked than too little.
pub(crate) fn mask_uris(text: &str) -> Cow<'_, str> {
    if !text.contains("://") {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split("://");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("://");
        let userinfo = part.rfind('@').map(|end| (&part[..end], &part[end..]));
        match userinfo.and_then(|(it, rest)| Some((it.split_once(':')?.0, rest))) {
            Some((user, rest)) => out.extend([user, ":", MASK, without_query(rest)]),
            None => out.push_str(without_query(part)),
        }
    }
    Cow::Owned(out)
}

/// Up to the query, which may hold anything.
fn without_query(part: &str) -> &str {
    part.split_once('?').map_or(part, |(it, _)| it)
}

/// Masks the secrets in the tree. `secret` says that all of it is one.
pub(crate) fn mask(node: &mut Node, schema: Option<View<'_>>, secret: bool) {
    let secret = secret || schema.is_some_and(View::is_secret);
    node.text = None;
    match &mut node.content {
        // That a secret is not set may be known.
        Content::Scalar(Value::Null) => {}
        Content::Scalar(value) if secret => *value = MASK.into(),
        Content::Scalar(Value::String(text)) => *text = mask_uris(text).into_owned(),
        Content::Scalar(_) => {}
        Content::List(items) => {
            let schema = schema.and_then(View::items);
            items.iter_mut().for_each(|it| mask(it, schema, secret));
        }
        Content::Map(entries) => {
            for (key, it) in entries {
                let schema = schema.and_then(|schema| schema.property(key));
                mask(it, schema, secret || is_secret_name(key));
            }
        }
    }
}

/// `text`, which may quote values of `node`, with the secret ones masked.
pub(crate) fn redact(text: String, node: &Node, schema: Option<View<'_>>) -> String {
    let mut secrets = Vec::new();
    let mut masked = node.clone();
    mask(&mut masked, schema, false);
    collect(&node.to_json(), &masked.to_json(), &mut secrets);
    // The longest first: one secret may be part of another.
    secrets.sort_by_key(|it| std::cmp::Reverse(it.len()));
    secrets.iter().fold(text, |text, secret| text.replace(secret.as_str(), MASK))
}

fn collect(plain: &Value, masked: &Value, secrets: &mut Vec<String>) {
    match (plain, masked) {
        (Value::Object(plain), Value::Object(masked)) => {
            for (plain, masked) in plain.values().zip(masked.values()) {
                collect(plain, masked, secrets);
            }
        }
        (Value::Array(plain), Value::Array(masked)) => {
            for (plain, masked) in plain.iter().zip(masked) {
                collect(plain, masked, secrets);
            }
        }
        (Value::String(plain), Value::String(masked)) if plain != masked && !plain.is_empty() => {
            secrets.push(plain.clone());
            // serde quotes text escaped, as `Debug` does.
            secrets.push(plain.escape_debug().to_string());
        }
        (Value::Number(plain), Value::String(_)) => secrets.push(plain.to_string()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::node::Source;

    #[test]
    fn names_tell_secrets() {
        let cases = [
            ("password", true),
            ("DB_PASSWORD", true),
            ("api-key", true),
            ("ApiKey", true),
            ("client_secret", true),
            ("accessToken", true),
            ("private_key", true),
            ("limit", false),
            ("key", false),
            ("keyfile", false),
        ];
        for (name, want) in cases {
            assert_eq!(is_secret_name(name), want, "{name}");
        }
    }

    #[test]
    fn passwords_of_uris_are_masked() {
        #[track_caller]
        fn check(text: &str, want: &str) {
            assert_eq!(mask_uris(text), want);
        }
        check("amqp://u:p@h:5672/v", "amqp://u:********@h:5672/v");
        check("amqp://u:p@ss/w:rd@h/v", "amqp://u:********@h/v");
        check("amqp://u:p@h1;amqp://u:q@h2", "amqp://u:********@h1;amqp://u:********@h2");
        check("amqp://:p@h", "amqp://:********@h");
        check("redis://u@h:1", "redis://u@h:1");
        check("http://h:8000/x", "http://h:8000/x");
        check("0.0.0.0:8000", "0.0.0.0:8000");
        check("mail: a@b", "mail: a@b");
    }

    #[test]
    fn a_tree_is_masked_by_name_by_schema_and_by_uri() {
        let tree = json!({
            "password": "hunter2", "tokens": ["bb", {"c": 17}], "pin": 1234, "secret": null,
            "url": "http://u:p@h", "limit": 3,
        });
        let schema = json!({"properties": {"pin": {"type": "integer", "writeOnly": true}}});
        let node = Node::from_json(tree, &Source::Code);
        let want = json!({
            "password": MASK, "tokens": [MASK, {"c": MASK}], "pin": MASK, "secret": null,
            "url": "http://u:********@h", "limit": 3,
        });
        let mut masked = node.clone();
        mask(&mut masked, Some(View::new(&schema)), false);
        assert_eq!(masked.to_json(), want);

        let text = redact(
            "invalid 1234 for hunter2, wanted 3".to_owned(),
            &node,
            Some(View::new(&schema)),
        );
        assert_eq!(text, "invalid ******** for ********, wanted 3");
    }
}
