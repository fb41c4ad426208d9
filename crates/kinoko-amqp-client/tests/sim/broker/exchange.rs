//! [`Exchange`]: exchanges and bindings, as the broker has them, and how they are declared.

use kinoko_amqp_client::{
    Table, Text,
    codec::{
        ExchangeBind, ExchangeBindOk, ExchangeDeclare, ExchangeDeclareOk, ExchangeUnbind,
        ExchangeUnbindOk, Method, QueueBind, QueueBindOk, QueueUnbind, QueueUnbindOk,
    },
};

use super::{
    Broker,
    methods::{NOT_FOUND, PRECONDITION},
};

/// An exchange.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exchange {
    pub(super) kind: String,
    pub(super) durable: bool,
    /// Where what no binding wants goes.
    pub(super) alternate: Option<String>,
}

/// A binding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Binding {
    pub(super) source: String,
    pub(super) key: String,
    /// A table, as it came.
    pub(super) arguments: Vec<u8>,
    pub(super) to: Place,
}

/// What a binding leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Queue(String),
    Exchange(String),
}

impl Broker {
    pub(super) fn declare_exchange(&mut self, id: u32, number: u16, it: &ExchangeDeclare<'_>) {
        let name = it.exchange.to_string();
        let alternate = it.arguments.get("alternate-exchange");
        let asked = Exchange {
            kind: it.kind.to_string(),
            durable: it.durable,
            alternate: alternate.and_then(|it| it.to_str()).map(str::to_owned),
        };
        match self.exchanges.get(&name) {
            None if it.passive => return self.refuse(id, number, 404, NOT_FOUND),
            Some(other) if !it.passive && *other != asked => {
                return self.refuse(id, number, 406, PRECONDITION);
            }
            Some(_) => {}
            None => drop(self.exchanges.insert(name, asked)),
        }
        self.send(id, number, ExchangeDeclareOk::default());
    }

    /// Takes an exchange away, with what is bound to it and what it is bound to.
    pub(super) fn delete_exchange(&mut self, name: &str) {
        self.exchanges.remove(name);
        let to = Place::Exchange(name.to_owned());
        self.bindings.retain(|it| it.source != name && it.to != to);
        self.expectation.exchange_gone(name);
    }

    pub(super) fn bind_queue(&mut self, id: u32, number: u16, it: &QueueBind<'_>) {
        let to = Place::Queue(it.queue.to_string());
        let binding = binding(it.exchange, it.routing_key, it.arguments, to);
        self.bind(id, number, binding, QueueBindOk::default());
    }

    pub(super) fn unbind_queue(&mut self, id: u32, number: u16, it: &QueueUnbind<'_>) {
        let to = Place::Queue(it.queue.to_string());
        let binding = binding(it.exchange, it.routing_key, it.arguments, to);
        self.unbind(id, number, &binding, QueueUnbindOk::default());
    }

    pub(super) fn bind_exchange(&mut self, id: u32, number: u16, it: &ExchangeBind<'_>) {
        let to = Place::Exchange(it.destination.to_string());
        let binding = binding(it.source, it.routing_key, it.arguments, to);
        self.bind(id, number, binding, ExchangeBindOk::default());
    }

    pub(super) fn unbind_exchange(&mut self, id: u32, number: u16, it: &ExchangeUnbind<'_>) {
        let to = Place::Exchange(it.destination.to_string());
        let binding = binding(it.source, it.routing_key, it.arguments, to);
        self.unbind(id, number, &binding, ExchangeUnbindOk::default());
    }

    fn bind<'m>(&mut self, id: u32, number: u16, binding: Binding, ok: impl Into<Method<'m>>) {
        let is_there = match &binding.to {
            Place::Queue(name) => self.queues.contains_key(name),
            Place::Exchange(name) => self.exchanges.contains_key(name),
        };
        if !is_there || !self.exchanges.contains_key(&binding.source) {
            return self.refuse(id, number, 404, NOT_FOUND);
        }
        self.expectation.bind(&binding.source, binding.to.name(), true);
        self.bindings.insert(binding);
        self.send(id, number, ok);
    }

    fn unbind<'m>(&mut self, id: u32, number: u16, binding: &Binding, ok: impl Into<Method<'m>>) {
        if self.bindings.remove(binding) {
            self.expectation.bind(&binding.source, binding.to.name(), false);
        }
        self.send(id, number, ok);
    }
}

impl Place {
    fn name(&self) -> &str {
        let (Place::Queue(name) | Place::Exchange(name)) = self;
        name
    }
}

fn binding(source: Text<'_>, key: Text<'_>, arguments: Table<'_>, to: Place) -> Binding {
    let arguments = arguments.as_bytes().to_vec();
    Binding { source: source.to_string(), key: key.to_string(), arguments, to }
}
