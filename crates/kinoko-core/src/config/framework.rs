//! [`Framework`]: what the framework's own keys say, with their types.

use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

use serde_json::Value;

use super::{
    check::{Problem, check},
    keys::{self, KEYS, KeyKind},
    mask::mask_uris,
    node::{Content, Node, Source},
    schema::View,
    yaml::parse_value,
};

/// The framework's own settings. What each means and takes stands in [`KEYS`].
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Framework {
    /// `AMQP_URI`: the RabbitMQ to use, or several separated by `;`. Holds a password.
    pub amqp_uri: Option<String>,
    /// `AMQP_SSL`: how to speak TLS to it, when asked to.
    pub amqp_ssl: Option<AmqpTls>,
    /// `LOGIN_METHOD`.
    pub login_method: LoginMethod,
    /// `HEARTBEAT`: zero for none.
    pub heartbeat: Duration,
    /// `AUTO_DELETE_EVENT_EXCHANGES`.
    pub auto_delete_event_exchanges: bool,
    /// `DECLARE_EVENT_EXCHANGES`.
    pub declare_event_exchanges: bool,
    /// `rpc_exchange`.
    pub rpc_exchange: String,
    /// `direct_replies`.
    pub direct_replies: bool,
    /// `WEB_SERVER_ADDRESS`, as `address:port`.
    pub web_server_address: String,
    /// `max_workers`, of one service.
    pub max_workers: usize,
    /// `prefetch`, of one consumer.
    pub prefetch: u16,
    /// `parent_calls_tracked`.
    pub parent_calls_tracked: usize,
    /// `rpc_timeout`.
    pub rpc_timeout: Duration,
    /// `drain_grace`.
    pub drain_grace: Duration,
    /// `max_body_size`, in bytes.
    pub max_body_size: usize,
    /// `http_body_limit`, in bytes.
    pub http_body_limit: usize,
    /// `http_request_timeout`.
    pub http_request_timeout: Duration,
    /// `http_header_timeout`.
    pub http_header_timeout: Duration,
    /// `log_format`.
    pub log_format: LogFormat,
}

/// How to speak TLS to RabbitMQ. Nothing set means the system's certificates and no client's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AmqpTls {
    /// The file of certificates to trust.
    pub ca_certs: Option<PathBuf>,
    /// The file of the certificate to show.
    pub certfile: Option<PathBuf>,
    /// The file of its key.
    pub keyfile: Option<PathBuf>,
    /// Whether the broker's certificate is verified: Python's `cert_reqs` of 0 says no.
    pub skip_verification: bool,
    /// The name that the broker's certificate has to be for, when it is not the host's.
    pub server_hostname: Option<String>,
}

/// How to log in to RabbitMQ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginMethod {
    /// Name and password.
    #[default]
    Plain,
    /// The same, as AMQP 0-9 did.
    AmqPlain,
    /// By the client's certificate.
    External,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Framework {
    fn default() -> Framework {
        let (mut problems, mut warnings) = (Vec::new(), Vec::new());
        Framework::read(&defaults(), &mut problems, &mut warnings)
    }
}

/// The default of every key that has one.
pub(crate) fn defaults() -> BTreeMap<String, Node> {
    let with_default = KEYS.iter().filter(|it| !it.default.is_empty());
    with_default.map(|it| (it.name.to_owned(), parse_value(it.default, Source::Default))).collect()
}

impl Framework {
    /// Reads the framework's keys among `written`, and says what every key is in the end.
    pub(crate) fn resolve(
        mut written: Node,
        problems: &mut Vec<Problem>,
        warnings: &mut Vec<String>,
    ) -> (Framework, BTreeMap<String, Node>) {
        for key in KEYS {
            let Some(node) = written.entries().and_then(|it| it.get(key.name)) else { continue };
            if let (KeyKind::Ignored(instead), false) = (key.kind, node.is_null()) {
                warnings.push(format!("{} ({}) has no effect: {instead}", key.name, node.source));
            }
        }
        let schema = keys::schema();
        let found = check(&mut written, View::new(&schema), "", false);
        let mut effective = defaults();
        // What is wrong is left out, so that the rest is judged all the same.
        let is_wrong =
            |key: &String| found.iter().any(|it| it.path.split(['.', '[']).next() == Some(key));
        let right = std::mem::take(written.entries_mut()).into_iter();
        effective.extend(right.filter(|(key, _)| !is_wrong(key)));
        problems.extend(found);
        let framework = Framework::read(&effective, problems, warnings);
        (framework, effective)
    }

    fn read(
        values: &BTreeMap<String, Node>,
        problems: &mut Vec<Problem>,
        warnings: &mut Vec<String>,
    ) -> Framework {
        let mut reader = Reader { values, problems, warnings };
        Framework {
            amqp_uri: reader.amqp_uri(),
            amqp_ssl: reader.tls(),
            login_method: match reader.text("LOGIN_METHOD").as_deref() {
                Some("AMQPLAIN") => LoginMethod::AmqPlain,
                Some("EXTERNAL") => LoginMethod::External,
                _ => LoginMethod::Plain,
            },
            heartbeat: Duration::from_secs(reader.whole("HEARTBEAT")),
            auto_delete_event_exchanges: reader.flag("AUTO_DELETE_EVENT_EXCHANGES"),
            declare_event_exchanges: reader.flag("DECLARE_EVENT_EXCHANGES"),
            rpc_exchange: reader.text("rpc_exchange").unwrap_or_default(),
            direct_replies: reader.flag("direct_replies"),
            web_server_address: reader.address("WEB_SERVER_ADDRESS"),
            max_workers: reader.size("max_workers"),
            prefetch: u16::try_from(reader.whole("prefetch")).unwrap_or(u16::MAX),
            parent_calls_tracked: reader.size("parent_calls_tracked"),
            rpc_timeout: reader.seconds("rpc_timeout"),
            drain_grace: reader.seconds("drain_grace"),
            max_body_size: reader.size("max_body_size"),
            http_body_limit: reader.size("http_body_limit"),
            http_request_timeout: reader.seconds("http_request_timeout"),
            http_header_timeout: reader.seconds("http_header_timeout"),
            log_format: match reader.text("log_format").as_deref() {
                Some("json") => LogFormat::Json,
                _ => LogFormat::Text,
            },
        }
        .checking_accept(&mut reader)
    }

