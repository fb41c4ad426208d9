//! [`RabbitNode`]: a RabbitMQ node of the test's own, to be broken at will.
//!
//! Everything about it is private: ports found free, data in a temporary folder, its own port
//! mapper (`epmd`) and cookie, nothing but loopback. So it runs beside any other node, needs no
//! privileges, and leaves nothing behind. Booting takes some seconds: start one per test binary and
//! give each test its own [virtual host](RabbitNode::new_vhost).
//!
//! The programs are those the machine has, or another release's: the environment variable
//! `KINOKO_RABBITMQ_ROOT` names a tree of files that has `usr/lib/rabbitmq/bin`, `usr/bin/epmd` and all
//! they need, and the empty folders `proc`, `dev` and `mnt`. They run there by `chroot`, which root may
//! do, and anybody whom the kernel lets have namespaces. `cargo xtask test --only rabbitmq4` makes such
//! a tree, with RabbitMQ 4.

mod bounded;
mod guard;
mod programs;

use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::{net::TcpStream, time::Instant};

use self::{guard::Guard, programs::Programs};

/// How long a node may take to boot, to stop, or to do as `rabbitmqctl` tells it.
const PATIENCE: Duration = Duration::from_secs(90);

/// How often it is looked whether a node stands still: for some seconds.
const PAUSE_LOOKS: usize = 100_000;

/// A private RabbitMQ node. Dropping it stops it and removes its data, and so does the end of the process,
/// even if that is killed.
#[derive(Debug)]
pub struct RabbitNode {
    programs: Programs,
    folder: PathBuf,
    port: u16,
    tls_port: Option<u16>,
    epmd: Option<Child>,
    server: Option<Child>,
    guard: Guard,
}

/// What a node shows to those who connect by TLS, in PEM.
#[derive(Debug, Clone)]
pub struct NodeTls {
    /// The authority that signed the certificate.
    pub authority: String,
    /// The node's certificate.
    pub certificate: String,
    /// The certificate's key.
    pub key: String,
}

impl RabbitNode {
    /// Whether RabbitMQ is there to be started; else a text that says how to install it.
    ///
    /// # Errors
    /// The text, when it is not.
    pub fn installed() -> Result<(), String> {
        Programs::from_env().map_err(|err| err.to_string())?.check()
    }

    /// Starts a node and waits until it serves.
    ///
    /// # Errors
    /// When RabbitMQ is not [installed](RabbitNode::installed), or does not come up; the error
    /// carries the end of its log.
    pub async fn start() -> io::Result<RabbitNode> {
        RabbitNode::start_as(None).await
    }

    /// The same with a second listener, for TLS: see [`tls_port`](RabbitNode::tls_port).
    ///
    /// # Errors
    /// As [`start`](RabbitNode::start).
    pub async fn start_with_tls(tls: &NodeTls) -> io::Result<RabbitNode> {
        RabbitNode::start_as(Some(tls)).await
    }

    async fn start_as(tls: Option<&NodeTls>) -> io::Result<RabbitNode> {
        let programs = Programs::from_env()?;
        programs.check().map_err(io::Error::other)?;
        let port = free_ports()?;
        let folder =
            std::env::temp_dir().join(format!("kinoko-rabbitmq-{}-{port}", std::process::id()));
        for part in ["mnesia", "log", "home", "schema", "conf"] {
            fs::create_dir_all(folder.join(part))?;
        }
        let mut settings = format!(
            "listeners.tcp.1 = 127.0.0.1:{port}\n\
             vm_memory_high_watermark.absolute = 2GB\n\
             disk_free_limit.absolute = 50MB\n\
             log.file.level = info\n\
             collect_statistics_interval = 1000\n"
        );
        let tls_port = match tls {
            Some(tls) => Some(listen_for_tls(tls, &folder, &programs, &mut settings)?),
            None => None,
        };
        fs::write(folder.join("rabbitmq.conf"), settings)?;
        fs::write(folder.join("enabled_plugins"), "[].")?;
        let guard = Guard::over(&folder)?;
        let (epmd, server) = (None, None);
        let mut node = RabbitNode { programs, folder, port, tls_port, epmd, server, guard };
        let epmd = node
            .set_up(node.programs.epmd(&node.folder))
            .args(["-address", "127.0.0.1", "-port", &(port + 10_000).to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        node.epmd = Some(epmd);
        node.tell_guard();
        node.await_epmd().await?;
        node.boot().await?;
        Ok(node)
    }

    /// The first two numbers of RabbitMQ's version: what brokers do otherwise can be told by them.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn version(&self) -> io::Result<(u32, u32)> {
        let text = self.eval("rabbit_misc:version().").await?;
        let mut numbers = text.trim_matches('"').split('.').map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Ok((major, minor)),
            _ => Err(io::Error::other(format!("this is no version of RabbitMQ: {text}"))),
        }
    }

