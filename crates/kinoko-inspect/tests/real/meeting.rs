//! [`Meetings`]: each version of each service beside each of the others, really: what one writes is given to what the
//! other reads it with. Nothing of what is under test has a part in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use kinoko_manifest::{MethodInfo, ServiceManifest};
use serde_json::Value;
use tokio::{
    sync::mpsc::{self, UnboundedReceiver},
    time::timeout,
};

use crate::{
    calls::{self, Calls},
    script::Script,
    version::{Emission, Outcomes, Version},
};

/// Who writes what was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    Request,
    Reply,
    Event,
}

/// Something one version wrote and another did not understand, or waits for in vain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Refusal {
    /// Who relies on it.
    pub(crate) consumer: usize,
    /// On whom.
    pub(crate) provider: usize,
    /// The method or event.
    pub(crate) subject: String,
    pub(crate) way: Way,
}

/// What came of all meetings. Versions go by their number.
#[derive(Default)]
pub(crate) struct Meetings {
    /// By consumer and provider.
    refused: BTreeMap<(usize, usize), BTreeSet<(String, Way)>>,
    /// The pairs that have anything to do with each other, by consumer and provider.
    pub(crate) met: BTreeSet<(usize, usize)>,
    /// The events that were delivered, by who handles them.
    handled: Vec<BTreeSet<String>>,
    /// The events that are emitted, by who does.
    emitted: Vec<BTreeSet<String>>,
    /// How many values were sent.
    pub(crate) values: usize,
}

impl Meetings {
    /// Has all meet.
    pub(crate) async fn of(versions: &[Version]) -> Meetings {
        let mut emissions = Vec::new();
        for version in versions {
            let emitted = (version.emits)().await;
            let said = version.manifest.dependencies.iter().flat_map(|it| &it.emits);
            let said: Vec<_> = said.map(|it| (&*it.source, &*it.event_type)).collect();
            let really: Vec<_> = emitted.iter().map(|it| (it.source, it.event_type)).collect();
            assert_eq!(really, said, "{}", version.manifest.name);
            emissions.push(emitted);
        }
        let names =
            |of: &Vec<Emission>| of.iter().map(|it| subject(it.source, it.event_type)).collect();
        let mut meetings = Meetings {
            emitted: emissions.iter().map(names).collect(),
            handled: vec![BTreeSet::new(); versions.len()],
            ..Meetings::default()
        };
        for at in 0..versions.len() {
            meetings.with(versions, &emissions, at).await;
        }
        meetings
    }

    /// Runs one version, and has all others call it and tell it of their events.
    async fn with(&mut self, versions: &[Version], emissions: &[Vec<Emission>], at: usize) {
        let (sender, mut outcomes) = mpsc::unbounded_channel();
        let script = Arc::new(Script::default());
        let outcomes_of = Outcomes { script: script.clone(), heard: sender };
        let running = (versions[at].start)(script.clone(), outcomes_of).await;
        let manifest = &versions[at].manifest;
        let (mut kept_out, mut asked) = (Vec::new(), BTreeSet::new());
        for (consumer, version) in versions.iter().enumerate() {
            let mut calls = Calls::new(running.client(), &manifest.name, script.clone());
            (version.calls)(&mut calls).await;
            assert_eq!(calls.made, calls::said(&version.manifest), "{}", version.manifest.name);
            if calls.kept_out {
                kept_out.push(consumer);
            }
            asked.extend(calls.made);
            if calls.count > 0 {
                self.met.insert((consumer, at));
                self.values += calls.count;
                self.refused.entry((consumer, at)).or_default().extend(calls.refused);
            }
        }
        for method in &manifest.methods {
            // Or it would not be seen who can read what it answers.
            let is_asked = asked.contains(&subject(&manifest.name, &method.name));
            assert!(!is_asked || script.kept(&method.name) > 0, "nobody gets to {}", method.name);
        }
        for consumer in kept_out {
            let mut calls = Calls::new(running.client(), &manifest.name, script.clone());
            calls.again = true;
            (versions[consumer].calls)(&mut calls).await;
            self.values += calls.count;
            self.refused.entry((consumer, at)).or_default().extend(calls.refused);
        }
        // Events are another matter.
        script.turn_to(0);
        while outcomes.try_recv().is_ok() {}
        for (provider, emissions) in emissions.iter().enumerate() {
            for it in emissions {
                let subject = subject(it.source, it.event_type);
                let handlers = handlers(manifest, &subject);
                if handlers == 0 {
                    continue;
                }
                self.met.insert((at, provider));
                self.handled[at].insert(subject.clone());
                for payload in &it.payloads {
                    self.values += 1;
                    running.emit(it.source, it.event_type, payload).await.unwrap();
                    if !all_took_it(&mut outcomes, handlers).await {
                        let refused = self.refused.entry((at, provider)).or_default();
                        refused.insert((subject.clone(), Way::Event));
                    }
                }
            }
        }
        running.stop().await;
    }

    /// What a consumer and a provider do not understand of each other.
    pub(crate) fn refused(
        &self,
        consumer: usize,
        provider: usize,
    ) -> impl Iterator<Item = Refusal> {
        let refused = self.refused.get(&(consumer, provider)).into_iter().flatten();
        refused.map(move |(subject, way)| Refusal {
            consumer,
            provider,
            subject: subject.clone(),
            way: *way,
        })
    }

    /// What a consumer no longer gets when one version takes the place of another.
    pub(crate) fn lost(
        &self,
        consumer: usize,
        before: usize,
        after: usize,
    ) -> impl Iterator<Item = Refusal> {
        let lost = self.emitted[before].difference(&self.emitted[after]);
        let lost = lost.filter(move |it| self.handled[consumer].contains(*it));
        lost.map(move |subject| Refusal {
            consumer,
            provider: after,
            subject: subject.clone(),
            way: Way::Event,
        })
    }
}

fn subject(source: &str, event_type: &str) -> String {
    format!("{source}.{event_type}")
}

/// How many methods handle an event.
pub(crate) fn handlers(manifest: &ServiceManifest, event: &str) -> usize {
    let handles = |method: &&MethodInfo| {
        let said = |key: &str| method.entrypoint.options.get(key).and_then(Value::as_str);
        let named = said("source").zip(said("event"));
        named.is_some_and(|(source, event_type)| subject(source, event_type) == event)
    };
    manifest.methods.iter().filter(handles).count()
}

/// Waits until that many handlers are done with an event.
pub(crate) async fn all_took_it(outcomes: &mut UnboundedReceiver<bool>, handlers: usize) -> bool {
    let mut all = true;
    for _ in 0..handlers {
        let outcome = timeout(Duration::from_secs(10), outcomes.recv()).await;
        all &= outcome.expect("an event was not delivered").unwrap();
    }
    all
}
