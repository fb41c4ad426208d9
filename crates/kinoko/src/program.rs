//! [`Program`]: a runner with a command line: `Runner::from_args().service::<A>().main().await`.

use std::{
    collections::BTreeMap,
    io::Write,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use kinoko_core::{
    Configuration, Entrypoint, Error, ErrorKind, Middleware, Runner, Running, Service,
    config::Sources,
};
use serde_json::Value;

use crate::{
    command_line::{self, Command, CommandLine, Exit, LogFormat, Nothing, Run},
    logs,
    signals::Signals,
};

/// Gives [`Runner`] a command line.
pub trait FromArgs {
    /// A program without services yet; reads the process's arguments.
    ///
    /// `--help` and wrong arguments end the process here.
    fn from_args() -> Program {
        Self::from_args_with::<Nothing>().0
    }

    /// The same, for a binary that has options of its own: a struct with `#[derive(clap::Args)]`.
    fn from_args_with<T: clap::Args>() -> (Program, T);
}

impl FromArgs for Runner {
    fn from_args_with<T: clap::Args>() -> (Program, T) {
        let (line, own) = command_line::read();
        (Program { line, runner: Runner::new(), defaults: BTreeMap::new(), when_ready: None }, own)
    }
}

/// The services of a binary, and what its command line asks for.
///
/// See [`command_line`](crate::command_line) for commands and exit codes.
#[must_use = "a program does nothing until `.main().await`"]
pub struct Program {
    line: CommandLine,
    runner: Runner,
    defaults: BTreeMap<String, Value>,
    when_ready: Option<WhenReady>,
}

type WhenReady = Box<dyn FnOnce(&Running) + Send>;

impl Program {
    /// Runs that service too.
    pub fn service<S: Service>(mut self) -> Program {
        self.runner = self.runner.service::<S>();
        self
    }

    /// Gives services a value for their [`Shared`](crate::Shared) fields, found by its type.
    pub fn provide<T: Send + Sync + 'static>(mut self, resource: T) -> Program {
        self.runner = self.runner.provide(resource);
        self
    }

    /// The same for a value that `main` shares with the services.
    pub fn provide_arc<T: Send + Sync + 'static>(mut self, resource: Arc<T>) -> Program {
        self.runner = self.runner.provide_arc(resource);
        self
    }

    /// Runs one more kind of entrypoint.
    pub fn entrypoint(mut self, entrypoint: impl Entrypoint) -> Program {
        self.runner = self.runner.entrypoint(entrypoint);
        self
    }

    /// Puts code around every call.
    pub fn middleware(mut self, middleware: impl Middleware) -> Program {
        self.runner = self.runner.middleware(middleware);
        self
    }

    /// A setting for when neither a file nor the environment nor the command line has it.
    pub fn default_setting(mut self, key: &str, value: impl Into<Value>) -> Program {
        self.defaults.insert(key.to_owned(), value.into());
        self
    }

    /// Does something once every service is up, such as printing what to try next.
    pub fn when_ready(mut self, ready: impl FnOnce(&Running) + Send + 'static) -> Program {
        self.when_ready = Some(Box::new(ready));
        self
    }

    /// Does what the command line asks for.
    ///
    /// Return what it returns at once: a second later the process ends by itself, because a method
    /// that still blocks a thread would keep it for ever. What is to be done last, such as flushing
    /// telemetry, is a dependency's [`stop`](kinoko_core::Dependency::stop).
    pub async fn main(self) -> ExitCode {
        let exit = match self.obey().await {
            Ok(exit) => exit,
            Err(error) => {
                eprintln!("error: {error}");
                exit_for(&error)
            }
        };
        if exit == Exit::Interrupted {
            std::process::exit(exit as i32);
        }
        end_soon(exit);
        ExitCode::from(exit as u8)
    }

    async fn obey(self) -> Result<Exit, Error> {
        let Program { line, runner, defaults, when_ready } = self;
        // What is wrong with it is told by `check`, together with what is wrong beside it.
        let config = Configuration::gather(Sources {
            defaults,
            files: line.options.config,
            defines: line.options.define,
            ..Sources::default().with_process_env()
        });
        let runner = with_http(runner.config(config));
        // `--only` may stand before the command, or behind it.
        let mut names = line.run.only.only;
        let command = line.command.unwrap_or_else(|| Command::Run(Run::default()));
        if let Command::Run(Run { only }) | Command::Manifest(only) | Command::Check(only) =
            &command
        {
            names.extend_from_slice(&only.only);
        }
        let runner = runner.only(&names)?;
        match command {
            Command::Run(_) => run(runner, !names.is_empty(), line.options.log, when_ready).await,
            Command::Manifest(_) => print(&manifests(&runner)),
            Command::ShowConfig => {
                runner.configuration().as_ref().clone().sound()?;
                print(&runner.configuration().show(&runner.settings()))
            }
            Command::Check(_) => check(runner).await,
        }
    }
}