    /// The URI of its default virtual host.
    pub fn uri(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2F", self.port)
    }

    /// The port it listens on for TLS, if it was started so.
    pub fn tls_port(&self) -> Option<u16> {
        self.tls_port
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes a virtual host for one test, and returns its URI.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn new_vhost(&self, name: &str) -> io::Result<String> {
        self.eval(&format!(
            "rabbit_vhost:add(<<\"{name}\">>, <<\"test\">>), \
             rabbit_auth_backend_internal:set_permissions(<<\"guest\">>, <<\"{name}\">>, \
             <<\".*\">>, <<\".*\">>, <<\".*\">>, <<\"test\">>)."
        ))
        .await?;
        Ok(format!("amqp://guest:guest@127.0.0.1:{}/{name}", self.port))
    }

    /// Runs `rabbitmqctl` and returns what it printed.
    ///
    /// # Errors
    /// When it fails, or is not done after a minute and a half; the error carries what it printed.
    pub async fn ctl(&self, args: &[&str]) -> io::Result<String> {
        let mut command = self.set_up(self.programs.rabbitmq("rabbitmqctl", &self.folder));
        command.arg("--quiet").args(args);
        let cannot = |err| io::Error::other(format!("rabbitmqctl {args:?}: {err}"));
        let output = bounded::run(command, PATIENCE).await.map_err(cannot)?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if output.status.success() {
            return Ok(text);
        }
        let error = String::from_utf8_lossy(&output.stderr);
        Err(io::Error::other(format!("rabbitmqctl {args:?}: {text} {}", error.trim())))
    }

    /// Evaluates Erlang in the node: the shortest way to what `rabbitmqctl` has no word for.
    ///
    /// # Errors
    /// When the node does not answer or the expression fails.
    pub async fn eval(&self, expression: &str) -> io::Result<String> {
        self.ctl(&["eval", expression]).await
    }

    /// Closes every client's connection, as an operator would.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn close_all_connections(&self) -> io::Result<()> {
        self.ctl(&["close_all_connections", "--global", "for a test"]).await.map(drop)
    }

