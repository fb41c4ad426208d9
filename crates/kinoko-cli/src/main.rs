//! The `kinoko` command: one file per command, under `command/`.

mod command;
mod exit;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::exit::Failure;

/// Tools for a system of Kinoko and Nameko services.
///
/// Exit codes: 0 done, 1 the call failed over there, 2 the command line is wrong, 3 the broker cannot
/// be reached or refuses, 4 nobody serves that name, 5 no reply in time.
#[derive(Debug, Parser)]
#[command(name = "kinoko", version, verbatim_doc_comment)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[cfg(feature = "call")]
    Call(command::call::Call),
    #[cfg(feature = "call")]
    Emit(command::emit::Emit),
}

fn main() -> ExitCode {
    match run(Line::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {}", failure.text);
            ExitCode::from(failure.code as u8)
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        #[cfg(feature = "call")]
        Command::Call(call) => call.run(),
        #[cfg(feature = "call")]
        Command::Emit(emit) => emit.run(),
    }
}
