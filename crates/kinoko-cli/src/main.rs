//! The `kinoko` command: one file per command, under `command/`.

mod command;
mod deployments;
mod exit;
mod manifests;
mod out;
mod parallel;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::exit::Failure;

/// What the commands do is mostly to take and give back small pieces of memory, on several threads: schemas are trees.
/// With glibc's allocator that is a quarter of their time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Tools for a system of Kinoko and Nameko services.
///
/// Exit codes: 0 done, or yes; 1 the call failed over there, or the answer is no; 2 the command line or a
/// file is wrong; 3 the broker cannot be reached or refuses; 4 nobody serves that name; 5 no reply in time.
#[derive(Debug, Parser)]
#[command(name = "kinoko", version, verbatim_doc_comment)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Map(command::map::MapCommand),
    Docs(command::docs::Docs),
    Openapi(command::documents::OpenApi),
    Asyncapi(command::documents::AsyncApi),
    Diff(command::diff::Diff),
    Rules(command::rules::Rules),
    Schema(command::schema::Schema),
    Permissions(command::permissions::Permissions),
    CanDeploy(command::can_deploy::CanDeploy),
    Plan(command::plan::PlanCommand),
    Publish(command::deployments::Publish),
    RecordDeployment(command::deployments::RecordDeployment),
    Deployed(command::deployments::DeployedCommand),
    Environments(command::deployments::Environments),
    #[cfg(feature = "call")]
    Call(command::call::Call),
    #[cfg(feature = "call")]
    Emit(command::emit::Emit),
}

fn main() -> ExitCode {
    match run(Line::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.text.is_empty() {
                eprintln!("error: {}", shown(&failure.text));
            }
            ExitCode::from(failure.code as u8)
        }
    }
}

/// A text that may come from another service, as a terminal may have it: nothing in it moves the
/// cursor, and it ends.
fn shown(text: &str) -> String {
    const MOST: usize = 8000;
    let mut shown = String::new();
    for (place, char) in text.chars().enumerate() {
        match char {
            _ if place == MOST => {
                shown.push('…');
                break;
            }
            char if char.is_control() && char != '\n' => shown.extend(char.escape_default()),
            char => shown.push(char),
        }
    }
    shown
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Map(map) => map.run(),
        Command::Docs(docs) => docs.run(),
        Command::Openapi(openapi) => openapi.run(),
        Command::Asyncapi(asyncapi) => asyncapi.run(),
        Command::Diff(diff) => diff.run(),
        Command::Rules(rules) => rules.run(),
        Command::Schema(schema) => schema.run(),
        Command::Permissions(permissions) => permissions.run(),
        Command::CanDeploy(can_deploy) => can_deploy.run(),
        Command::Plan(plan) => plan.run(),
        Command::Publish(publish) => publish.run(),
        Command::RecordDeployment(record) => record.run(),
        Command::Deployed(deployed) => deployed.run(),
        Command::Environments(environments) => environments.run(),
        #[cfg(feature = "call")]
        Command::Call(call) => call.run(),
        #[cfg(feature = "call")]
        Command::Emit(emit) => emit.run(),
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_others_say_does_not_move_the_cursor() {
        assert_eq!(shown("\u{1b}[2Jx\r\ny"), "\\u{1b}[2Jx\\r\ny");
        assert_eq!(shown(&"ä".repeat(9000)).chars().count(), 8001);
    }
}
