//! What is run: many seeds, some of them twice, and with bugs that have to be found.

use std::{
    collections::BTreeMap,
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use kinoko_amqp_client::planted::Bug;

use crate::{
    run::{Report, run},
    world::Failure,
};

/// How many seeds are run unless told otherwise.
pub(crate) const SEEDS: u64 = 2000;
/// Within how many seeds a planted bug has to be found.
const SOON: u64 = 2000;
/// How many seeds are run twice.
const TWICE: u64 = 20;
const BUGS: [Bug; 3] = [Bug::TagBeforeQueueing, Bug::ReturnByPosition, Bug::AckWithoutEpoch];

/// Runs one seed and shows its log.
pub(crate) fn replay(seed: u64) -> ExitCode {
    let Report { failure, log, .. } = run(seed, None, true);
    print!("{log}");
    match failure {
        Some(failure) => {
            println!("\nseed {seed}: {:?}: {}", failure.property, failure.text);
            ExitCode::FAILURE
        }
        None => {
            println!("\nseed {seed}: every property holds");
            ExitCode::SUCCESS
        }
    }
}

/// Runs seeds to the end, whatever fails, and shows which properties do, how often and where first.
pub(crate) fn survey(seeds: u64) -> ExitCode {
    let mut failures: BTreeMap<String, (u64, u64, String)> = BTreeMap::new();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for seed in 0..seeds {
        let report = run(seed, None, false);
        for (what, count) in report.counts {
            let sum = counts.entry(what.clone()).or_default();
            *sum = if what.starts_with("most ") { count.max(*sum) } else { *sum + count };
        }
        let Some(failure) = report.failure else { continue };
        let property = format!("{:?}", failure.property);
        failures.entry(property).or_insert((0, seed, failure.text)).0 += 1;
    }
    counts.iter().for_each(|(what, count)| println!("{count:>8} {what}"));
    for (property, (count, seed, text)) in &failures {
        println!("{property}: {count} of {seeds} seeds; {seed} first: {text}");
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs everything; `first` is the first seed.
pub(crate) fn all(seeds: u64, first: u64) -> ExitCode {
    let mut passed = vec![("seeds", every_property_holds(first, seeds))];
    passed.push(("replays", a_seed_is_the_same_twice(first)));
    passed.push(("planted_bugs", planted_bugs_are_found()));
    let failed: Vec<&str> = passed.iter().filter(|(_, it)| !it).map(|(name, _)| *name).collect();
    for (name, passed) in &passed {
        println!("test {name} ... {}", if *passed { "ok" } else { "FAILED" });
    }
    let (word, bad) = (if failed.is_empty() { "ok" } else { "FAILED" }, failed.len());
    // The line that cargo's own tests end with, for those who count.
    let good = passed.len() - bad;
    println!("\ntest result: {word}. {good} passed; {bad} failed; 0 ignored; 0 measured");
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn every_property_holds(first: u64, count: u64) -> bool {
    let started = Instant::now();
    let (frames, messages) = (AtomicU64::new(0), AtomicU64::new(0));
    let failed = first_failure(first, count, None, |report| {
        frames.fetch_add(report.frames, Ordering::Relaxed);
        messages.fetch_add(report.messages as u64, Ordering::Relaxed);
    });
    match failed {
        None => {
            let took = started.elapsed().as_secs_f32();
            let (frames, messages) = (frames.into_inner(), messages.into_inner());
            println!("{count} seeds, {messages} messages, {frames} frames in {took:.1} s");
            true
        }
        Some((seed, failure)) => {
            let log = run(seed, None, true).log;
            println!("{log}\nseed {seed}: {:?} does not hold: {}", failure.property, failure.text);
            println!("again: cargo test -p kinoko-amqp-client --test sim -- --seed {seed}");
            false
        }
    }
}

fn a_seed_is_the_same_twice(first: u64) -> bool {
    let differs = |seed: &u64| run(*seed, None, true).log != run(*seed, None, true).log;
    let different = (first..first + TWICE).find(differs);
    if let Some(seed) = different {
        println!("seed {seed} is not the same twice");
    }
    different.is_none()
}

fn planted_bugs_are_found() -> bool {
    BUGS.iter().all(|bug| match first_failure(0, SOON, Some(*bug), |_| {}) {
        Some((seed, failure)) => {
            println!("{bug:?} is found by seed {seed}: {:?}: {}", failure.property, failure.text);
            run(seed, None, false).failure.is_none()
        }
        None => {
            println!("{bug:?} is not found within {SOON} seeds");
            false
        }
    })
}

/// The lowest seed that fails. Seeds are independent of each other, so every core takes some.
fn first_failure(
    first: u64,
    count: u64,
    bug: Option<Bug>,
    each: impl Fn(&Report) + Sync,
) -> Option<(u64, Failure)> {
    let next = AtomicU64::new(first);
    let end = AtomicU64::new(first + count);
    let found: Mutex<Option<(u64, Failure)>> = Mutex::new(None);
    let work = || loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end.load(Ordering::Relaxed) {
            return;
        }
        let report = run(seed, bug, false);
        each(&report);
        if let Some(failure) = report.failure {
            // Those below are under way, and may fail as well.
            end.fetch_min(seed, Ordering::Relaxed);
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            if found.as_ref().is_none_or(|(lowest, _)| seed < *lowest) {
                *found = Some((seed, failure));
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..cores).for_each(|_| drop(scope.spawn(work))));
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}
