//! Running a program that may hang: it ends in time, and what it started ends with it.

use std::{
    ffi::OsStr,
    io,
    os::unix::process::ExitStatusExt,
    process::{Command, Output, Stdio},
    time::Duration,
};

/// Runs it to its end. It is killed with all it started when it takes longer than `most`, when whoever
/// waits goes away, and, in that time, also when this process is killed.
pub(super) async fn run(command: Command, most: Duration) -> io::Result<Output> {
    let mut bounded = Command::new("timeout");
    bounded.arg("--signal=KILL").arg(most.as_secs().to_string());
    bounded.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => bounded.env(name, value),
            None => bounded.env_remove(name),
        };
    }
    let program = command.get_program().to_owned();
    let mut bounded = tokio::process::Command::from(bounded);
    bounded.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = bounded.process_group(0).kill_on_drop(true).spawn()?;
    let mut group = Group(child.id());
    let output = child.wait_with_output().await?;
    // The number may be somebody else's from now on.
    group.0 = None;
    // `timeout` ends as what it killed did.
    if output.status.signal() == Some(9) || output.status.code() == Some(128 + 9) {
        return Err(io::Error::other(did_not_end(&program, most)));
    }
    Ok(output)
}

fn did_not_end(program: &OsStr, most: Duration) -> String {
    format!("{} did not end in {most:?}", program.display())
}

/// A group of processes, by its number, that is killed when this is dropped.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(number) = self.0 {
            let group = format!("-{number}");
            let _ =
                Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        path::Path,
        process::Command,
        time::{Duration, Instant},
    };

    use super::run;

    /// Prints the pid of a program it starts, and waits for that.
    fn parent(file: &Path) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 600 & echo $! >\"$1.new\"; mv \"$1.new\" \"$1\"; wait", "sh"]);
        command.arg(file);
        command
    }

    async fn pid_in(file: &Path) -> String {
        while !file.exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let pid = std::fs::read_to_string(file).unwrap();
        std::fs::remove_file(file).unwrap();
        pid.trim().to_owned()
    }

    async fn is_killed(pid: &str) {
        // What is dead stays listed until somebody has asked for it.
        let lives = || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.contains("(sleep)") && !stat.contains(") Z ")
        };
        let deadline = Instant::now() + Duration::from_secs(20);
        while lives() {
            assert!(Instant::now() < deadline, "{pid} still runs");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test]
    async fn what_takes_too_long_is_killed_with_what_it_started() {
        let file = std::env::temp_dir().join(format!("kinoko-bounded-{}-a", std::process::id()));
        let error = run(parent(&file), Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(error.to_string(), "sh did not end in 1s");
        is_killed(&pid_in(&file).await).await;
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_killed_with_what_it_started() {
        let file = std::env::temp_dir().join(format!("kinoko-bounded-{}-b", std::process::id()));
        let pid = tokio::select! {
            pid = pid_in(&file) => pid,
            _ = run(parent(&file), Duration::from_secs(60)) => panic!("it does not end by itself"),
        };
        is_killed(&pid).await;
    }

    #[tokio::test]
    async fn what_ends_in_time_has_its_output() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo \"$A\"; exit 3"]).env("A", "b");
        let output = run(command, Duration::from_secs(60)).await.unwrap();
        assert_eq!((output.status.code(), &*output.stdout), (Some(3), &b"b\n"[..]));
    }
}
