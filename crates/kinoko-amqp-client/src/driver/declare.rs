//! What can be declared: exchanges and queues.

use crate::Fields;

/// An exchange to be declared: `topic`, transient, and to be created unless told otherwise.
#[derive(Debug, Clone)]
pub struct ExchangeDeclaration<'a> {
    /// Its name.
    pub name: &'a str,
    /// How it routes: `direct`, `fanout`, `topic`, `headers`, or what a plugin adds.
    pub kind: &'a str,
    /// Only to be looked for.
    pub passive: bool,
    /// Whether it outlives the broker.
    pub durable: bool,
    /// Whether it goes with its last binding.
    pub auto_delete: bool,
    /// Whether only exchanges may publish to it.
    pub internal: bool,
    /// What else there is to say: `alternate-exchange`.
    pub arguments: Fields,
}

impl Default for ExchangeDeclaration<'_> {
    fn default() -> Self {
        ExchangeDeclaration {
            name: "",
            kind: "topic",
            passive: false,
            durable: false,
            auto_delete: false,
            internal: false,
            arguments: Fields::new(),
        }
    }
}

/// A queue to be declared: transient, shared, and to be created unless told otherwise.
#[derive(Debug, Clone, Default)]
pub struct QueueDeclaration<'a> {
    /// Its name; the broker makes one up for an empty one.
    pub name: &'a str,
    /// Only to be looked for.
    pub passive: bool,
    /// Whether it outlives the broker.
    pub durable: bool,
    /// Whether it is only for this connection and goes with it.
    pub exclusive: bool,
    /// Whether it goes with its last consumer.
    pub auto_delete: bool,
    /// What else there is to say: `x-expires`, `x-max-length`, `x-queue-type`.
    pub arguments: Fields,
}
