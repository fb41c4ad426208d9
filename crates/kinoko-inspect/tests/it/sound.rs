//! Verdicts can be trusted: over generated pairs of types, what is said to be safe is, and what is said
//! to be breaking is shown by a value, both as an independent JSON Schema validator sees it.

mod change;
mod model;
mod write;

use std::sync::atomic::{AtomicUsize, Ordering};

use kinoko_inspect::{compare, schema::Shapes};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::Value;

use model::{Side, Type};

/// Pairs of types in one run. `KINOKO_PAIRS` says another number.
const PAIRS: u32 = 20_000;

/// Values that are tried for each pair that is said to be safe.
const VALUES: u64 = 20;

#[derive(Default)]
struct Counts {
    safe: AtomicUsize,
    breaking: AtomicUsize,
    /// Said to be neither, and no value was found that is refused.
    open: AtomicUsize,
    /// Said to be neither, and one was found.
    missed: AtomicUsize,
}

fn one_more(count: &AtomicUsize) {
    count.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn safe_is_safe_and_breaking_is_shown() {
    let pairs = std::env::var("KINOKO_PAIRS").map_or(PAIRS, |it| it.parse().unwrap());
    let counts = Counts::default();
    let config = Config {
        cases: pairs,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let pair = (model::types(), change::changes(), any::<bool>(), any::<u64>());
    let result = TestRunner::new(config).run(&pair, |(old, changes, turned, seed)| {
        let (mut old, mut new) = (old.clone(), change::apply(&old, &changes));
        old.number(&mut 0);
        new.number(&mut 0);
        let (writer, reader) = if turned { (&new, &old) } else { (&old, &new) };
        check(writer, reader, seed, &counts)
    });
    let [safe, breaking, open, missed] =
        [&counts.safe, &counts.breaking, &counts.open, &counts.missed]
            .map(|it| it.load(Ordering::Relaxed));
    println!(
        "{safe} safe, {breaking} breaking with a value, {open} neither shown, {missed} of which a value was found"
    );
    if let Err(error) = result {
        panic!("{error}");
    }
    // It is a test of something: each verdict is common.
    assert!(safe * 10 > pairs as usize && breaking * 10 > pairs as usize);
    assert!((open + missed) * 100 < pairs as usize, "more than one in a hundred could not be told");
}

fn check(writer: &Type, reader: &Type, seed: u64, counts: &Counts) -> Result<(), TestCaseError> {
    let (writes, reads) = (model::schema(writer, Side::Writes), model::schema(reader, Side::Reads));
    let mut shapes = Shapes::default();
    let (from, to) = (shapes.add(&writes), shapes.add(&reads));
    let found = compare::compare(&shapes, from, to);
    let reading = validator(&reads);
    if compare::fits(&found) {
        one_more(&counts.safe);
        for round in 0..VALUES {
            let value = write::value(writer, seed.wrapping_add(round));
            prop_assert!(
                reading.is_valid(&value),
                "safe, but {value} is refused\n{writes:#}\n{reads:#}"
            );
        }
        return Ok(());
    }
    let shown: Vec<&Value> =
        found.iter().filter(|it| it.breaks()).filter_map(|it| it.value.as_ref()).collect();
    if shown.is_empty() {
        let tried = (0..VALUES).map(|round| write::value(writer, seed.wrapping_add(round)));
        let refused = tried.into_iter().any(|it| !reading.is_valid(&it));
        one_more(if refused { &counts.missed } else { &counts.open });
        return Ok(());
    }
    one_more(&counts.breaking);
    let writing = validator(&writes);
    for value in shown {
        prop_assert!(
            writing.is_valid(value),
            "{value} is not written\n{writes:#}\n{reads:#}\n{found:?}"
        );
        prop_assert!(!reading.is_valid(value), "{value} is read\n{writes:#}\n{reads:#}\n{found:?}");
    }
    Ok(())
}

fn validator(schema: &Value) -> jsonschema::Validator {
    jsonschema::options().should_validate_formats(true).build(schema).unwrap()
}