    /// `ACCEPT` has no field: it can only say what holds anyway.
    fn checking_accept(self, reader: &mut Reader<'_>) -> Framework {
        let is_json = |it: &str| matches!(it, "json" | "application/json");
        let Some(node) = reader.get("ACCEPT") else { return self };
        let types: Vec<String> = match &node.content {
            Content::List(items) => {
                items.iter().filter_map(|it| it.to_json().as_str().map(str::to_owned)).collect()
            }
            _ => node.to_json().as_str().map(str::to_owned).into_iter().collect(),
        };
        if !types.iter().any(|it| is_json(it)) {
            let message = "`json` has to be among them: it is what is spoken";
            reader.problems.push(Problem::new("ACCEPT", Some(&node.source), message));
        } else if let Some(other) = types.iter().find(|it| !is_json(it)) {
            let warning = format!("ACCEPT ({}): {other:?} is not read, only JSON is", node.source);
            reader.warnings.push(warning);
        }
        self
    }
}

/// Takes values out of a tree that the schema has passed.
struct Reader<'a> {
    values: &'a BTreeMap<String, Node>,
    problems: &'a mut Vec<Problem>,
    warnings: &'a mut Vec<String>,
}

impl<'a> Reader<'a> {
    fn get(&self, key: &str) -> Option<&'a Node> {
        self.values.get(key).filter(|it| !it.is_null())
    }

    fn text(&self, key: &str) -> Option<String> {
        self.get(key)?.to_json().as_str().map(str::to_owned)
    }

    fn flag(&self, key: &str) -> bool {
        self.get(key).is_some_and(|it| it.to_json() == Value::Bool(true))
    }

    fn whole(&self, key: &str) -> u64 {
        self.get(key).and_then(|it| it.to_json().as_u64()).unwrap_or_default()
    }

    fn size(&self, key: &str) -> usize {
        usize::try_from(self.whole(key)).unwrap_or(usize::MAX)
    }

    fn seconds(&self, key: &str) -> Duration {
        let seconds = self.get(key).and_then(|it| it.to_json().as_f64()).unwrap_or_default();
        Duration::try_from_secs_f64(seconds).unwrap_or_default()
    }

    fn wrong(&mut self, key: &str, message: &str) {
        let source = self.get(key).map(|it| &it.source);
        self.problems.push(Problem::new(key, source, message));
    }

    fn amqp_uri(&mut self) -> Option<String> {
        let uri = self.text("AMQP_URI").filter(|it| !it.trim().is_empty())?;
        let known = |it: &str| {
            ["amqp://", "amqps://", "pyamqp://"].iter().any(|scheme| it.starts_with(scheme))
        };
        if !uri.split(';').map(str::trim).filter(|it| !it.is_empty()).all(known) {
            self.wrong(
                "AMQP_URI",
                "not an AMQP URI: wanted `amqp://user:password@host:port/vhost`, or `amqps://…`",
            );
        }
        Some(uri)
    }

    fn address(&mut self, key: &str) -> String {
        let Some(node) = self.get(key) else { return String::new() };
        let text = match node.to_json() {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let (address, port) = text.rsplit_once(':').unwrap_or(("0.0.0.0", &text));
        let bare = address.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        let is_address = match bare {
            Some(it) => it.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !address.is_empty() && !address.contains([':', '/', ' ', '@']),
        };
        let is_port = port.bytes().all(|it| it.is_ascii_digit()) && port.parse::<u16>().is_ok();
        if !(is_address && is_port) {
            self.wrong(key, "wanted `[address:]port`, such as `8000` or `127.0.0.1:8000`");
        }
        format!("{address}:{port}")
    }

    fn tls(&mut self) -> Option<AmqpTls> {
        let node = self.get("AMQP_SSL")?;
        let Some(entries) = node.entries() else {
            return self.flag("AMQP_SSL").then(AmqpTls::default);
        };
        let text = |key| entries.get(key).and_then(|it| it.to_json().as_str().map(str::to_owned));
        let verify = entries.get("cert_reqs").and_then(|it| it.to_json().as_u64());
        for ignored in ["ciphers", "ssl_version"] {
            if let Some(node) = entries.get(ignored) {
                let source = &node.source;
                self.warnings.push(format!(
                    "AMQP_SSL.{ignored} ({source}) has no effect: only what is safe is offered"
                ));
            }
        }
        if entries.contains_key("certfile") != entries.contains_key("keyfile") {
            self.wrong("AMQP_SSL", "`certfile` and `keyfile` go together");
        }
        // As in Nameko, an empty section is no TLS.
        (!entries.is_empty()).then(|| AmqpTls {
            ca_certs: text("ca_certs").map(PathBuf::from),
            certfile: text("certfile").map(PathBuf::from),
            keyfile: text("keyfile").map(PathBuf::from),
            skip_verification: verify == Some(0),
            server_hostname: text("server_hostname"),
        })
    }
}

impl fmt::Debug for Framework {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Framework")
            .field("amqp_uri", &self.amqp_uri.as_deref().map(mask_uris))
            .field("web_server_address", &self.web_server_address)
            .field("max_workers", &self.max_workers)
            .field("prefetch", &self.prefetch)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
