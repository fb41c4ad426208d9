//! [`Guard`]: what a node consists of ends with the process that started it, even when that is killed.

use std::{
    io::{self, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

/// Reads what is to be killed, one list of pids a line, of which the last counts. That nothing more can
/// be read says that who would have written it is gone.
const WATCH: &str = "while read -r pids; do last=$pids; done
[ -z \"$last\" ] || kill -KILL $last
rm -rf \"$1\"";

/// A process that watches over ours. When ours is gone without having dropped this, it kills what it was
/// told of, and removes the folder.
#[derive(Debug)]
pub(super) struct Guard(Child);

impl Guard {
    pub(super) fn over(folder: &Path) -> io::Result<Guard> {
        let mut command = Command::new("sh");
        command.args(["-c", WATCH, "guard"]).arg(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // What interrupts a whole terminal interrupts us, not it.
        command.process_group(0).spawn().map(Guard)
    }

    /// Tells it what to kill from now on, in place of what it was told before.
    pub(super) fn tell<'c>(&mut self, children: impl IntoIterator<Item = &'c Child>) {
        let pids: Vec<String> = children.into_iter().map(|it| it.id().to_string()).collect();
        if let Some(pipe) = &mut self.0.stdin {
            // Without it a node is stopped by being dropped, as ever.
            let _ = writeln!(pipe, "{}", pids.join(" "));
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        path::PathBuf,
        process::{Child, Command},
        time::{Duration, Instant},
    };

    use super::Guard;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("kinoko-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("log")).unwrap();
        folder
    }

    fn sleeper() -> Child {
        Command::new("sleep").arg("600").spawn().unwrap()
    }

    #[tokio::test]
    async fn what_it_was_told_of_last_ends_with_the_process() {
        let folder = folder("guard-kills");
        let (mut before, mut node) = (sleeper(), sleeper());
        let mut guard = Guard::over(&folder).unwrap();
        guard.tell([&before]);
        guard.tell([&node]);
        // As the kernel does with all that a process had open.
        drop(guard.0.stdin.take());
        let deadline = Instant::now() + Duration::from_secs(20);
        while node.try_wait().unwrap().is_none() || folder.exists() {
            assert!(Instant::now() < deadline, "it is not killed, or its folder is still there");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(before.try_wait().unwrap().is_none(), "it was to be left alone");
        before.kill().unwrap();
        before.wait().unwrap();
    }

    #[test]
    fn dropped_it_does_nothing() {
        let folder = folder("guard-dropped");
        let mut node = sleeper();
        let mut guard = Guard::over(&folder).unwrap();
        guard.tell([&node]);
        drop(guard);
        assert!(node.try_wait().unwrap().is_none());
        assert!(folder.exists());
        node.kill().unwrap();
        node.wait().unwrap();
        fs::remove_dir_all(folder).unwrap();
    }
}
