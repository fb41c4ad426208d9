//! Kinoko against what one would write by hand without it, each pair measured in turn in one run.
//!
//! Absolute figures move with the machine and the day; the ratios inside one run hold. So every cell
//! is measured on one side and then on the other, again and again, and what counts is the median of
//! the rounds' ratios. Each side runs in processes of its own, which are this binary with a hidden
//! subcommand.
//!
//! Reading order: [`options`] (what can be asked for), [`part`] (what is measured), [`pair`] (how two
//! sides are compared), [`peer`] and [`role`] (the processes), [`by_kinoko`], [`by_hand`], [`by_client`], [`by_amqprs`], [`by_nameko`] and [`leanest`] (what
//! they run), [`report`].

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
#[command(about = "Measures Kinoko against what one would write by hand.")]
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

fn main() -> ExitCode {
    let line = Line::parse();
    let done = match line.hidden {
        Some(Hidden::Peer(peer)) => role::run(&peer),
        None => part::run(&line.options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
