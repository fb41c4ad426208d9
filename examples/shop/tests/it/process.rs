//! [`Process`]: the shop as a program, to be stopped and killed.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

/// How long a program may take to start, or to stop.
const PATIENCE: Duration = Duration::from_secs(20);

/// The shop's program, not started.
pub(crate) fn shop(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shop"));
    command.args(args).env_remove("AMQP_URI").env_remove("WEB_SERVER_ADDRESS");
    // Log lines are read.
    command.env("RUST_LOG", "info").stdin(Stdio::null());
    command
}

/// The shop's program at work, on a port of its own if it serves HTTP. Dropping it kills it.
pub(crate) struct Process {
    child: Child,
    /// Where it serves HTTP; empty if it does not.
    pub(crate) address: String,
    log: mpsc::Receiver<String>,
}

impl Process {
    /// Starts it and waits until it is ready.
    pub(crate) fn start(args: &[&str], env: &[(&str, &str)]) -> Process {
        Process::try_start(args, env).unwrap_or_else(|log| panic!("shop does not start:\n{log}"))
    }

    /// The same; all that it logged, when it ends instead.
    pub(crate) fn try_start(args: &[&str], env: &[(&str, &str)]) -> Result<Process, String> {
        let mut command = shop(args);
        command.args(["--log", "json", "--define", "WEB_SERVER_ADDRESS=127.0.0.1:0"]);
        command.envs(env.iter().copied()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, received) = mpsc::channel();
        // Goes on reading until the program ends, so that it never waits for us.
        thread::spawn(move || lines.map_while(Result::ok).for_each(|it| drop(sender.send(it))));
        let mut address = String::new();
        let mut process = Process { child, address: String::new(), log: received };
        process.try_logged(PATIENCE, |entry| {
            if let Some(found) = entry["address"].as_str() {
                found.clone_into(&mut address);
            }
            entry["message"] == "ready"
        })?;
        process.address = address;
        Ok(process)
    }

    /// Waits for a line of the log.
    pub(crate) fn logged(&self, is_it: impl FnMut(&Value) -> bool) -> Value {
        self.try_logged(PATIENCE, is_it)
            .unwrap_or_else(|log| panic!("shop did not log what it should:\n{log}"))
    }

    /// The same for so long; what it logged instead, when it does not come.
    pub(crate) fn try_logged(
        &self,
        patience: Duration,
        mut is_it: impl FnMut(&Value) -> bool,
    ) -> Result<Value, String> {
        let mut before = Vec::new();
        let deadline = Instant::now() + patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.log.recv_timeout(left) else { return Err(before.join("\n")) };
            let entry = serde_json::from_str(&line).unwrap_or_default();
            if is_it(&entry) {
                return Ok(entry);
            }
            before.push(line);
        }
    }

    /// Ends it as `kill -9` does: it does nothing more.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends it a signal, such as `-INT`, and waits for its end. Says how long that took.
    pub(crate) fn signal(mut self, signal: &str) -> (ExitStatus, Duration) {
        let begun = Instant::now();
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, begun.elapsed());
            }
            pause();
        }
        panic!("shop did not stop within {PATIENCE:?} of {signal}");
    }
}

#[expect(clippy::disallowed_methods, reason = "between looks at a process, until a deadline")]
fn pause() {
    thread::sleep(Duration::from_millis(5));
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
