//! What the application declares: exchanges of every kind, queues, and the bindings between them.

/// The queues. `small` takes three messages; `temp` comes and goes; `fleeting` does not outlive the
/// broker; what nothing else wants goes to `aside`.
pub(crate) const QUEUES: [&str; 7] = ["one", "two", "small", "slow", "temp", "fleeting", "aside"];

/// Whether a queue outlives the broker.
pub(crate) fn is_durable(queue: &str) -> bool {
    queue != "fleeting"
}

/// An exchange.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exchange {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) durable: bool,
    /// Where what it has no binding for goes, if anywhere.
    pub(crate) alternate: &'static str,
}

/// The exchanges.
pub(crate) const EXCHANGES: [Exchange; 7] = [
    exchange("direct", "direct", true, ""),
    exchange("topic", "topic", false, ""),
    exchange("headers", "headers", true, ""),
    exchange("fanout", "fanout", true, ""),
    exchange("spare", "fanout", true, ""),
    exchange("front", "direct", true, "spare"),
    exchange("relay", "topic", true, ""),
];

const fn exchange(
    name: &'static str,
    kind: &'static str,
    durable: bool,
    alternate: &'static str,
) -> Exchange {
    Exchange { name, kind, durable, alternate }
}

/// Headers of a message, or of a binding; empty and zero for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(crate) color: &'static str,
    pub(crate) size: i32,
}

/// A message or a binding without.
pub(crate) const BARE: Marks = Marks { color: "", size: 0 };

/// Which way a binding leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum To {
    Queue(&'static str),
    Exchange(&'static str),
}

/// A binding: what it is called here, and what it says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub(crate) name: &'static str,
    pub(crate) source: &'static str,
    pub(crate) to: To,
    pub(crate) key: &'static str,
    /// `x-match`, where it matters.
    pub(crate) matches: &'static str,
    pub(crate) marks: Marks,
}

/// The bindings. No two have the same source and destination, so a name stands for one. Those between
/// `direct` and `relay` make a circle.
pub(crate) const LINKS: [Link; 16] = [
    keyed("direct a", "direct", To::Queue("one"), "a"),
    keyed("direct b", "direct", To::Queue("two"), "b"),
    keyed("topic star", "topic", To::Queue("one"), "x.*"),
    keyed("topic hash", "topic", To::Queue("two"), "x.#"),
    keyed("topic full", "topic", To::Queue("small"), "#.full"),
    keyed("topic slow", "topic", To::Queue("slow"), "x.slow"),
    marked("headers all", To::Queue("one"), "all", Marks { color: "red", size: 1 }),
    marked("headers any", To::Queue("two"), "any", Marks { color: "blue", size: 1 }),
    keyed("fanout fleeting", "fanout", To::Queue("fleeting"), ""),
    keyed("fanout temp", "fanout", To::Queue("temp"), "k"),
    keyed("fanout headers", "fanout", To::Exchange("headers"), ""),
    keyed("front a", "front", To::Queue("slow"), "a"),
    keyed("spare aside", "spare", To::Queue("aside"), ""),
    keyed("direct relay", "direct", To::Exchange("relay"), "r"),
    keyed("relay two", "relay", To::Queue("two"), "r"),
    keyed("relay direct", "relay", To::Exchange("direct"), "#"),
];

const fn keyed(name: &'static str, source: &'static str, to: To, key: &'static str) -> Link {
    Link { name, source, to, key, matches: "", marks: BARE }
}

const fn marked(name: &'static str, to: To, matches: &'static str, marks: Marks) -> Link {
    Link { name, source: "headers", to, key: "", matches, marks }
}
