//! Every key that the framework itself reads. Reading, checking, `show-config`, help texts and the
//! guide all take them from this table. Where Nameko has the key, it is Nameko's.

use std::fmt;

use serde_json::{Value, json};

/// One key at the top level of the configuration.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Key {
    /// Its name in a file. In the environment it may also be written in capitals.
    pub name: &'static str,
    /// What it takes.
    pub kind: KeyKind,
    /// What it is when nobody sets it, as YAML; empty for nothing.
    pub default: &'static str,
    /// What it does.
    pub docs: &'static str,
}

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum KeyKind {
    /// Text.
    Text,
    /// A whole number within those bounds.
    Whole {
        /// The least it may be.
        least: u64,
        /// The most it may be.
        most: u64,
    },
    /// Seconds, with a fraction if need be, and at least that many.
    Seconds {
        /// The fewest it may be.
        least: f64,
    },
    /// `true` or `false`.
    Flag,
    /// One of those words.
    Choice(&'static [&'static str]),
    /// A port, or `address:port`.
    SocketAddress,
    /// Content types: a list, or one.
    ContentTypes,
    /// `true`, `false`, or a section with certificates.
    Tls,
    /// A key of Nameko's that has no effect, and what to do instead.
    Ignored(&'static str),
}

/// The largest number of seconds a key takes: a year.
const MAX_SECONDS: u32 = 31_536_000;

/// Every key, in the order in which a reader may want to meet them.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    Key { name: "AMQP_URI", kind: KeyKind::Text, default: "",
        docs: "the RabbitMQ to use, as `amqp://user:password@host:port/vhost`; several to fail over between, separated by `;`; without it the broker is in this process" },
    Key { name: "AMQP_SSL", kind: KeyKind::Tls, default: "false",
        docs: "TLS to RabbitMQ: `true` for the system's certificates, or a section with `ca_certs`, `certfile`, `keyfile`, `cert_reqs` (0 to 2), `server_hostname`" },
    Key { name: "LOGIN_METHOD", kind: KeyKind::Choice(&["PLAIN", "AMQPLAIN", "EXTERNAL"]), default: "PLAIN",
        docs: "how to log in to RabbitMQ" },
    Key { name: "HEARTBEAT", kind: KeyKind::Whole { least: 0, most: 65_535 }, default: "10",
        docs: "seconds between heartbeats to RabbitMQ; a dead connection is noticed after twice that; 0 leaves it to the broker, which says 60" },
    Key { name: "AUTO_DELETE_EVENT_EXCHANGES", kind: KeyKind::Flag, default: "false",
        docs: "whether an event exchange goes when its last queue does" },
    Key { name: "DECLARE_EVENT_EXCHANGES", kind: KeyKind::Flag, default: "true",
        docs: "whether event exchanges are declared; `false` where someone else does" },
    Key { name: "rpc_exchange", kind: KeyKind::Text, default: "nameko-rpc",
        docs: "the exchange that RPC goes through; the same for all who call each other" },
    Key { name: "direct_replies", kind: KeyKind::Flag, default: "true",
        docs: "whether replies to Kinoko go straight to the caller's queue, where RabbitMQ permits writing to the default exchange; `false` where it does not, so that it is not asked" },
    Key { name: "serializer", kind: KeyKind::Choice(&["json"]), default: "json",
        docs: "how bodies are written; only JSON is spoken" },
    Key { name: "ACCEPT", kind: KeyKind::ContentTypes, default: "[json]",
        docs: "content types that are read; only JSON is spoken" },
    Key { name: "WEB_SERVER_ADDRESS", kind: KeyKind::SocketAddress, default: "0.0.0.0:8000",
        docs: "where HTTP listens: a port, or `address:port`; as in Nameko every interface unless told otherwise" },
    Key { name: "max_workers", kind: KeyKind::Whole { least: 1, most: 1_000_000 }, default: "256",
        docs: "methods of one service that run at the same time; Nameko's 10 are threads, these are cheap" },
    Key { name: "prefetch", kind: KeyKind::Whole { least: 1, most: 65_535 }, default: "256",
        docs: "messages that one consumer holds before it settles the first" },
    Key { name: "parent_calls_tracked", kind: KeyKind::Whole { least: 1, most: 1_000 }, default: "10",
        docs: "how many callers up the call id stack goes" },
    Key { name: "rpc_timeout", kind: KeyKind::Seconds { least: 0.001 }, default: "30",
        docs: "seconds that a call of another service may take unless it says otherwise" },
    Key { name: "drain_grace", kind: KeyKind::Seconds { least: 0.0 }, default: "30",
        docs: "seconds that running methods have to end when the process is told to stop" },
    Key { name: "max_body_size", kind: KeyKind::Whole { least: 1024, most: 512 << 20 }, default: "16777216",
        docs: "bytes of the largest message that is sent or read" },
    Key { name: "http_body_limit", kind: KeyKind::Whole { least: 0, most: 4 << 30 }, default: "2097152",
        docs: "bytes of the largest HTTP request body" },
    Key { name: "http_request_timeout", kind: KeyKind::Seconds { least: 0.001 }, default: "60",
        docs: "seconds that an HTTP request may take, from its headers until its method returns" },
    Key { name: "http_header_timeout", kind: KeyKind::Seconds { least: 0.001 }, default: "10",
        docs: "seconds that an HTTP client has to send a request's headers" },
    Key { name: "log_format", kind: KeyKind::Choice(&["text", "json"]), default: "text",
        docs: "how logs are written; what is logged is `RUST_LOG`'s" },

    Key { name: "TRANSPORT_OPTIONS", kind: KeyKind::Ignored("reconnecting needs no options"), default: "",
        docs: "Nameko's options for connecting again" },
    Key { name: "SERIALIZERS", kind: KeyKind::Ignored("only JSON is spoken"), default: "",
        docs: "Nameko's serializers of one's own" },
    Key { name: "LOGGING", kind: KeyKind::Ignored("set RUST_LOG and `log_format`"), default: "",
        docs: "Python's logging configuration" },
    Key { name: "SERVICE_CONTAINER_CLS", kind: KeyKind::Ignored("there is one kind of container"), default: "",
        docs: "Nameko's container class" },
    Key { name: "PREFETCH_COUNT", kind: KeyKind::Ignored("set `prefetch`"), default: "",
        docs: "Nameko 3's name for `prefetch`" },
];

