//! [`Driver`]: a Python process that calls, emits and publishes as told, and says what came of it.

use std::{fs::File, path::Path, process::Stdio};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use crate::nameko::python_command;

/// A Python process that does as it is told. Dropping it kills it.
pub struct Driver {
    _child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Driver {
    pub(crate) fn start(python: &Path, uri: &str, log: &Path) -> Driver {
        let log = File::create(log).expect("the test's folder takes files");
        let mut command = Command::from(python_command(python, "driver.py"));
        command.arg(uri).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let child = command.kill_on_drop(true).spawn();
        let mut child = child.expect("KINOKO_TEST_NAMEKO names a Python");
        let orders = child.stdin.take().expect("its standard input is a pipe");
        let answers = child.stdout.take().expect("its standard output is a pipe");
        Driver { _child: child, orders, answers: BufReader::new(answers).lines() }
    }

    /// Has it do one thing; the answer as it is. `driver.py` says what can be asked for.
    pub async fn ask(&mut self, order: Value) -> Value {
        let line = format!("{order}\n");
        self.orders.write_all(line.as_bytes()).await.expect("the driver listens");
        self.orders.flush().await.expect("the driver listens");
        let answer = self.answers.next_line().await.expect("the driver writes text");
        let answer = answer.unwrap_or_else(|| panic!("the driver ended over {order}"));
        serde_json::from_str(&answer).unwrap_or_else(|err| panic!("{answer}: {err}"))
    }

    /// A call with positional arguments: `{"result": …}` or `{"error": {"class": …, "text": …}}`.
    pub async fn call(&mut self, service: &str, method: &str, args: Value) -> Value {
        self.ask(json!({"do": "call", "service": service, "method": method, "args": args})).await
    }

    /// Publishes what no Nameko would: whether it came back, and the reply if one came in time.
    pub async fn raw(&mut self, mut message: Value) -> Value {
        message["do"] = json!("raw");
        self.ask(message).await["result"].take()
    }
}
