//! The value that a break is shown by: it is given to who is said to refuse it.

use std::{collections::BTreeSet, slice::from_ref, sync::Arc};

use kinoko_inspect::deploy::{Several, can_deploy};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::{
    calls::Calls,
    meeting::{Refusal, Way, all_took_it, handlers},
    script::Script,
    system::{SYSTEM, System},
    version::Outcomes,
};

/// Of each refusal at least one. Where a reader takes more than its schema says, others may be taken.
#[tokio::test]
async fn what_a_break_is_shown_by_is_refused() {
    let system = &*SYSTEM;
    let (mut shown, mut refused, mut values) = (BTreeSet::new(), BTreeSet::new(), (0, 0));
    for (at, version) in system.versions.iter().enumerate() {
        let (sender, mut outcomes) = mpsc::unbounded_channel();
        let script = Arc::new(Script::default());
        let heard = Outcomes { script: script.clone(), heard: sender };
        let running = (version.start)(script.clone(), heard).await;
        for Shown { refusal, fault, value } in shown_to(system, at) {
            let (source, name) = refusal.subject.split_once('.').unwrap();
            script.turn_to(0);
            let is_refused = match refusal.way {
                Way::Request => running.call::<Value>(source, name, value).await.is_err(),
                Way::Event => {
                    while outcomes.try_recv().is_ok() {}
                    running.emit(source, name, &value).await.unwrap();
                    !all_took_it(&mut outcomes, handlers(&version.manifest, &refusal.subject)).await
                }
                Way::Reply => {
                    script.put(name, fault.as_deref(), value);
                    let mut calls = Calls::new(running.client(), source, script.clone());
                    calls.again = true;
                    (system.versions[refusal.consumer].calls)(&mut calls).await;
                    !calls.refused.is_empty()
                }
            };
            values = (values.0 + usize::from(is_refused), values.1 + 1);
            if is_refused {
                refused.insert(refusal.clone());
            }
            shown.insert(refusal);
        }
        running.stop().await;
    }
    println!(
        "{} of {} values shown are refused, and of {} refusals {}",
        values.0,
        values.1,
        shown.len(),
        refused.len()
    );
    let taken: BTreeSet<Refusal> = shown.difference(&refused).cloned().collect();
    let taken = system.lines(taken.difference(&system.only_said));
    assert!(taken.is_empty(), "shown by what is taken:\n{taken}");
    assert!(refused.len() > 50);
}

struct Shown {
    refusal: Refusal,
    /// Whose data the value is.
    fault: Option<String>,
    value: Value,
}

/// The breaks that have a value and are seen when a version runs: it provides what is called, or handles an event.
fn shown_to(system: &System, runs: usize) -> Vec<Shown> {
    let mut shown = Vec::new();
    for (consumer, provider) in &system.meetings.met {
        let (new, deployed) = (&system.manifests[*consumer], &system.manifests[*provider]);
        if ![*consumer, *provider].contains(&runs) {
            continue;
        }
        let verdict = can_deploy(from_ref(new), from_ref(deployed), Several::Apart);
        for it in &verdict.breaks {
            let refusal = system.refusal(it);
            let is_here = (refusal.consumer, refusal.provider) == (*consumer, *provider)
                && runs == if refusal.way == Way::Event { *consumer } else { *provider };
            if let Some(value) = it.value.clone()
                && is_here
            {
                let fault = it.path.strip_prefix("faults.");
                let fault = fault.and_then(|it| it.split('.').next()).map(str::to_owned);
                shown.push(Shown { refusal, fault, value });
            }
        }
    }
    shown
}
