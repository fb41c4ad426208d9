//! The whole client in a simulation: the network, the broker and the time are models, and all chance
//! comes from one number.
//!
//! ```sh
//! cargo test -p kinoko-amqp-client --test sim                    # some seeds
//! cargo test -p kinoko-amqp-client --test sim -- --seeds 100000  # many
//! cargo test -p kinoko-amqp-client --test sim -- --survey 2000   # what fails, and how often
//! cargo test -p kinoko-amqp-client --test sim -- --seed 17       # one, with its log
//! ```
//!
//! `KINOKO_SIM_SEEDS` says how many where no argument can. What has to hold is in `property`; `app` does
//! what it can to break it, `broker` keeps the truth, `ledger` what the application was told, and
//! `audit` compares the two. Where messages have to go is written by hand in `expectation`, for what
//! `topology` has declared; what a client holds is counted at the network, by `holding` and `tap`.

mod app;
mod audit;
mod broker;
mod expectation;
mod holding;
mod ledger;
mod message;
mod network;
mod pipe;
mod plan;
mod property;
mod random;
mod run;
mod tap;
mod tests;
mod topology;
mod world;

use std::process::ExitCode;

fn main() -> ExitCode {
    run::remember_panics();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str| -> Option<u64> {
        let at = arguments.iter().position(|it| it == name)?;
        arguments.get(at + 1)?.parse().ok()
    };
    if let Some(seed) = number("--seed") {
        return tests::replay(seed);
    }
    if let Some(seeds) = number("--survey") {
        return tests::survey(seeds);
    }
    let from_environment = std::env::var("KINOKO_SIM_SEEDS").ok().and_then(|it| it.parse().ok());
    let seeds = number("--seeds").or(from_environment).unwrap_or(tests::SEEDS);
    tests::all(seeds, number("--first").unwrap_or(0))
}
