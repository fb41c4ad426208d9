//! [`Guard`]: what a node consists of ends with the process that started it, even when that is killed.

use std::{
    io::{self, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

/// Reads what is to be killed, one list of pids a line, of which the last counts. That nothing more can
/// be read says that who would have written it is gone.
const WATCH: &str = "trap '' HUP INT TERM
while read -r pids; do last=$pids; done
[ -z \"$last\" ] || kill -KILL $last
# What dies may still write a file.
for attempt in 1 2 3 4 5 6 7 8 9 10; do
    rm -rf -- \"$1\" && break
    sleep 1
done";

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
            // In one piece, or half a line might be all it hears. Without it a node is stopped by being dropped.
            let _ = pipe.write_all(format!("{}\n", pids.join(" ")).as_bytes());
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
        process::{Child, Command, Stdio},
        time::{Duration, Instant},
    };

    use super::Guard;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("kinoko-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("log")).unwrap();
        folder
    }

    /// A process that does nothing, and ends with the test.
    struct Sleeper(Child);

    impl Sleeper {
        fn new() -> Sleeper {
            let mut command = Command::new("sleep");
            command.arg("600").stdout(Stdio::null()).stderr(Stdio::null());
            Sleeper(command.spawn().unwrap())
        }

        fn runs(&mut self) -> bool {
            self.0.try_wait().unwrap().is_none()
        }
    }

    impl Drop for Sleeper {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[tokio::test]
    async fn what_it_was_told_of_last_ends_with_the_process() {
        let folder = folder("guard-kills");
        let (mut before, mut node) = (Sleeper::new(), Sleeper::new());
        let mut guard = Guard::over(&folder).unwrap();
        guard.tell([&before.0]);
        guard.tell([&node.0]);
        // As the kernel does with all that a process had open.
        drop(guard.0.stdin.take());
        let deadline = Instant::now() + Duration::from_secs(20);
        while node.runs() || folder.exists() {
            assert!(Instant::now() < deadline, "it is not killed, or its folder is still there");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(before.runs(), "it was to be left alone");
    }

    #[test]
    fn dropped_it_does_nothing() {
        let folder = folder("guard-dropped");
        let mut node = Sleeper::new();
        let mut guard = Guard::over(&folder).unwrap();
        guard.tell([&node.0]);
        drop(guard);
        assert!(node.runs());
        assert!(folder.exists());
        fs::remove_dir_all(folder).unwrap();
    }
}
