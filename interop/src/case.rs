//! [`Case`]: where one test happens.

use std::{
    any::Any,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use kinoko::{Runner, Running, amqp::Amqp};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::timeout;

use crate::{
    Driver, Nameko,
    logs::Logs,
    services::{Instance, Seen},
};

/// How long a test may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// A test: an async function of its case, boxed.
pub type Test = for<'a> fn(&'a Case) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// One test's virtual host, folder and logs.
pub struct Case {
    uri: String,
    python: PathBuf,
    folder: TempDir,
    logs: Logs,
    seen: Arc<Seen>,
}

impl Case {
    /// Runs a test, and on failure tells what everybody logged.
    ///
    /// Everything of Rust runs on this thread, and so its log lines are told from those of other
    /// tests.
    ///
    /// # Errors
    /// The text of the panic and the logs, when the test fails.
    pub fn run(uri: String, python: PathBuf, test: Test) -> Result<(), String> {
        let cannot = |err: std::io::Error| format!("cannot set up the test: {err}");
        let folder = TempDir::new().map_err(cannot)?;
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().map_err(cannot)?;
        let case = Case { uri, python, folder, logs: Logs::default(), seen: Arc::default() };
        let listening = case.logs.listen();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(async { timeout(PATIENCE, test(&case)).await })
        }));
        drop(runtime);
        drop(listening);
        let reason = match outcome {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(_)) => format!("not done after {} seconds", PATIENCE.as_secs()),
            Err(panic) => text_of(panic),
        };
        Err(format!("{reason}\n{}", case.story()))
    }

    /// The URI of its virtual host.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// A Python process that does as it is told.
    pub async fn driver(&self) -> Driver {
        let log = self.folder.path().join("driver.log");
        Driver::start(&self.python, &self.uri, &log)
    }

    /// `nameko run` of one of the classes in `services.py`, once it consumes.
    pub async fn nameko(&self, class: &str, instance: &str) -> Nameko {
        let log = self.folder.path().join(format!("{class}-{instance}.log"));
        Nameko::start(&self.python, &self.uri, class, instance, &self.record(), &log).await
    }

    /// The services of a runner, over the same broker.
    pub async fn rust(&self, runner: Runner, instance: &str) -> Running {
        let transport = Amqp::connect(&self.uri).await.expect("RabbitMQ is there");
        let runner = runner.transport(transport).provide(Instance(instance.to_owned()));
        let seen = self.seen.clone();
        runner.provide(seen).start().await.expect("the services start")
    }

    /// What handlers were given, of that kind, in Python and in Rust: who, and the payload.
    pub fn seen(&self, what: &str) -> Vec<(String, Value)> {
        let file = fs::read_to_string(self.record()).unwrap_or_default();
        // A line that is being written has no end yet.
        let lines = file.split_inclusive('\n').filter(|it| it.ends_with('\n'));
        let python = lines.filter_map(|it| serde_json::from_str::<Value>(it).ok());
        let all = python.chain(self.seen.all());
        let of_kind = all.filter(|it| it["what"] == what);
        of_kind
            .map(|it| (it["by"].as_str().unwrap_or("?").to_owned(), it["payload"].clone()))
            .collect()
    }

    /// What Rust has logged as a warning or an error.
    pub fn warnings(&self) -> Vec<String> {
        self.logs.warnings()
    }

    fn record(&self) -> PathBuf {
        self.folder.path().join("record.jsonl")
    }

    fn story(&self) -> String {
        let mut story = format!("---- Rust logged\n{}", self.logs.text());
        for entry in fs::read_dir(self.folder.path()).into_iter().flatten().flatten() {
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            story += &format!("---- {}\n{text}", entry.file_name().to_string_lossy());
        }
        story
    }
}

fn text_of(panic: Box<dyn Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("the test panicked").to_owned()
}
