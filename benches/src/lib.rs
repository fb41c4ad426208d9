//! Kinoko against what one would write by hand without it, each pair measured in turn in one run.
//!
//! Absolute figures move with the machine and the day; the ratios inside one run hold. So every cell
//! is measured on one side and then on the other, again and again, and what counts is the median of
//! the turns' ratios. Each side runs in processes of its own, which are the same program with a hidden
//! subcommand, but for the services whose memory is measured: those are programs of their own.
//!
//! Reading order: `options` (what can be asked for), `part` (what is measured), `pair` (how two
//! sides are compared), `peer` and `role` (the processes), `by_kinoko`, `by_hand`, `by_client`, `by_amqprs`,
//! `by_nameko` and `leanest` (what they run), `report`.

mod by_amqprs;
mod by_client;
mod by_hand;
mod by_kinoko;
mod by_nameko;
mod leanest;
mod load;
mod options;
mod order;
mod pair;
mod part;
mod peer;
mod proc;
mod report;
mod role;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{options::Options, role::PeerLine};

/// What can go wrong here: nobody handles it, it is only told.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Parser)]
#[command(name = "kinoko-benches", about = "Measures Kinoko against what one would write by hand.")]
struct Line {
    #[command(subcommand)]
    hidden: Option<Hidden>,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
enum Hidden {
    /// One process of a measurement.
    #[command(hide = true)]
    Peer(PeerLine),
}

/// Measures what the command line asks for, or is one process of a measurement.
pub fn run() -> ExitCode {
    let line = Line::parse();
    told(match line.hidden {
        Some(Hidden::Peer(peer)) => role::run(&peer),
        None => part::run(&line.options),
    })
}

/// Is the service on Kinoko, and nothing else.
pub fn service_on_kinoko() -> ExitCode {
    told(role::kinoko_service(&role::address(), role::PREFETCH))
}

/// Is the service by hand, and nothing else.
pub fn service_by_hand() -> ExitCode {
    told(role::hand_service(&role::address(), role::PREFETCH))
}

fn told(done: Result<(), Failure>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