impl Key {
    /// The key of that name, spelled exactly so.
    pub fn named(name: &str) -> Option<&'static Key> {
        KEYS.iter().find(|it| it.name == name)
    }

    /// Whether it has any effect.
    pub fn is_ignored(&self) -> bool {
        matches!(self.kind, KeyKind::Ignored(_))
    }

    /// The JSON Schema of its value.
    pub(crate) fn schema(&self) -> Value {
        let seconds = |least| json!({"type": "number", "minimum": least, "maximum": MAX_SECONDS});
        match self.kind {
            KeyKind::Text => json!({"type": "string"}),
            KeyKind::Whole { least, most } => {
                json!({"type": "integer", "minimum": least, "maximum": most})
            }
            KeyKind::Seconds { least } => seconds(least),
            KeyKind::Flag => json!({"type": "boolean"}),
            KeyKind::Choice(words) => json!({"type": "string", "enum": words}),
            KeyKind::SocketAddress => json!({"type": ["string", "integer"]}),
            KeyKind::ContentTypes => {
                json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
            }
            KeyKind::Tls => json!({"anyOf": [{"type": "boolean"}, {
                "type": "object",
                "properties": {
                    "ca_certs": {"type": "string"},
                    "certfile": {"type": "string"},
                    "keyfile": {"type": "string"},
                    "cert_reqs": {"type": "integer", "minimum": 0, "maximum": 2},
                    "server_hostname": {"type": "string"},
                    "ciphers": true,
                    "ssl_version": true,
                },
            }]}),
            KeyKind::Ignored(_) => Value::Bool(true),
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyKind::Text => f.write_str("text"),
            KeyKind::Whole { least, most } => write!(f, "whole number, {least} to {most}"),
            KeyKind::Seconds { least } if *least > 0.0 => f.write_str("seconds, more than 0"),
            KeyKind::Seconds { .. } => f.write_str("seconds"),
            KeyKind::Flag => f.write_str("true or false"),
            KeyKind::Choice(words) => f.write_str(&words.join(" or ")),
            KeyKind::SocketAddress => f.write_str("[address:]port"),
            KeyKind::ContentTypes => f.write_str("list of content types"),
            KeyKind::Tls => f.write_str("true, false, or a section"),
            KeyKind::Ignored(instead) => write!(f, "ignored: {instead}"),
        }
    }
}

/// The schema of all of them as one section.
pub(crate) fn schema() -> Value {
    let properties: serde_json::Map<_, _> =
        KEYS.iter().map(|it| (it.name.to_owned(), it.schema())).collect();
    json!({"type": "object", "properties": properties, "additionalProperties": true})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{
        check::check,
        node::{Node, Source},
        scalar,
        schema::View,
        yaml::parse_value,
    };

    #[test]
    fn every_default_is_what_its_key_takes() {
        for key in KEYS.iter().filter(|it| !it.default.is_empty()) {
            let mut node = parse_value(key.default, Source::Default);
            node.text = None;
            let problems = check(&mut node, View::new(&key.schema()), key.name, false);
            assert_eq!(problems, [], "{}", key.name);
        }
    }

    #[test]
    fn names_are_there_once_and_text_reads_as_text() {
        for (index, key) in KEYS.iter().enumerate() {
            let same = |it: &&Key| it.name.eq_ignore_ascii_case(key.name);
            assert_eq!(KEYS.iter().position(|it| same(&it)), Some(index), "{}", key.name);
            assert!(!key.docs.is_empty() && !key.docs.ends_with('.'), "{}", key.name);
            if let KeyKind::Choice(words) = key.kind {
                for word in words {
                    assert!(scalar::resolve(word).is_string(), "{word}");
                }
            }
        }
        let mut node = Node::map(Source::Code);
        assert_eq!(check(&mut node, View::new(&schema()), "", false), []);
    }
}
