//! Permissions for people, for a shell and for RabbitMQ itself.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{Permissions, Right};

/// Where permissions are to hold.
#[derive(Debug, Clone)]
pub struct Place {
    /// The virtual host.
    pub vhost: String,
}

impl Permissions {
    /// What is allowed, and what for.
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n", on_one_line(&self.user));
        for (right, title) in [
            (Right::Configure, "configure: make, and take away"),
            (Right::Write, "write: publish to it; bind it, of a queue"),
            (Right::Read, "read: consume it; bind to it, of an exchange"),
        ] {
            let grants = self.of_names.iter().filter(|it| it.right == right);
            let lines = grants.map(|it| (it.pattern.to_string(), it.why.clone())).collect();
            section(&mut text, title, lines);
        }
        for (exchange, _) in self.topics() {
            for (right, what) in [(Right::Write, "published with"), (Right::Read, "bound")] {
                let of = self.of_keys.iter();
                let of = of.filter(|it| it.right.exchange == exchange && it.right.right == right);
                let lines = of.map(|it| (it.pattern.to_string(), it.why.clone())).collect();
                section(
                    &mut text,
                    &format!("keys of {} that may be {what}", on_one_line(exchange)),
                    lines,
                );
            }
        }
        let must_exist = self.must_exist.iter();
        let lines = must_exist.map(|it| (it.clone(), "a durable topic exchange".to_owned()));
        section(&mut text, "has to be there before: this user may not make it", lines.collect());
        for it in &self.unknown {
            let _ = writeln!(text, "\n  not known, and not allowed: {}", on_one_line(it));
        }
        text
    }

    /// Lines for a shell, where the user is there already.
    pub fn to_rabbitmqctl(&self, place: &Place) -> String {
        let (user, vhost) = (quoted(&self.user), quoted(&place.vhost));
        let mut text = String::new();
        for exchange in &self.must_exist {
            let _ = writeln!(
                text,
                "rabbitmqadmin --vhost={vhost} declare exchange name={} type=topic durable=true",
                quoted(exchange)
            );
        }
        let names = [Right::Configure, Right::Write, Right::Read];
        let names = names.map(|it| quoted(&self.pattern(it))).join(" ");
        let _ = writeln!(text, "rabbitmqctl set_permissions --vhost {vhost} {user} {names}");
        for (exchange, [write, read]) in self.topics() {
            let _ = writeln!(
                text,
                "rabbitmqctl set_topic_permissions --vhost {vhost} {user} {} {} {}",
                quoted(exchange),
                quoted(&write),
                quoted(&read)
            );
        }
        for it in &self.unknown {
            let _ = writeln!(text, "# not known, and not allowed: {}", on_one_line(it));
        }
        text
    }

    /// The exchanges that have to be there and the permissions of some users, as `rabbitmqctl import_definitions`
    /// takes them.
    pub fn to_definitions(all: &[Permissions], place: &Place) -> Value {
        let vhost = &place.vhost;
        let mut exchanges: Vec<&String> = all.iter().flat_map(|it| &it.must_exist).collect();
        exchanges.sort_unstable();
        exchanges.dedup();
        let exchange = |name: &&String| json!({"name": name, "vhost": vhost, "type": "topic", "durable": true, "auto_delete": false, "internal": false, "arguments": {}});
        let names = |it: &Permissions| {
            let [configure, write, read] =
                [Right::Configure, Right::Write, Right::Read].map(|right| it.pattern(right));
            json!({"user": it.user, "vhost": vhost, "configure": configure, "write": write, "read": read})
        };
        let keys = |it: &Permissions| -> Vec<Value> {
            let topics = it.topics().into_iter();
            let topics = topics.map(|(exchange, [write, read])| json!({"user": it.user, "vhost": vhost, "exchange": exchange, "write": write, "read": read}));
            topics.collect()
        };
        json!({
            "exchanges": exchanges.iter().map(exchange).collect::<Vec<_>>(),
            "permissions": all.iter().map(names).collect::<Vec<_>>(),
            "topic_permissions": all.iter().flat_map(keys).collect::<Vec<_>>(),
        })
    }
}

/// A title and lines of two columns below it; nothing when there are none.
fn section(text: &mut String, title: &str, lines: Vec<(String, String)>) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n  {title}");
    let width = lines.iter().map(|(it, _)| it.chars().count()).max().unwrap_or(0).min(50);
    for (what, why) in lines {
        let (what, why) = (on_one_line(&what), on_one_line(&why));
        let _ = writeln!(text, "    {what:width$}  {why}");
    }
}

/// A text in which nothing ends the line or moves the cursor, whatever names are in it.
fn on_one_line(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { '\u{fffd}' } else { it }).collect()
}

/// One word for a shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
