//! [`Nameko`]: a Python process that runs services.

use std::{
    fs::File,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::time::{Instant, sleep};

/// How long Python may take to come up.
const PATIENCE: Duration = Duration::from_secs(30);
/// Where the Python sources are.
pub(crate) const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python");

/// A `nameko run`. Dropping it kills it: what it had taken and not acked goes back to its queues.
pub struct Nameko(Child);

impl Nameko {
    /// Starts one, and waits until each of its consumers is in place.
    pub(crate) async fn start(
        python: &Path,
        uri: &str,
        class: &str,
        instance: &str,
        record: &Path,
        log: &Path,
    ) -> Nameko {
        let output = File::create(log).expect("the test's folder takes files");
        let errors = output.try_clone().expect("a file can be had twice");
        let mut command = python_command(python, "serve.py");
        command.args(["run", "--broker", uri, &format!("services:{class}")]);
        command.env("INSTANCE", instance).env("RECORD", record);
        let child = command.stdin(Stdio::null()).stdout(output).stderr(errors).spawn();
        let mut nameko = Nameko(child.expect("KINOKO_TEST_NAMEKO names a Python"));
        let deadline = Instant::now() + PATIENCE;
        while !std::fs::read_to_string(log).is_ok_and(|it| it.lines().any(|it| it == "ready")) {
            let ended = nameko.0.try_wait().expect("a child can be waited for");
            assert!(ended.is_none(), "Nameko's {class} ended with {ended:?}");
            assert!(Instant::now() < deadline, "Nameko's {class} did not come up");
            sleep(Duration::from_millis(20)).await;
        }
        nameko
    }

    /// Whether it has ended, as Nameko does when a message surprises it.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }
}

impl Drop for Nameko {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Python with one of our scripts, leaving no traces beside it.
pub(crate) fn python_command(python: &Path, script: &str) -> Command {
    let mut command = Command::new(python);
    command.arg(Path::new(SOURCES).join(script));
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONWARNINGS", "ignore");
    command
}
