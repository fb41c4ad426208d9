//! [`Report`]: how the cases of the suite went.

use std::fmt;

use super::case::{Checked, Stop};

/// How a run of the suite went, case by case. Its text lists what failed and what was left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The cases that held.
    pub passed: Vec<&'static str>,
    /// The cases that did not, and what was seen.
    pub failed: Vec<(&'static str, String)>,
    /// The cases that do not apply, and why.
    pub left_out: Vec<(&'static str, String)>,
}

impl Report {
    pub(super) fn add(&mut self, name: &'static str, outcome: Checked) {
        match outcome {
            Ok(()) => self.passed.push(name),
            Err(Stop::Failed(why)) => self.failed.push((name, why)),
            Err(Stop::LeftOut(why)) => self.left_out.push((name, why)),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { passed, failed, left_out } = self;
        write!(
            f,
            "transport suite: {} passed, {} failed, {} left out",
            passed.len(),
            failed.len(),
            left_out.len()
        )?;
        for (name, why) in failed {
            write!(f, "\n  {name} FAILED: {why}")?;
        }
        for (name, why) in left_out {
            write!(f, "\n  {name} left out: {why}")?;
        }
        Ok(())
    }
}
