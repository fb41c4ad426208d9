//! [`plan`]: an order in which versions can be deployed one by one, with no moment at which two that run
//! do not understand each other.
//!
//! While a service is rolled out its old and its new version run side by side, and then the new one alone.
//! So a new version has to get along with whatever runs of each other service at that moment: the old version
//! of those that come later, the new one of those that came before. That is a matter of pairs: of any two
//! services that change, the first may go first, or the second, or neither. An order is one that keeps to all
//! pairs, and is found without a search.

use std::collections::BTreeMap;

use kinoko_manifest::ServiceManifest;
use serde::Serialize;

use super::{Unjudged, bridge, unjudged};
use crate::{
    fit::{self, Break, Party},
    interface::Interface,
    rules::Level,
    schema::Shapes,
};

/// How versions can be deployed.
#[derive(Debug, Serialize)]
pub struct Plan {
    /// The steps, in order: those that were asked for, and where there is no order of these alone, the
    /// versions in between that make one.
    pub steps: Vec<Step>,
    /// What stands in the way of deploying just the versions that were asked for.
    pub conflicts: Vec<Conflict>,
    /// What could not be told, of versions that run at the same time.
    pub unsure: Vec<Break>,
    /// What could not be judged, because nothing is known of a service.
    pub unjudged: Vec<Unjudged>,
    /// Whether a better way may exist that was not looked for, because there were too many to try.
    pub cut_off: bool,
}

impl Plan {
    /// Whether the versions can be deployed as they are.
    pub fn works(&self) -> bool {
        self.conflicts.is_empty()
    }
}

/// One deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "lowercase")]
pub enum Step {
    /// A version that was asked for.
    Deploy {
        /// The version.
        deploy: Party,
        /// Which services have to come before it, and why.
        after: Vec<Reason>,
    },
    /// A version in between, that has to be written: it understands the old and the new.
    Expand {
        /// The service.
        service: String,
        /// What it has to do, each for somebody.
        to: Vec<Reason>,
    },
}

/// Why something has to be so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// On account of whom.
    pub of: Party,
    /// What would break else, or what to do.
    pub text: String,
}

/// Why there is no order.
#[derive(Debug, Clone, Serialize)]
pub struct Conflict {
    /// The versions that cannot be deployed one by one; one alone does not get along with what stays.
    pub services: Vec<Party>,
    /// What would break.
    pub breaks: Vec<Break>,
    /// Whether even with every version in place something breaks: then no steps help.
    pub at_the_end: bool,
}

/// What goes on between the versions that change.
pub(super) struct Pairs<'a, 'm> {
    shapes: &'a Shapes,
    pub(super) new: &'a [Interface<'m>],
    /// For each of them, the versions it takes the place of.
    pub(super) old: Vec<Vec<&'a Interface<'m>>>,
    /// What stays as it is.
    pub(super) stays: Vec<&'a Interface<'m>>,
    /// Of which there can be a version in between.
    pub(super) can_be_bridged: Vec<bool>,
}

/// Finds the order.
pub fn plan(new: &[ServiceManifest], deployed: &[ServiceManifest]) -> Plan {
    let mut shapes = Shapes::default();
    let new: Vec<Interface<'_>> = new.iter().map(|it| Interface::of(it, &mut shapes)).collect();
    let running: Vec<Interface<'_>> =
        deployed.iter().map(|it| Interface::of(it, &mut shapes)).collect();
    let can_be_bridged: Vec<bool> =
        new.iter().map(|it| bridge::exists(it, &new, &running, &mut shapes)).collect();
    let changes = |it: &&Interface<'_>| new.iter().any(|new| new.name() == it.name());
    let pairs = Pairs {
        shapes: &shapes,
        old: new
            .iter()
            .map(|it| running.iter().filter(|old| old.name() == it.name()).collect())
            .collect(),
        stays: running.iter().filter(|it| !changes(it)).collect(),
        new: &new,
        can_be_bridged,
    };
    let known: Vec<&Interface<'_>> = new.iter().chain(&running).collect();
    let mut plan = Plan {
        steps: Vec::new(),
        conflicts: pairs.conflicts_with_what_stays(),
        unsure: pairs.unsure(),
        unjudged: new.iter().flat_map(|it| unjudged(it, &known)).collect(),
        cut_off: false,
    };
    let orders = pairs.orders();
    plan.conflicts.extend(pairs.conflicts(&orders));
    match sorted(new.len(), &orders, &[]) {
        Some(order) if plan.conflicts.is_empty() => {
            let deploy = |at: &usize| pairs.deploy(*at, &order, &orders);
            plan.steps = order.iter().map(deploy).collect();
        }
        _ => bridge::steps(&pairs, &orders, &mut plan),
    }
    plan
}

