//! Each version beside whole systems: with the one it takes the place of, with several of each service, with others that
//! are new as well.
//!
//! There are 1,024 systems of one version of each service. In 16 of them any versions of any two services are found
//! together, which is enough: a break is between three versions at most, the new one, the one it takes the place of, and
//! another. `KINOKO_ENVIRONMENTS=all` takes all.

use std::collections::BTreeSet;

use kinoko_inspect::deploy::{Several, can_deploy};
use kinoko_manifest::ServiceManifest;

use crate::{
    counted::{Counted, in_each},
    meeting::Refusal,
    system::{SYSTEM, System},
};

#[test]
fn each_upgrade_of_one_service_is_judged_as_it_goes() {
    let system = &*SYSTEM;
    let all = std::env::var_os("KINOKO_ENVIRONMENTS").is_some_and(|it| it == "all");
    let environments = if all { system.environments() } else { system.few_environments() };
    let counted = in_each(&environments, |running| each_beside(system, running));
    counted.report(&format!("upgrades in {} environments", environments.len()));
    assert_eq!(counted.combinations, environments.len() * system.manifests.len());
    assert!(counted.can * 20 > counted.combinations && counted.cannot > counted.can);
}

/// While a version is rolled out several run, and some are never taken away.
#[test]
fn a_version_is_judged_beside_several_of_each_service() {
    let system = &*SYSTEM;
    let few = system.few_environments();
    let two = few.iter().zip(few.iter().skip(7)).step_by(3);
    let two = two.map(|(one, other)| [&one[..], other].concat());
    let everything = (0..system.manifests.len()).collect();
    let several: Vec<Vec<usize>> = two.chain([everything]).collect();
    let counted = in_each(&several, |running| each_beside(system, running));
    counted.report("versions beside several of each service");
}

/// Some services get new versions, and it is judged what there is when all have.
#[test]
fn versions_that_are_deployed_together_are_judged_together() {
    let system = &*SYSTEM;
    let environments = system.few_environments();
    let counted = in_each(&environments, |running| {
        let mut counted = Counted::default();
        for (at, to) in environments.iter().step_by(3).enumerate() {
            // Two of the services, three, all.
            let new = match at % 3 {
                0 => vec![to[at % 5], to[(at + 1) % 5]],
                1 => vec![to[0], to[3], to[4]],
                _ => to.clone(),
            };
            let renewed = |it: &&usize| new.iter().any(|new| system.same_service(*new, **it));
            let stays: Vec<usize> = running.iter().filter(|it| !renewed(it)).copied().collect();
            let verdict = can_deploy(&system.some(&new), &system.some(running), Several::Together);
            let expected = system.expected(&new, &stays, running);
            counted.check(system, &verdict, &expected, (&new, running));
        }
        counted
    });
    counted.report("upgrades of several services at once");
}

/// Each version there is beside some that run.
fn each_beside(system: &System, running: &[usize]) -> Counted {
    let mut counted = Counted::default();
    let deployed = system.some(running);
    for new in 0..system.manifests.len() {
        let verdict = can_deploy(&system.some(&[new]), &deployed, Several::Apart);
        let expected = system.expected(&[new], running, running);
        counted.check(system, &verdict, &expected, (&[new], running));
    }
    counted
}

impl System {
    /// All systems of one version of each service.
    fn environments(&self) -> Vec<Vec<usize>> {
        self.services.iter().fold(vec![Vec::new()], |begun, versions| {
            let and = |it: &Vec<usize>, version: &usize| [&it[..], &[*version]].concat();
            begun.iter().flat_map(|it| versions.iter().map(move |to| and(it, to))).collect()
        })
    }

    /// Those in which any versions of any two services are found together, each two once: a linear code over the field
    /// of four elements.
    fn few_environments(&self) -> Vec<Vec<usize>> {
        const TWICE: [usize; 4] = [0, 2, 3, 1];
        let is_word = |it: &Vec<usize>| {
            let at: Vec<usize> = it.iter().zip(&self.services).map(|(it, of)| it - of[0]).collect();
            let twice = TWICE[at[1]];
            at[2..] == [at[0] ^ at[1], at[0] ^ twice, at[0] ^ TWICE[twice]]
        };
        let few: Vec<Vec<usize>> = self.environments().into_iter().filter(is_word).collect();
        let two = few.iter().flat_map(|it| it.iter().flat_map(|a| it.iter().map(move |b| (a, b))));
        let two: BTreeSet<_> = two.filter(|(a, b)| a < b).collect();
        assert_eq!((few.len(), two.len()), (16, 10 * 16));
        few
    }

    fn some(&self, versions: &[usize]) -> Vec<ServiceManifest> {
        versions.iter().map(|it| self.manifests[*it].clone()).collect()
    }

    /// What is to be said of new versions beside others, where some ran before.
    fn expected(&self, new: &[usize], beside: &[usize], before: &[usize]) -> BTreeSet<Refusal> {
        let mut expected = BTreeSet::new();
        for it in new {
            let ran = |of| before.iter().copied().filter(move |ran| self.same_service(*ran, of));
            for other in beside.iter().chain(new) {
                expected.extend(self.refused(*it, *other));
                if self.same_service(*it, *other) {
                    continue;
                }
                // Whoever only begins to handle an event waits for nothing that it had.
                let lost = ran(*it).flat_map(|was| {
                    let lost = self.meetings.lost(*other, was, *it);
                    lost.filter(move |lost| {
                        let had = |had| self.meetings.lost(had, was, *it);
                        ran(*other).flat_map(had).any(|had| had.subject == lost.subject)
                    })
                });
                expected.extend(lost);
            }
        }
        expected
    }
}
