//! [`audit`]: compares, at the end of a run, what the application was told with what the broker did.

use std::collections::BTreeMap;

use crate::{
    broker::Broker,
    ledger::{Fate, Key, Known, Ledger, Seen, Sent},
    property::Property,
    world::World,
};

/// Finds what does not fit.
pub(crate) fn audit(world: &World, broker: &Broker) {
    let ledger = world.ledger.borrow();
    let mut pages: BTreeMap<Key, (Vec<&Sent>, Vec<&Seen>)> = BTreeMap::new();
    for sent in &ledger.sent {
        pages.entry(sent.key).or_default().0.push(sent);
    }
    for seen in &ledger.seen {
        pages.entry(seen.key).or_default().1.push(seen);
    }
    for (key, (sent, seen)) in &pages {
        let came_back = ledger.came_back.get(key).copied().unwrap_or(0);
        check_message(world, *key, sent, seen, came_back);
        let (acks, nacks) = ledger.told.get(key).copied().unwrap_or_default();
        let known = |it: Known| sent.iter().filter(|sent| sent.known == it).count();
        if known(Known::Confirmed) > acks || known(Known::Nacked) > nacks {
            let text =
                format!("message {key}: {sent:?}; the broker said {acks} times yes, {nacks} no");
            world.fail(Property::ConfirmedIsTrue, text);
        }
        check_arrival(world, broker, &ledger, *key, sent, seen);
    }
    check_order(world, &ledger);
}

/// That outcomes are true. Of messages that are alike, as many as there are of each kind.
fn check_message(world: &World, key: Key, sent: &[&Sent], seen: &[&Seen], came_back: usize) {
    let known = |it: Known| sent.iter().filter(|sent| sent.known == it).count();
    let fate = |it: Fate| seen.iter().filter(|seen| seen.fate == it).count();
    let told = [
        (Known::Confirmed, Fate::Accepted, Property::ConfirmedIsTrue),
        (Known::Returned, Fate::Returned, Property::ReturnedIsTrue),
        (Known::Nacked, Fate::Refused, Property::NackedIsTrue),
    ];
    for (outcome, truth, property) in told {
        let aside = if outcome == Known::Returned { came_back } else { 0 };
        if known(outcome) + aside > fate(truth) {
            let text = format!("message {key}: {sent:?}, {aside} aside; the broker had {seen:?}");
            world.fail(property, text);
        }
    }
    if known(Known::Waiting) > 0 {
        world.fail(Property::NothingHangs, format!("message {key} has no outcome"));
    }
    let sent_out = sent.len() - known(Known::NotSent);
    if seen.len() > sent_out {
        let property = match known(Known::NotSent) {
            0 => Property::SentArrivesOnce,
            _ => Property::NotSentIsTrue,
        };
        let text = format!("message {key} arrived {} times, sent {sent_out}", seen.len());
        world.fail(property, text);
    }
}

/// That what was sent without asking arrived, if the connection came to an orderly end.
fn check_arrival(
    world: &World,
    broker: &Broker,
    ledger: &Ledger,
    key: Key,
    sent: &[&Sent],
    seen: &[&Seen],
) {
    let must = sent.iter().filter(|it| {
        it.known == Known::Sent
            && broker.was_closed_in_order(it.connection)
            && !ledger.killed.contains(&(it.connection, it.channel))
    });
    let must = must.count();
    if must > seen.len() {
        let text = format!("message {key} arrived {} times of {must}", seen.len());
        world.fail(Property::SentArrivesOnce, text);
    }
}

fn check_order(world: &World, ledger: &Ledger) {
    let tasks: BTreeMap<Key, u32> = ledger.sent.iter().map(|it| (it.key, it.task)).collect();
    let mut last: BTreeMap<u32, Key> = BTreeMap::new();
    for seen in &ledger.seen {
        let Some(task) = tasks.get(&seen.key) else { continue };
        let before = last.insert(*task, seen.key).unwrap_or(0);
        if before > seen.key {
            let text = format!("task {task}: message {} came behind {before}", seen.key);
            world.fail(Property::OrderOfSubmitting, text);
        }
    }
}
