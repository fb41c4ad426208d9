//! Routing: which queues want a message, through however many exchanges.

use std::collections::BTreeSet;

use kinoko_amqp_client::{Table, Text, Value, codec::ContentHeader};

use super::{
    Broker,
    exchange::{Binding, Place},
};
use crate::{ledger::Key, property::Property};

impl Broker {
    /// The queues that want a message, each once.
    pub(super) fn route(&self, exchange: &str, key: &str, header: &[u8]) -> BTreeSet<String> {
        if exchange.is_empty() {
            let found = self.queues.contains_key(key);
            return found.then(|| key.to_owned()).into_iter().collect();
        }
        let headers = headers(header);
        let (mut queues, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut ahead = vec![exchange.to_owned()];
        while let Some(name) = ahead.pop() {
            let Some(exchange) = self.exchanges.get(&name) else { continue };
            if !seen.insert(name.clone()) {
                continue;
            }
            let from_here = self.bindings.iter().filter(|it| it.source == name);
            let wants = |it: &&Binding| match &*exchange.kind {
                "fanout" => true,
                "headers" => suits(&it.arguments, headers),
                "topic" => fits(&it.key, key),
                _ => it.key == key,
            };
            let mut wanted = false;
            for binding in from_here.filter(wants) {
                wanted = true;
                match &binding.to {
                    Place::Queue(queue) => drop(queues.insert(queue.clone())),
                    Place::Exchange(next) => ahead.push(next.clone()),
                }
            }
            // As RabbitMQ has it: where a binding leads does not matter, only that there is one.
            ahead.extend(exchange.alternate.clone().filter(|_| !wanted));
        }
        queues
    }

    /// That a message goes where it was expected to.
    pub(super) fn check_route(
        &self,
        of: Key,
        (exchange, key): (&str, &str),
        header: &[u8],
        found: &BTreeSet<String>,
    ) {
        let headers = headers(header);
        let color = headers.get("color").and_then(Value::to_str).unwrap_or("");
        let size = headers.get("size").and_then(Value::to_i64).unwrap_or(0);
        let expected: Option<BTreeSet<String>> = match exchange {
            "" => Some(self.queues.keys().filter(|it| *it == key).cloned().collect()),
            _ => {
                let queues = self.expectation.queues(exchange, key, (color, size));
                queues.map(|it| it.into_iter().map(str::to_owned).collect())
            }
        };
        if expected.as_ref() != Some(found) {
            let text = format!(
                "message {of} to {exchange:?} with {key:?} goes to {found:?}, not {expected:?}"
            );
            self.world.fail(Property::RoutedAsWritten, text);
        }
    }
}

fn headers(header: &[u8]) -> Table<'_> {
    ContentHeader::read(header).ok().and_then(|it| it.properties.headers).unwrap_or_default()
}

/// Whether a message's headers are those that a binding asks for.
fn suits(arguments: &[u8], headers: Table<'_>) -> bool {
    let Ok(arguments) = Table::parse(arguments) else { return false };
    let any = arguments.get("x-match").and_then(Value::to_str) == Some("any");
    let mut asked = arguments.iter().filter(|(name, _)| !name.as_bytes().starts_with(b"x-"));
    let same = |(name, value): (Text<'_>, Value<'_>)| {
        name.to_str().is_some_and(|name| headers.get(name) == Some(value))
    };
    if any { asked.any(same) } else { asked.all(same) }
}

/// Whether a routing key fits a topic's pattern.
fn fits(pattern: &str, key: &str) -> bool {
    fn words(pattern: &[&str], key: &[&str]) -> bool {
        match (pattern, key) {
            ([], []) => true,
            (["#", rest @ ..], _) => {
                words(rest, key) || key.split_first().is_some_and(|(_, key)| words(pattern, key))
            }
            (["*", pattern @ ..], [_, key @ ..]) => words(pattern, key),
            ([one, pattern @ ..], [other, key @ ..]) => one == other && words(pattern, key),
            _ => false,
        }
    }
    words(&pattern.split('.').collect::<Vec<_>>(), &key.split('.').collect::<Vec<_>>())
}
