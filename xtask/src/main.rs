//! The chores of this repository: `cargo xtask help` says which.
//!
//! Nothing but the standard library, so that it builds in a second or two.

mod absences;
mod browser;
mod counts;
mod install;
mod rabbitmq4;
mod shell;
mod sources;
mod steps;
mod suites;
mod test;
mod tidy;

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

const HELP: &str = "\
cargo xtask test    Every test there is. Installs what they need; says what it installs.
    --no-install    Install nothing; leave out the suites whose programs are missing.
    --only STEP     That step alone; may be given several times.
    --list          Say which steps there are.
cargo xtask tidy    The house rules that no compiler checks.
cargo xtask bench   The benchmarks; what follows goes to them.";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let (command, rest) = args.split_first().map_or(("help", &[][..]), |(it, rest)| (it, rest));
    let done = match command {
        "test" => test::run(&root(), rest),
        "tidy" => tidy::check(&root()).map(|()| println!("tidy")),
        "bench" => bench(&root(), rest),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => Err(format!("there is no `cargo xtask {other}`\n\n{HELP}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("error: {text}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the benchmarks, in release mode, with these arguments.
fn bench(root: &Path, args: &[String]) -> Result<(), String> {
    let package = ["--release", "--package", "kinoko-benches"];
    // Its other programs too, which it starts.
    let build = Command::new(cargo()).current_dir(root).arg("build").args(package).status();
    if !build.map_err(|err| format!("cannot run cargo: {err}"))?.success() {
        return Err("the benchmarks do not build".to_owned());
    }
    let mut command = Command::new(cargo());
    command.current_dir(root).arg("run").args(package).arg("--");
    // Nameko's part needs it, and says how to get it if it is missing.
    if env::var_os(suites::NAMEKO).is_none() {
        command.env(suites::NAMEKO, install::python_of(&shell::target(root)));
    }
    let status = command.args(args).status().map_err(|err| format!("cannot run cargo: {err}"))?;
    if status.success() { Ok(()) } else { Err(format!("the benchmarks ended with {status}")) }
}

/// The cargo that runs this program, so that both are of one toolchain.
fn cargo() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// The top folder of the repository.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}
