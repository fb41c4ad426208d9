//! The command line of a service binary: what can be written, and the exit codes.

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

/// What can be written, with a binary's own options beside it.
#[derive(Debug, Parser)]
#[command(about = "Runs services.", disable_version_flag = true)]
struct Line<T: Args> {
    #[command(flatten)]
    standard: CommandLine,
    #[command(flatten)]
    own: T,
}

/// No options of its own.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Nothing {}

/// Reads the process's arguments. `--help` and wrong arguments end the process.
pub(crate) fn read<T: Args>() -> (CommandLine, T) {
    let mut args = std::env::args_os();
    // clap would show this crate's name and not the binary's.
    let path = args.next().unwrap_or_default();
    let name = Path::new(&path).file_stem().unwrap_or(&path).to_string_lossy().into_owned();
    let matches = Line::<T>::command().name(name.clone()).bin_name(name).get_matches();
    let line = Line::<T>::from_arg_matches(&matches).unwrap_or_else(|err| err.exit());
    (line.standard, line.own)
}

/// The standard part of a service binary's command line.
#[derive(Debug, Args)]
#[group(skip)]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Where settings come from, and how to log.
    #[command(flatten)]
    pub options: Options,
    /// For `run`, which is what happens when no command is named.
    #[command(flatten)]
    pub run: Run,
}

/// What a service binary can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the services until told to stop (the default).
    Run(Run),
    /// Print the manifests of the services, as JSON. Needs no broker.
    Manifest(Only),
    /// Print every setting with where it comes from, secrets masked.
    ShowConfig,
    /// Check configuration, dependencies and the broker, and say all that is wrong.
    Check(Only),
}

/// Options of `run`.
#[derive(Debug, Default, Args)]
#[group(skip)]
pub struct Run {
    /// Which services.
    #[command(flatten)]
    pub only: Only,
}

/// Which services are meant.
#[derive(Debug, Default, Clone, Args)]
#[group(skip)]
pub struct Only {
    /// Only this service; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
}

/// Options of every command.
#[derive(Debug, Args)]
#[group(skip)]
pub struct Options {
    /// A YAML file of settings; of several, later ones win.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Vec<PathBuf>,
    /// One setting, such as `max_workers=10` or `orders.limit=3`; wins over files and environment.
    #[arg(long, value_name = "KEY=VALUE", global = true)]
    pub define: Vec<String>,
    /// How log lines look; `text` unless configured otherwise.
    #[arg(long, value_enum, global = true)]
    pub log: Option<LogFormat>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What a service binary ends with.
///
/// | code | meaning |
/// |---|---|
/// | 0 | did what it was told, and stopped when told to |
/// | 1 | a service failed to start, or an entrypoint ended by itself |
/// | 2 | the command line or the configuration is wrong |
/// | 3 | the broker cannot be reached, or refuses |
/// | 4 | calls were still running when the grace period was over |
/// | 130 | told to stop twice |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Did what it was told.
    Done = 0,
    /// A service failed to start, or an entrypoint ended by itself.
    Failed = 1,
    /// The command line or the configuration is wrong. clap uses the same code.
    Usage = 2,
    /// The broker cannot be reached, or refuses.
    Unavailable = 3,
    /// Calls were still running when the grace period was over.
    Abandoned = 4,
    /// Told to stop twice.
    Interrupted = 130,
}
