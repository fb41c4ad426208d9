//! [`Counted`]: verdicts held against what is to be said, and how often they are right.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use kinoko_inspect::deploy::Verdict;

use crate::{meeting::Refusal, system::System};

#[derive(Default)]
pub(crate) struct Counted {
    pub(crate) combinations: usize,
    pub(crate) can: usize,
    pub(crate) cannot: usize,
    /// Of those that cannot be deployed, the ones of which that is only said.
    only_said: usize,
    wrong: Vec<String>,
}

impl Counted {
    /// Counts one verdict on some versions that are new beside others.
    pub(crate) fn check(
        &mut self,
        system: &System,
        verdict: &Verdict,
        expected: &BTreeSet<Refusal>,
        (new, beside): (&[usize], &[usize]),
    ) {
        self.combinations += 1;
        let said = system.said(verdict);
        if verdict.can_deploy {
            self.can += 1;
        } else {
            self.cannot += 1;
            self.only_said += usize::from(expected.is_subset(&system.only_said));
        }
        if verdict.can_deploy != expected.is_empty() || said != *expected {
            let missed = system.lines(expected.difference(&said));
            let more = system.lines(said.difference(expected));
            let (new, beside) = (system.names(new), system.names(beside));
            self.wrong.push(format!(
                "{new} beside {beside}: can_deploy is {}\n not said:\n{missed} said and not so:\n{more}",
                verdict.can_deploy
            ));
        }
    }

    fn and(mut self, other: Counted) -> Counted {
        self.combinations += other.combinations;
        self.can += other.can;
        self.cannot += other.cannot;
        self.only_said += other.only_said;
        self.wrong.extend(other.wrong);
        self
    }

    /// Fails if any was wrong.
    #[track_caller]
    pub(crate) fn report(&self, what: &str) {
        let Counted { combinations, can, cannot, only_said, wrong } = self;
        println!(
            "{combinations} {what}: {can} can be deployed; {cannot} cannot, of which {only_said} could"
        );
        let few: Vec<&str> = wrong.iter().take(3).map(String::as_str).collect();
        assert!(wrong.is_empty(), "{} are judged wrongly:\n{}", wrong.len(), few.join("\n"));
    }
}

/// Counts in each environment, on all processors.
pub(crate) fn in_each(of: &[Vec<usize>], count: impl Fn(&[usize]) -> Counted + Sync) -> Counted {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut sum = Counted::default();
        while let Some(environment) = of.get(next.fetch_add(1, Ordering::Relaxed)) {
            sum = sum.and(count(environment));
        }
        sum
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let sums = workers.into_iter().map(|it| it.join().unwrap());
        sums.fold(Counted::default(), Counted::and)
    })
}