/// What breaks when the first of a pair goes before the second.
pub(super) type Orders = BTreeMap<(usize, usize), Vec<Break>>;

impl Pairs<'_, '_> {
    /// What breaks between two that run at once.
    pub(super) fn between(&self, one: &Interface<'_>, other: &Interface<'_>) -> Vec<Break> {
        let mut found = fit::breaks(self.shapes, one, other);
        found.extend(fit::breaks(self.shapes, other, one));
        found.retain(|it| it.level == Level::Breaking);
        found
    }

    /// What breaks when a new version comes while another runs: between the two, and what it does not give
    /// any more.
    pub(super) fn arriving(&self, at: usize, other: &Interface<'_>) -> Vec<Break> {
        let mut found = self.between(&self.new[at], other);
        found
            .extend(self.old[at].iter().flat_map(|before| fit::lost(other, before, &self.new[at])));
        found
    }

    /// The events that are lost to a new version whose old one got them, when both are there.
    fn lost_at_the_end(&self, one: usize, other: usize) -> bool {
        let lost = |at: usize, to: usize| {
            self.old[at].iter().any(|before| {
                let now = fit::lost(&self.new[to], before, &self.new[at]);
                let then = self.old[to].iter().flat_map(|it| fit::lost(it, before, &self.new[at]));
                let then: Vec<String> = then.map(|it| it.subject).collect();
                now.iter().any(|it| then.contains(&it.subject))
            })
        };
        lost(one, other) || lost(other, one)
    }

    /// What could not be told of the versions that are to run, among each other and with what stays.
    fn unsure(&self) -> Vec<Break> {
        let mut unsure = Vec::new();
        for (at, new) in self.new.iter().enumerate() {
            let others = self.stays.iter().copied().chain(&self.new[at..]);
            for other in others.chain(self.old.iter().flatten().copied()) {
                unsure.extend(fit::breaks(self.shapes, new, other));
                unsure.extend(fit::breaks(self.shapes, other, new));
            }
        }
        unsure.retain(|it| it.level == Level::Dangerous);
        unsure.sort_by(|a, b| super::sorted(a).cmp(&super::sorted(b)));
        unsure.dedup_by(|a, b| super::sorted(a) == super::sorted(b));
        unsure
    }

    fn conflicts_with_what_stays(&self) -> Vec<Conflict> {
        let mut conflicts = Vec::new();
        for (at, new) in self.new.iter().enumerate() {
            let mut breaks: Vec<Break> =
                self.stays.iter().flat_map(|it| self.arriving(at, it)).collect();
            breaks.extend(self.between(new, new));
            // Its own old version runs beside it, and may call it or be called.
            breaks.extend(self.old[at].iter().flat_map(|it| self.between(new, it)));
            if !breaks.is_empty() {
                conflicts.push(Conflict {
                    services: vec![Party::of(new)],
                    breaks,
                    at_the_end: false,
                });
            }
        }
        conflicts
    }

