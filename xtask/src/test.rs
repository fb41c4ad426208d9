//! `cargo xtask test`: every step in turn, whatever became of those before, and a summary.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use crate::{
    counts::Counts,
    steps::{self, Step, Verdict, Workbench},
};

pub(crate) fn run(root: &Path, args: &[String]) -> Result<(), String> {
    let Options { may_install, only, list } = Options::read(args)?;
    if list {
        for step in steps::ALL {
            println!("{:<10} {}", step.name, step.about);
        }
        return Ok(());
    }
    let chosen = |step: &&Step| only.is_empty() || only.iter().any(|it| it == step.name);
    let mut bench = Workbench::new(root, may_install);
    let mut done = Vec::new();
    for step in steps::ALL.iter().filter(chosen) {
        println!("\n==== {}: {}", step.name, step.about);
        let started = Instant::now();
        let verdict = (step.run)(&mut bench);
        match &verdict {
            Ok(Verdict::Passed) => {}
            Ok(Verdict::LeftOut(reason)) => println!("left out: {reason}"),
            Err(reason) => println!("failed: {reason}"),
        }
        done.push(Done { step, verdict, took: started.elapsed() });
    }
    let failed = done.iter().filter(|it| it.verdict.is_err()).count();
    summarise(&done, bench.tally.sum());
    if failed > 0 { Err(format!("{failed} of {} steps failed", done.len())) } else { Ok(()) }
}

struct Done {
    step: &'static Step,
    verdict: Result<Verdict, String>,
    took: Duration,
}

/// One line a step, and last the counts alone on a line, for programs to read.
fn summarise(done: &[Done], counts: Counts) {
    println!("\n==== summary");
    for Done { step, verdict, took } in done {
        let (word, reason) = match verdict {
            Ok(Verdict::Passed) => ("passed", ""),
            Ok(Verdict::LeftOut(reason)) => ("left out", reason.as_str()),
            Err(reason) => ("FAILED", reason.as_str()),
        };
        let reason = reason.lines().next().unwrap_or_default();
        println!("{:<10} {word:<8} {:>4} s  {reason}", step.name, took.as_secs());
    }
    println!("{counts}");
}

struct Options {
    may_install: bool,
    only: Vec<String>,
    list: bool,
}

impl Options {
    fn read(args: &[String]) -> Result<Options, String> {
        let mut options = Options { may_install: true, only: Vec::new(), list: false };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--no-install" => options.may_install = false,
                "--list" => options.list = true,
                "--only" => {
                    let name = args.next().ok_or("`--only` wants the name of a step")?;
                    if steps::ALL.iter().all(|it| it.name != name) {
                        let names: Vec<_> = steps::ALL.iter().map(|it| it.name).collect();
                        return Err(format!("there is no step `{name}`: {}", names.join(", ")));
                    }
                    options.only.push(name.clone());
                }
                other => return Err(format!("`cargo xtask test` does not take `{other}`")),
            }
        }
        Ok(options)
    }
}
