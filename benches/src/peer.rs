//! [`Peer`]: a process of the measurement, as the measuring process sees it.

use std::{env, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use crate::{
    Failure,
    order::{Answer, Order},
    proc,
    role::Role,
};

/// No answer takes longer than this, whatever happens.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that takes orders. It ends when this is dropped.
pub(crate) struct Peer {
    role: Role,
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    pid: String,
}

impl Peer {
    /// Starts one.
    pub(crate) fn start(role: Role, address: &str, prefetch: u16) -> Result<Peer, Failure> {
        let mut command = Command::new(env::current_exe()?);
        command.args(["peer", &role.name(), "--prefetch", &prefetch.to_string()]);
        Peer::spawn(role, address, command)
    }

    /// Starts one that is a program of its own, beside this one and named as its role is.
    pub(crate) fn alone(role: Role, address: &str) -> Result<Peer, Failure> {
        let name = format!("{}{}", role.name(), env::consts::EXE_SUFFIX);
        let program = env::current_exe()?.with_file_name(name);
        if !program.is_file() {
            let path = program.display();
            return Err(format!("{path} is missing: `cargo xtask bench` builds it").into());
        }
        Peer::spawn(role, address, Command::new(program))
    }

    /// Where it is to connect is in its environment, because an address may hold a password and a command line is
    /// there for all to read.
    fn spawn(role: Role, address: &str, mut command: Command) -> Result<Peer, Failure> {
        let mut child = command
            .env(crate::role::ADDRESS, address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(orders), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("a peer has no pipes".into());
        };
        let pid = child.id().map(|it| it.to_string()).unwrap_or_default();
        Ok(Peer { role, child, orders, answers: BufReader::new(answers).lines(), pid })
    }

    /// Waits until it takes orders; where it listens, if it does.
    pub(crate) async fn ready(&mut self) -> Result<String, Failure> {
        match self.answer().await? {
            Answer::Ready(address) => Ok(address.unwrap_or_default()),
            other => Err(self.out_of_turn(&other)),
        }
    }

    /// Gives an order.
    pub(crate) async fn tell(&mut self, order: &Order) -> Result<(), Failure> {
        let mut line = serde_json::to_vec(order)?;
        line.push(b'\n');
        Ok(self.orders.write_all(&line).await?)
    }

    /// What it says next.
    pub(crate) async fn answer(&mut self) -> Result<Answer, Failure> {
        let Ok(line) = timeout(PATIENCE, self.answers.next_line()).await else {
            return Err(format!("{} says nothing", self.role.name()).into());
        };
        match line? {
            Some(line) => Ok(serde_json::from_str(&line)?),
            None => Err(format!("{} ended: see above for why", self.role.name()).into()),
        }
    }

    /// How much arrived there.
    pub(crate) async fn count(&mut self) -> Result<u64, Failure> {
        self.tell(&Order::Count).await?;
        match self.answer().await? {
            Answer::Count(count) => Ok(count),
            other => Err(self.out_of_turn(&other)),
        }
    }

    pub(crate) fn cpu(&self) -> Result<Duration, Failure> {
        proc::cpu(&self.pid)
    }

    /// The memory it has, and what of it is no file's.
    pub(crate) fn memory(&self) -> Result<[u64; 2], Failure> {
        Ok([proc::resident(&self.pid)?, proc::own(&self.pid)?])
    }

    /// Has it end by itself, so that it closes what it has open.
    pub(crate) async fn end(self) -> Result<(), Failure> {
        let Peer { role, mut child, orders, .. } = self;
        drop(orders);
        let Ok(status) = timeout(PATIENCE, child.wait()).await else {
            return Err(format!("{} does not end", role.name()).into());
        };
        if status?.success() {
            return Ok(());
        }
        Err(format!("{} failed: see above for why", role.name()).into())
    }

    pub(crate) fn out_of_turn(&self, answer: &Answer) -> Failure {
        format!("{} said {answer:?} out of turn", self.role.name()).into()
    }
}
