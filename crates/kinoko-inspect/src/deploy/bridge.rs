//! Where there is no order: the versions in between that make one.
//!
//! A version in between of a service understands the old and the new versions of the others. With it deployed
//! first and the new one last (*expand, migrate, contract*), nothing is between the two but versions it gets along
//! with. Which services need one is the smallest set without which the others have an order.

use std::collections::BTreeMap;

use super::order::{Orders, Pairs, Plan, Reason, Step, sorted};
use crate::{
    fit::{Break, Party},
    interface::Interface,
    schema::{Id, Shapes},
};

/// How many sets of services are tried.
const MOST_TRIED: usize = 200_000;

/// The steps, with as few versions in between as there can be.
pub(super) fn steps(pairs: &Pairs<'_, '_>, orders: &Orders, plan: &mut Plan) {
    let count = pairs.new.len();
    if plan.conflicts.iter().any(|it| it.at_the_end) {
        return;
    }
    // Who does not get along with what stays needs a version that does, and cannot follow it with the new one.
    let stuck: Vec<usize> = (0..count)
        .filter(|at| pairs.stays.iter().any(|it| !pairs.arriving(*at, it).is_empty()))
        .collect();
    // Who does not get along with its own old version needs one in any case.
    let apart: Vec<usize> = (0..count)
        .filter(|at| !stuck.contains(at))
        .filter(|at| pairs.old[*at].iter().any(|it| !pairs.between(it, &pairs.new[*at]).is_empty()))
        .collect();
    let mut tried = 0;
    if stuck.iter().chain(&apart).any(|at| !pairs.can_be_bridged[*at]) {
        return;
    }
    let others =
        |it: &usize| pairs.can_be_bridged[*it] && !stuck.contains(it) && !apart.contains(it);
    let others: Vec<usize> = (0..count).filter(others).collect();
    let found = (0..=others.len()).find_map(|size| {
        choose(&others, size, &mut |more| {
            tried += 1;
            if tried > MOST_TRIED {
                return Some(None);
            }
            let chosen: Vec<usize> = apart.iter().chain(more).copied().collect();
            let without: Vec<usize> = stuck.iter().chain(&chosen).copied().collect();
            Some(Some((chosen, sorted(count, orders, &without)?)))
        })
    });
    plan.cut_off = tried > MOST_TRIED;
    let Some(Some((chosen, order))) = found else { return };
    for at in stuck.iter().chain(&chosen) {
        plan.steps
            .push(Step::Expand { service: pairs.new[*at].name().to_owned(), to: todo(pairs, *at) });
    }
    let all: Vec<usize> = order.iter().chain(&chosen).copied().collect();
    plan.steps.extend(all.iter().map(|at| pairs.deploy(*at, &all, orders)));
}

/// Whether there can be a version in between of a service: one that writes what both the old and the new
/// versions of others read. To read what both write is always possible.
pub(super) fn exists(
    of: &Interface<'_>,
    new: &[Interface<'_>],
    running: &[Interface<'_>],
    shapes: &mut Shapes,
) -> bool {
    let all = || new.iter().chain(running);
    let (own, others): (Vec<_>, Vec<_>) = all().partition(|it| it.name() == of.name());
    // Who reads what it writes, by what that is.
    let mut readers: BTreeMap<(bool, &str, &str), Vec<Id>> = BTreeMap::new();
    for other in &others {
        for call in other.calls.iter().filter(|it| it.service == of.name()) {
            readers.entry((false, of.name(), &call.info.name)).or_default().push(call.reply);
        }
        for handler in &other.handlers {
            if let Some(payload) = handler.payload
                && own.iter().any(|it| it.emitted(handler.source, handler.event_type).is_some())
            {
                let event = (false, handler.source, handler.event_type);
                readers.entry(event).or_default().push(payload);
            }
        }
    }
    for (call, is_new) in own.iter().flat_map(|own| {
        let is_new = new.iter().any(|it| std::ptr::eq(*own, it));
        own.calls.iter().map(move |call| (call, is_new))
    }) {
        for provider in others.iter().filter(|it| it.name() == call.service) {
            let Some(method) = provider.rpc(&call.info.name) else {
                // What is called now has to be served throughout; what is to be called can wait.
                if is_new { continue } else { return false }
            };
            readers.entry((true, call.service, &call.info.name)).or_default().push(method.request);
        }
    }
    readers.into_values().all(|readers| {
        let all = readers.into_iter().reduce(|one, other| shapes.intersection(one, other));
        all.is_none_or(|it| shapes.has_values(it))
    })
}

/// Tries each set of that size; the first answer.
fn choose<T>(
    of: &[usize],
    size: usize,
    attempt: &mut impl FnMut(&[usize]) -> Option<T>,
) -> Option<T> {
    fn rest<T>(
        of: &[usize],
        size: usize,
        chosen: &mut Vec<usize>,
        attempt: &mut impl FnMut(&[usize]) -> Option<T>,
    ) -> Option<T> {
        if size == 0 {
            return attempt(chosen);
        }
        for at in 0..of.len() {
            chosen.push(of[at]);
            if let Some(found) = rest(&of[at + 1..], size - 1, chosen, attempt) {
                return Some(found);
            }
            chosen.pop();
        }
        None
    }
    rest(of, size, &mut Vec::new(), attempt)
}

/// What the version in between of a service has to do, for each that would not get along with the new one.
fn todo(pairs: &Pairs<'_, '_>, at: usize) -> Vec<Reason> {
    let own = &pairs.new[at];
    let stays = pairs.stays.iter().copied();
    let old = pairs.old.iter().enumerate().filter(|(other, _)| *other != at);
    let others: Vec<&Interface<'_>> =
        stays.chain(old.flat_map(|(_, it)| it.iter().copied())).collect();
    let mut reasons: Vec<Reason> = Vec::new();
    for other in others {
        for it in pairs.arriving(at, other) {
            let reason = Reason { of: Party::of(other), text: remedy(own, &it) };
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    reasons
}

/// What the version in between does about one break, on its own side.
fn remedy(own: &Interface<'_>, it: &Break) -> String {
    let place = if it.path.is_empty() { String::new() } else { format!(" {}", it.path) };
    let subject = &it.subject;
    let fix = it.about.fix;
    // Which side of it is ours, and whether that side writes or reads.
    let provides = it.provider.service == own.name();
    let writes = it.direction.service_reads() != provides;
    match (it.about.id, provides) {
        ("method-removed", true) => format!("keep {subject}"),
        ("method-removed", false) => format!("do not call {subject} yet"),
        ("event-removed", _) => format!("go on emitting {subject}"),
        _ => format!("{subject}{place}: {}", if writes { fix.writer } else { fix.reader }),
    }
}