    /// Has the node believe that it runs out of memory, or no more: publishers are blocked.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn set_memory_alarm(&self, on: bool) -> io::Result<()> {
        let expression = if on {
            "rabbit_alarm:set_alarm({{resource_limit, memory, node()}, []})."
        } else {
            "rabbit_alarm:clear_alarm({resource_limit, memory, node()})."
        };
        self.eval(expression).await.map(drop)
    }

    /// Has the node write down what was declared. A binding that was made a second or two before a
    /// [crash](RabbitNode::kill9) may be gone after it: once in some forty runs of a test, RabbitMQ 3.10
    /// confirmed what was then published and routed it nowhere. A node that keeps its declarations in
    /// Khepri writes each before it answers, and has nothing to do.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn write_declarations(&self) -> io::Result<()> {
        // What no release before 3.13 knows is caught.
        let expression = "case catch rabbit_khepri:is_enabled() of \
                          true -> dumped; _ -> mnesia:dump_log() end.";
        match &*self.eval(expression).await? {
            "dumped" => Ok(()),
            other => Err(io::Error::other(format!("RabbitMQ did not write them: {other}"))),
        }
    }

    /// Kills the node as a crash would: it writes nothing more.
    ///
    /// # Errors
    /// When it is not running.
    pub async fn kill9(&mut self) -> io::Result<()> {
        self.signal("-KILL")?;
        self.gone().await
    }

    /// Stops the node in order.
    ///
    /// # Errors
    /// When it is not running, or does not stop.
    pub async fn stop(&mut self) -> io::Result<()> {
        self.signal("-TERM")?;
        self.gone().await
    }

    /// Starts it again with what it had stored, after [`stop`](RabbitNode::stop) or
    /// [`kill9`](RabbitNode::kill9).
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn restart(&mut self) -> io::Result<()> {
        self.boot().await
    }

    /// Freezes the node: its sockets stay open and nothing answers.
    ///
    /// # Errors
    /// When it is not running.
    pub fn pause(&self) -> io::Result<()> {
        self.signal("-STOP")?;
        let threads = format!("/proc/{}/task", self.pid()?);
        // A signal is on its way for a moment, and the node may answer in it.
        for _ in 0..PAUSE_LOOKS {
            if is_stopped(&threads)? {
                return Ok(());
            }
            std::thread::yield_now();
        }
        Err(io::Error::other("RabbitMQ does not stand still"))
    }

    /// Lets a [paused](RabbitNode::pause) node go on.
    ///
    /// # Errors
    /// When it is not running.
    pub fn resume(&self) -> io::Result<()> {
        self.signal("-CONT")
    }

    /// Waits until the port mapper serves: Erlang is told not to start one of its own.
    async fn await_epmd(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port + 10_000));
        while TcpStream::connect(address).await.is_err() {
            let exited = self.epmd.as_mut().is_none_or(|it| !matches!(it.try_wait(), Ok(None)));
            if exited || Instant::now() > deadline {
                let text = format!("Erlang's epmd does not listen on {address}");
                return Err(io::Error::other(text));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    async fn boot(&mut self) -> io::Result<()> {
        let output = fs::File::create(self.folder.join("log/output"))?;
        let server = self
            .set_up(self.programs.rabbitmq("rabbitmq-server", &self.folder))
            // Else a shell stays between us and the node, and the node's pid is not the child's.
            .env("RUNNING_UNDER_SYSTEMD", "true")
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()?;
        self.server = Some(server);
        self.tell_guard();
        let deadline = Instant::now() + PATIENCE;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        while TcpStream::connect(address).await.is_err() {
            let exited = self.server.as_mut().is_some_and(|it| !matches!(it.try_wait(), Ok(None)));
            if exited {
                self.server = None;
                self.tell_guard();
            }
            if exited || Instant::now() > deadline {
                return Err(io::Error::other(format!("RabbitMQ did not start:\n{}", self.log())));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // The port opens a moment before the node serves.
        self.ctl(&["await_startup", "--timeout", "60"]).await.map(drop)
    }

    /// Waits until the node has ended.
    async fn gone(&mut self) -> io::Result<()> {
        let Some(mut server) = self.server.take() else { return Ok(()) };
        let deadline = Instant::now() + PATIENCE;
        while server.try_wait()?.is_none() {
            if Instant::now() > deadline {
                self.server = Some(server);
                return Err(io::Error::other("RabbitMQ did not stop"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.tell_guard();
        Ok(())
    }

    fn tell_guard(&mut self) {
        self.guard.tell(self.epmd.iter().chain(&self.server));
    }

    fn signal(&self, signal: &str) -> io::Result<()> {
        let pid = self.pid()?;
        let status = Command::new("kill").args([signal, &pid]).stderr(Stdio::null()).status()?;
        if status.success() {
            return Ok(());
        }
        Err(io::Error::other(format!("RabbitMQ (pid {pid}) is not running")))
    }

    /// The pid of the Erlang machine: the script that was started became it.
    fn pid(&self) -> io::Result<String> {
        let server = self.server.as_ref();
        let server = server.ok_or_else(|| io::Error::other("RabbitMQ is not running"))?;
        Ok(server.id().to_string())
    }

    fn log(&self) -> String {
        let text = fs::read_to_string(self.folder.join("log/output")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }

    /// Tells a program which node it is about.
    fn set_up(&self, mut command: Command) -> Command {
        let port = self.port;
        let folder = self.programs.name_of(&self.folder);
        let path = |part: &str| folder.join(part);
        command
            .env("HOME", path("home"))
            .env("RABBITMQ_NODENAME", format!("kinoko{port}@localhost"))
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", port.to_string())
            .env("ERL_EPMD_PORT", (port + 10_000).to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            // It has one; who started another would leave it behind.
            .env("ERL_FLAGS", "-start_epmd false")
            // Else who is cut short writes one into the test's folder.
            .env("ERL_CRASH_DUMP_SECONDS", "0")
            .env("RABBITMQ_DIST_PORT", (port + 20_000).to_string())
            .env("RABBITMQ_CTL_DIST_PORT_MIN", (port + 30_000).to_string())
            .env("RABBITMQ_CTL_DIST_PORT_MAX", (port + 30_009).to_string())
            .env("RABBITMQ_MNESIA_BASE", path("mnesia"))
            .env("RABBITMQ_LOG_BASE", path("log"))
            .env("RABBITMQ_SCHEMA_DIR", path("schema"))
            .env("RABBITMQ_GENERATED_CONFIG_DIR", path("conf"))
            .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
            .env("RABBITMQ_CONFIG_FILE", path("rabbitmq.conf"))
            .env("RABBITMQ_ADVANCED_CONFIG_FILE", path("advanced.config"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", path("enabled_plugins"))
            .env("RABBITMQ_PID_FILE", path("pid"))
            .env(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none",
            );
        command
    }
}

impl Drop for RabbitNode {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            // A paused node takes no other signal.
            let _ = server.kill();
            let _ = server.wait();
        }
        if let Some(mut epmd) = self.epmd.take() {
            let _ = epmd.kill();
            let _ = epmd.wait();
        }
        // Their numbers may be somebody else's from now on.
        self.tell_guard();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Whether every thread below that folder of `/proc` is stopped.
fn is_stopped(threads: &str) -> io::Result<bool> {
    for thread in fs::read_dir(threads)? {
        let stat = fs::read_to_string(thread?.path().join("stat"))?;
        // The state stands behind the name, which is in parentheses.
        let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
        if state != Some('T') {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Writes the certificates where the node finds them, and says in its settings where that is.
fn listen_for_tls(
    tls: &NodeTls,
    folder: &Path,
    programs: &Programs,
    settings: &mut String,
) -> io::Result<u16> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    settings.push_str(&format!(
        "listeners.ssl.1 = 127.0.0.1:{port}\n\
         ssl_options.verify = verify_none\n\
         ssl_options.fail_if_no_peer_cert = false\n"
    ));
    let files =
        [("cacertfile", &tls.authority), ("certfile", &tls.certificate), ("keyfile", &tls.key)];
    for (name, pem) in files {
        let file = format!("{name}.pem");
        fs::write(folder.join(&file), pem)?;
        let path = programs.name_of(folder).join(file);
        settings.push_str(&format!("ssl_options.{name} = {}\n", path.display()));
    }
    Ok(port)
}

/// A port such that it, and those derived from it, are free at present.
fn free_ports() -> io::Result<u16> {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.subsec_nanos());
    let seed = clock.wrapping_add(std::process::id());
    for attempt in 0..200 {
        let port = 10_000 + (seed.wrapping_add(attempt * 37) % 12_000) as u16;
        let needed = [port, port + 10_000, port + 20_000, port + 30_000, port + 30_009];
        if needed.iter().all(|it| TcpListener::bind((Ipv4Addr::LOCALHOST, *it)).is_ok()) {
            return Ok(port);
        }
    }
    Err(io::Error::other("no free ports for a RabbitMQ node"))
}
