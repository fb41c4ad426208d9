//! [`Expectation`]: which queues a message has to reach, written out by hand for every kind of message
//! there is, and with no thought for how an exchange finds them.

use std::collections::BTreeSet;

use crate::topology::{BARE, LINKS, Marks, To};

/// A kind of message, and the roads on which it gets anywhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) exchange: &'static str,
    pub(crate) key: &'static str,
    pub(crate) marks: Marks,
    roads: &'static [Road],
}

/// A queue that is reached when all bindings of the first list are there and none of the second.
type Road = (&'static str, &'static [&'static str], &'static [&'static str]);

const RED_1: Marks = Marks { color: "red", size: 1 };
const RED_2: Marks = Marks { color: "red", size: 2 };
const BLUE_2: Marks = Marks { color: "blue", size: 2 };

/// Every kind of message for an exchange with a name.
pub(crate) const KINDS: [Kind; 20] = [
    kind("direct", "a", BARE, &[("one", &["direct a"], &[])]),
    kind("direct", "b", RED_1, &[("two", &["direct b"], &[])]),
    kind("direct", "r", BARE, &[("two", &["direct relay", "relay two"], &[])]),
    kind("direct", "nowhere", BARE, &[]),
    kind("topic", "x.y", BARE, &[("one", &["topic star"], &[]), ("two", &["topic hash"], &[])]),
    kind(
        "topic",
        "x.slow",
        BARE,
        &[
            ("one", &["topic star"], &[]),
            ("two", &["topic hash"], &[]),
            ("slow", &["topic slow"], &[]),
        ],
    ),
    kind(
        "topic",
        "x.full",
        BARE,
        &[
            ("one", &["topic star"], &[]),
            ("two", &["topic hash"], &[]),
            ("small", &["topic full"], &[]),
        ],
    ),
    kind("topic", "x", BARE, &[("two", &["topic hash"], &[])]),
    kind("topic", "x.y.z", BARE, &[("two", &["topic hash"], &[])]),
    kind("topic", "nowhere", RED_1, &[]),
    kind("headers", "a", RED_1, &[("one", &["headers all"], &[]), ("two", &["headers any"], &[])]),
    kind("headers", "", RED_2, &[]),
    kind("headers", "", BLUE_2, &[("two", &["headers any"], &[])]),
    kind("headers", "x.y", BARE, &[]),
    kind(
        "fanout",
        "nowhere",
        BARE,
        &[("fleeting", &["fanout fleeting"], &[]), ("temp", &["fanout temp"], &[])],
    ),
    kind(
        "fanout",
        "",
        RED_1,
        &[
            ("fleeting", &["fanout fleeting"], &[]),
            ("temp", &["fanout temp"], &[]),
            ("one", &["fanout headers", "headers all"], &[]),
            ("two", &["fanout headers", "headers any"], &[]),
        ],
    ),
    kind(
        "front",
        "a",
        BARE,
        &[("slow", &["front a"], &[]), ("aside", &["spare aside"], &["front a"])],
    ),
    kind("front", "b", BARE, &[("aside", &["spare aside"], &[])]),
    kind("relay", "a", BARE, &[("one", &["relay direct", "direct a"], &[])]),
    kind("relay", "r", BLUE_2, &[("two", &["relay two"], &[])]),
];

const fn kind(
    exchange: &'static str,
    key: &'static str,
    marks: Marks,
    roads: &'static [Road],
) -> Kind {
    Kind { exchange, key, marks, roads }
}

impl Kind {
    /// The queues it reaches when every binding is there.
    pub(crate) fn queues(&self) -> BTreeSet<&'static str> {
        self.queues_by(|_| true)
    }

    fn queues_by(&self, is_there: impl Fn(&str) -> bool) -> BTreeSet<&'static str> {
        let leads = |(_, all, none): &&Road| {
            all.iter().all(|it| is_there(it)) && !none.iter().any(|it| is_there(it))
        };
        self.roads.iter().filter(leads).map(|(queue, ..)| *queue).collect()
    }
}

/// Which bindings there are, told by whoever makes and unmakes them.
#[derive(Debug, Default)]
pub(crate) struct Expectation {
    there: BTreeSet<&'static str>,
}

impl Expectation {
    /// Something is bound, or is no longer.
    pub(crate) fn bind(&mut self, source: &str, to: &str, bound: bool) {
        for link in LINKS {
            let (To::Queue(end) | To::Exchange(end)) = link.to;
            if (link.source, end) == (source, to) {
                match bound {
                    true => drop(self.there.insert(link.name)),
                    false => drop(self.there.remove(link.name)),
                }
            }
        }
    }

    pub(crate) fn queue_gone(&mut self, name: &str) {
        self.gone(|_, to| matches!(to, To::Queue(it) if it == name));
    }

    pub(crate) fn exchange_gone(&mut self, name: &str) {
        self.gone(|source, to| source == name || matches!(to, To::Exchange(it) if it == name));
    }

    fn gone(&mut self, ends: impl Fn(&str, To) -> bool) {
        for link in LINKS.iter().filter(|it| ends(it.source, it.to)) {
            self.there.remove(link.name);
        }
    }

    /// The queues a message has to reach; none when there is no such kind.
    pub(crate) fn queues(
        &self,
        exchange: &str,
        key: &str,
        (color, size): (&str, i64),
    ) -> Option<BTreeSet<&'static str>> {
        let kind = KINDS.iter().find(|it| {
            (it.exchange, it.key) == (exchange, key)
                && (it.marks.color, i64::from(it.marks.size)) == (color, size)
        })?;
        Some(kind.queues_by(|name| self.there.contains(name)))
    }
}
