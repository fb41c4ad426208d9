//! Each version beside each other.

use std::collections::BTreeSet;

use kinoko_inspect::{
    deploy::{Several, can_deploy},
    rules::Level,
};

use crate::{meeting::Refusal, only_said::ONLY_SAID, system::SYSTEM};

/// In both directions, with the method or event, and who writes what is refused.
#[test]
fn what_is_said_of_two_versions_is_what_was_seen() {
    let system = &*SYSTEM;
    let all = 0..system.manifests.len();
    let (mut said, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut rules = BTreeSet::new();
    let mut doubts = BTreeSet::new();
    let mut broken = BTreeSet::new();
    for (consumer, provider) in all.clone().flat_map(|it| all.clone().map(move |to| (it, to))) {
        let refused: BTreeSet<Refusal> = system.meetings.refused(consumer, provider).collect();
        if !refused.is_empty() {
            broken.insert((consumer, provider));
        }
        seen.extend(refused);
        let (new, deployed) = (&system.manifests[consumer], &system.manifests[provider]);
        let verdict =
            can_deploy(std::slice::from_ref(new), std::slice::from_ref(deployed), Several::Apart);
        for it in &verdict.breaks {
            let refusal = system.refusal(it);
            // What it says of itself, and of what is no longer emitted, is for environments.
            if (refusal.consumer, refusal.provider) != (consumer, provider) {
                continue;
            }
            if it.level == Level::Breaking {
                rules.insert(it.about.id);
                said.insert(refusal);
            } else {
                doubts.insert(refusal);
            }
        }
    }
    let doubts: BTreeSet<Refusal> = doubts.difference(&said).cloned().collect();
    let only_said: BTreeSet<Refusal> = said.difference(&seen).cloned().collect();
    println!(
        "{} values sent between {} of {} pairs, of which {} do not understand each other: {} refusals, \
         said by {} rules; {} could not be told",
        system.meetings.values,
        system.meetings.met.len(),
        system.manifests.len().pow(2),
        broken.len(),
        seen.len(),
        rules.len(),
        doubts.len(),
    );
    for it in ONLY_SAID {
        println!("{} said and not seen: {}", it.places.len(), it.why);
    }
    let lines = |of: &BTreeSet<Refusal>, but: &BTreeSet<Refusal>| system.lines(of.difference(but));
    let missed = lines(&seen, &said);
    assert!(missed.is_empty(), "seen and not said:\n{missed}");
    let more = lines(&only_said, &system.only_said);
    assert!(more.is_empty(), "said and not seen:\n{more}");
    let gone = lines(&system.only_said, &only_said);
    assert!(gone.is_empty(), "no longer said, as is right:\n{gone}");
    // A system in which everything fits, or nothing, would show little.
    assert!(system.meetings.met.len() > 150 && (30..80).contains(&broken.len()));
    assert!(rules.len() >= 8 && !doubts.is_empty(), "{rules:?}");
}
