//! [`System`]: all versions, their manifests, and what came of their meetings, found out once.

use std::{collections::BTreeSet, sync::LazyLock, thread};

use kinoko_inspect::{
    deploy::Verdict,
    diff::Direction,
    fit::{Break, Party},
    rules::Level,
};
use kinoko_manifest::ServiceManifest;

use crate::{
    meeting::{Meetings, Refusal, Way},
    only_said::ONLY_SAID,
    railway,
    version::Version,
};

pub(crate) static SYSTEM: LazyLock<System> = LazyLock::new(System::meet);

pub(crate) struct System {
    pub(crate) versions: Vec<Version>,
    pub(crate) manifests: Vec<ServiceManifest>,
    /// The numbers of each service's versions.
    pub(crate) services: Vec<Vec<usize>>,
    pub(crate) meetings: Meetings,
    /// What is said to break and does not.
    pub(crate) only_said: BTreeSet<Refusal>,
}

impl System {
    fn meet() -> System {
        let services = railway::services();
        let mut next = 0..;
        let numbers =
            services.iter().map(|it| next.by_ref().take(it.len()).collect::<Vec<_>>()).collect();
        let versions: Vec<Version> = services.into_iter().flatten().collect();
        let meet = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(Meetings::of(&versions))
        };
        // On a thread of its own, because a test may have a runtime.
        let meetings = thread::scope(|scope| scope.spawn(meet).join().unwrap());
        let manifests = versions.iter().map(|it| it.manifest.clone()).collect();
        let only_said = BTreeSet::new();
        let mut system = System { versions, manifests, services: numbers, meetings, only_said };
        let named = |name: &str| system.manifests.iter().position(|it| label(it) == name);
        let only_said = ONLY_SAID.iter().flat_map(|it| it.places).map(|place| {
            let (consumer, provider, subject, way) = *place;
            Refusal {
                consumer: named(consumer).unwrap(),
                provider: named(provider).unwrap(),
                subject: subject.to_owned(),
                way,
            }
        });
        system.only_said = only_said.collect();
        system
    }

    /// What is refused between two versions, and what is only said to be.
    pub(crate) fn refused(&self, one: usize, other: usize) -> impl Iterator<Item = Refusal> {
        let both = [(one, other), (other, one)];
        let seen = both.map(|(consumer, provider)| self.meetings.refused(consumer, provider));
        let said = self.only_said.iter();
        let said = said.filter(move |it| both.contains(&(it.consumer, it.provider))).cloned();
        seen.into_iter().flatten().chain(said)
    }

    pub(crate) fn same_service(&self, one: usize, other: usize) -> bool {
        self.manifests[one].name == self.manifests[other].name
    }

    /// What a verdict says breaks.
    pub(crate) fn said(&self, verdict: &Verdict) -> BTreeSet<Refusal> {
        let breaks = verdict.breaks.iter().filter(|it| it.level == Level::Breaking);
        breaks.map(|it| self.refusal(it)).collect()
    }

    pub(crate) fn refusal(&self, it: &Break) -> Refusal {
        Refusal {
            consumer: self.number(&it.consumer),
            provider: self.number(&it.provider),
            subject: it.subject.clone(),
            way: match it.direction {
                Direction::Request => Way::Request,
                Direction::Reply => Way::Reply,
                _ => Way::Event,
            },
        }
    }

    fn number(&self, party: &Party) -> usize {
        let is_it = |it: &ServiceManifest| it.name == party.service && it.version == party.version;
        self.manifests.iter().position(is_it).unwrap()
    }

    /// Refusals as people read them, a line each.
    pub(crate) fn lines<'a>(&self, of: impl IntoIterator<Item = &'a Refusal>) -> String {
        let line = |it: &Refusal| {
            let (consumer, provider) = (self.name(it.consumer), self.name(it.provider));
            format!("  {consumer} <- {provider} {} {:?}\n", it.subject, it.way)
        };
        of.into_iter().map(line).collect()
    }

    pub(crate) fn names(&self, of: &[usize]) -> String {
        of.iter().map(|it| self.name(*it)).collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn name(&self, version: usize) -> String {
        label(&self.manifests[version])
    }
}

/// `fares 3`.
fn label(it: &ServiceManifest) -> String {
    format!("{} {}", it.name, it.version.split('.').next().unwrap_or_default())
}