    fn orders(&self) -> Orders {
        let mut orders = Orders::new();
        for first in 0..self.new.len() {
            for second in (0..self.new.len()).filter(|it| *it != first) {
                // Two that have nothing to do with each other are the common case.
                let mut breaks: Vec<Break> =
                    self.old[second].iter().flat_map(|it| self.arriving(first, it)).collect();
                breaks.extend(self.arriving(second, &self.new[first]));
                // Who calls a service that does not run yet calls nobody.
                if self.old[second].is_empty() {
                    breaks.extend(fit::nobody(&self.new[first], &self.new[second]));
                }
                if !breaks.is_empty() {
                    orders.insert((first, second), breaks);
                }
            }
        }
        orders
    }

    /// The pairs of which neither can go first, and the circles.
    fn conflicts(&self, orders: &Orders) -> Vec<Conflict> {
        let mut conflicts = Vec::new();
        for ((first, second), breaks) in orders {
            if first < second
                && let Some(others) = orders.get(&(*second, *first))
            {
                let services = vec![Party::of(&self.new[*first]), Party::of(&self.new[*second])];
                let at_the_end = !self.between(&self.new[*first], &self.new[*second]).is_empty()
                    || self.lost_at_the_end(*first, *second);
                let breaks = breaks.iter().chain(others).cloned().collect();
                conflicts.push(Conflict { services, breaks, at_the_end });
            }
        }
        if conflicts.is_empty()
            && let Some(circle) = circle(self.new.len(), orders)
        {
            let next = circle.iter().cycle().skip(1);
            // Each waits for the one before it: what would break if it did not.
            let breaks = circle
                .iter()
                .zip(next)
                .filter_map(|(before, after)| orders.get(&(*after, *before)));
            conflicts.push(Conflict {
                services: circle.iter().map(|at| Party::of(&self.new[*at])).collect(),
                breaks: breaks.flatten().cloned().collect(),
                at_the_end: false,
            });
        }
        conflicts
    }

    /// The step that deploys one, with what had to come before it.
    pub(super) fn deploy(&self, at: usize, order: &[usize], orders: &Orders) -> Step {
        let before = order.iter().take_while(|it| **it != at);
        let after = before.filter_map(|it| {
            let breaks = orders.get(&(at, *it))?;
            Some(Reason { of: Party::of(&self.new[*it]), text: in_short(breaks.first()?) })
        });
        Step::Deploy { deploy: Party::of(&self.new[at]), after: after.collect() }
    }
}

/// One break, on one line.
pub(super) fn in_short(it: &Break) -> String {
    let path = if it.path.is_empty() { String::new() } else { format!(" {}", it.path) };
    format!(
        "{} calls or handles {}{path} of {}: {}",
        it.consumer, it.subject, it.provider, it.about.title
    )
}

/// An order of all but some that keeps to all pairs; the first of those possible.
pub(super) fn sorted(count: usize, orders: &Orders, without: &[usize]) -> Option<Vec<usize>> {
    let mut left: Vec<usize> = (0..count).filter(|it| !without.contains(it)).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        // Who may go before all that are left.
        let free = |it: &usize| left.iter().all(|other| !orders.contains_key(&(*it, *other)));
        let next = left.iter().position(free)?;
        order.push(left.remove(next));
    }
    Some(order)
}

/// Some that each have to wait for the next, round in a circle.
fn circle(count: usize, orders: &Orders) -> Option<Vec<usize>> {
    let mut left: Vec<usize> = (0..count).collect();
    loop {
        let free = |it: &usize| left.iter().all(|other| !orders.contains_key(&(*it, *other)));
        match left.iter().position(free) {
            Some(at) => drop(left.remove(at)),
            None => break,
        }
    }
    // Everyone left waits for another that is left; following that leads back at some point.
    let mut path = vec![*left.first()?];
    loop {
        let last = *path.last()?;
        let next = *left.iter().find(|other| orders.contains_key(&(last, **other)))?;
        if let Some(at) = path.iter().position(|it| *it == next) {
            return Some(path.split_off(at));
        }
        path.push(next);
    }
}