/// Ends the process in a moment, whatever still blocks.
///
/// A method that is not `async` cannot be stopped, and when `main` returns the runtime would wait for
/// it without end.
fn end_soon(exit: Exit) {
    std::thread::spawn(move || {
        let end = Instant::now() + Duration::from_secs(1);
        // Parking may end before its time.
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            std::thread::park_timeout(left);
        }
        std::process::exit(exit as i32)
    });
}

#[cfg(feature = "http")]
fn with_http(runner: Runner) -> Runner {
    if runner.runs(kinoko_http::Http::KIND) {
        return runner;
    }
    runner.entrypoint(kinoko_http::Http::configured())
}

#[cfg(not(feature = "http"))]
fn with_http(runner: Runner) -> Runner {
    runner
}

/// One manifest as an object, several as a list.
fn manifests(runner: &Runner) -> String {
    let manifests = runner.manifests();
    match &manifests[..] {
        [one] => one.to_json(),
        several => {
            let texts: Vec<_> =
                several.iter().map(|it| it.to_json().trim_end().to_owned()).collect();
            format!("[\n{}\n]\n", texts.join(",\n"))
        }
    }
}

/// Writes to the standard output. That nobody reads on, as behind `| head`, is no failure.
fn print(text: &str) -> Result<Exit, Error> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(err) if err.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::new(ErrorKind::Dependency, "cannot write the output").with_source(err))
        }
        _ => Ok(Exit::Done),
    }
}

async fn run(
    runner: Runner,
    runs_only_some: bool,
    log: Option<LogFormat>,
    when_ready: Option<WhenReady>,
) -> Result<Exit, Error> {
    logs::start(log, &runner.configuration())?;
    runner.check()?;
    let mut asked = Signals::listen()?;
    let grace = runner.configuration().framework().drain_grace;
    let has_broker = runner.configuration().framework().amqp_uri.is_some();
    let start = async { with_transport(runner).await?.start().await };
    let running = tokio::select! {
        started = start => started?,
        () = asked.next() => return Ok(Exit::Done),
    };
    let alone = runs_only_some && !has_broker;
    if alone {
        tracing::warn!(
            "no AMQP_URI is set, so the services that were left out cannot be reached from here"
        );
    }
    tracing::info!("ready");
    if let Some(ready) = when_ready {
        ready(&running);
    }
    let failed = tokio::select! {
        () = asked.next() => false,
        () = running.ended() => true,
    };
    tracing::info!(grace_seconds = grace.as_secs(), "stopping");
    let stopped = tokio::select! {
        stopped = running.stop(grace) => stopped,
        () = asked.next() => return Ok(Exit::Interrupted),
    };
    Ok(match (failed, stopped.abandoned) {
        (true, _) => Exit::Failed,
        (false, 0) => Exit::Done,
        (false, _) => Exit::Abandoned,
    })
}

/// Sets everything up and takes it down again.
async fn check(runner: Runner) -> Result<Exit, Error> {
    for warning in runner.configuration().warnings() {
        eprintln!("warning: {warning}");
    }
    runner.check()?;
    let names: Vec<_> = runner.manifests().into_iter().map(|it| it.name).collect();
    let broker = if runner.configuration().framework().amqp_uri.is_some() {
        "RabbitMQ answers"
    } else {
        "no AMQP_URI is set, so services talk in process"
    };
    let transport = transport(&runner).await;
    let (runner, unreachable) = match transport {
        Ok(Some(transport)) => (runner.transport(transport), None),
        Ok(None) => (runner, None),
        // What the services need beside it is looked at all the same, over the in-process broker.
        Err(error) => (runner, Some(error)),
    };
    match (runner.check_dependencies().await, unreachable) {
        (Ok(()), None) => {}
        (Err(error), None) | (Ok(()), Some(error)) => return Err(error),
        (Err(also), Some(error)) => {
            return Err(Error::new(error.kind(), format!("{error}\n{also}")));
        }
    }
    print(&format!(
        "ok: {}\nok: configuration, dependencies and entrypoints; {broker}\n",
        names.join(", ")
    ))
}

async fn with_transport(runner: Runner) -> Result<Runner, Error> {
    Ok(match transport(&runner).await? {
        Some(transport) => runner.transport(transport),
        None => runner,
    })
}

/// The configured transport, if one is.
#[cfg(feature = "amqp")]
async fn transport(runner: &Runner) -> Result<Option<kinoko_amqp::Amqp>, Error> {
    let names: Vec<_> = runner.manifests().into_iter().map(|it| it.name).collect();
    crate::broker::connect(runner.configuration().framework(), &names.join(", ")).await
}

#[cfg(not(feature = "amqp"))]
async fn transport(runner: &Runner) -> Result<Option<kinoko_core::Memory>, Error> {
    if runner.configuration().framework().amqp_uri.is_some() {
        let text = "AMQP_URI is set, and this program was built without the feature `amqp`";
        return Err(Error::new(ErrorKind::Config, text));
    }
    Ok(None)
}

fn exit_for(error: &Error) -> Exit {
    match error.kind() {
        ErrorKind::Config => Exit::Usage,
        ErrorKind::Unavailable | ErrorKind::Refused => Exit::Unavailable,
        _ => Exit::Failed,
    }
}
