//! The `kinoko` command as a process: what it prints, and what it ends with.

mod broker;
mod line;
mod permissions;
mod system;
mod writers;

use std::process::{Command, Output};

/// Runs the command with those arguments and that broker.
fn kinoko(uri: &str, args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kinoko"));
    let Output { status, stdout, stderr } =
        command.args(args).env("AMQP_URI", uri).output().expect("the command runs");
    Ran {
        code: status.code(),
        out: String::from_utf8_lossy(&stdout).into_owned(),
        err: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

/// What a command ended with.
#[derive(Debug)]
pub(crate) struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}
