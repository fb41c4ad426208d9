//! How many tests passed, read from what test binaries print.

use std::{collections::BTreeMap, fmt, iter::Sum};

/// Tests by outcome.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

/// The counts of each test binary. One that runs again, now with a broker, counts once: as it last
/// came out.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    binaries: BTreeMap<String, Counts>,
    current: String,
}

impl Tally {
    /// Takes in one line of what cargo, or a test binary, wrote.
    pub(crate) fn read(&mut self, line: &str) {
        if let Some(name) = started(line) {
            self.start(&name);
        } else if let Some(counts) = Counts::read(line) {
            // rustdoc runs the examples of a crate in several binaries, each with a result.
            let sum = self.binaries.entry(self.current.clone()).or_default();
            *sum = [*sum, counts].into_iter().sum();
        }
    }

    /// What follows is of that binary.
    pub(crate) fn start(&mut self, binary: &str) {
        binary.clone_into(&mut self.current);
        self.binaries.insert(self.current.clone(), Counts::default());
    }

    pub(crate) fn sum(&self) -> Counts {
        self.binaries.values().copied().sum()
    }
}

impl Counts {
    /// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    fn read(line: &str) -> Option<Counts> {
        let (_, counts) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
        let count = |of: &str| {
            let words = counts.split("; ").find_map(|it| it.strip_suffix(of))?;
            words.trim().parse().ok()
        };
        Some(Counts {
            passed: count("passed")?,
            failed: count("failed")?,
            skipped: count("ignored")?,
        })
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Counts>>(counts: I) -> Counts {
        counts.fold(Counts::default(), |sum, it| Counts {
            passed: sum.passed + it.passed,
            failed: sum.failed + it.failed,
            skipped: sum.skipped + it.skipped,
        })
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// The binary whose tests come next: of `Running tests/it/main.rs (target/debug/deps/it-1a2b)` the
/// file's name, of `Doc-tests kinoko` all of it.
fn started(line: &str) -> Option<String> {
    if line.contains("Running ") && line.ends_with(')') {
        let (_, path) = line.trim_end_matches(')').rsplit_once('(')?;
        return path.rsplit('/').next().map(str::to_owned);
    }
    line.contains("Doc-tests").then(|| line.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn results_are_summed_and_a_binary_counts_once() {
        let mut tally = Tally::default();
        let check = |tally: &mut Tally, lines: &[&str], expected: &str| {
            lines.iter().for_each(|it| tally.read(it));
            assert_eq!(tally.sum().to_string(), expected);
        };
        let rest = "0 measured; 0 filtered out; finished in 0.01s";
        check(&mut tally, &["   Compiling kinoko-core v0.1.0"], "0 passed, 0 failed, 0 skipped");
        check(
            &mut tally,
            &[
                "     Running unittests src/lib.rs (target/debug/deps/kinoko_core-0123)",
                &format!("test result: ok. 12 passed; 0 failed; 1 ignored; {rest}"),
                "     Running tests/it/main.rs (target/debug/deps/it-4567)",
                &format!("test result: FAILED. 1 passed; 2 failed; 4 ignored; {rest}"),
            ],
            "13 passed, 2 failed, 5 skipped",
        );
        check(
            &mut tally,
            &[
                "\u{1b}[1m\u{1b}[92m   Doc-tests\u{1b}[0m kinoko_core",
                &format!("test result: ok. 2 passed; 0 failed; 0 ignored; {rest}"),
                &format!("test result: ok. 1 passed; 0 failed; 0 ignored; {rest}"),
            ],
            "16 passed, 2 failed, 5 skipped",
        );
        tally.start("it-4567");
        check(
            &mut tally,
            &[&format!("test result: ok. 7 passed; 0 failed; 0 ignored; {rest}")],
            "22 passed, 0 failed, 1 skipped",
        );
    }
}
