//! Running other programs: their output is shown as it comes, and kept.

use std::{
    env,
    io::{self, BufRead, BufReader, IsTerminal},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

/// How long one program may run. A suite that hangs must not take the summary with it.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// A command to be run in that folder.
pub(crate) fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// The cargo that runs this program. It writes to a pipe, and would leave out its colours.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = command(&crate::cargo(), root);
    if io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    command
}

/// Whether the program is there and ends well. Nothing is shown.
pub(crate) fn answers(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|it| it.success())
}

/// What it prints on its standard output; what else it has to say is shown.
pub(crate) fn read(command: &mut Command) -> Result<String, String> {
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|err| format!("cannot run {}: {err}", line(command)))?;
    if !output.status.success() {
        return Err(format!("{} ended with {}", line(command), output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs it; the lines it wrote, in the order written, standard output and errors alike.
pub(crate) fn run(command: &mut Command) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    run_and_see(command, |line| lines.push(line.to_owned()))?;
    Ok(lines)
}

/// Runs it and hands over each line it writes; those of a program that fails too.
pub(crate) fn run_and_see(command: &mut Command, mut see: impl FnMut(&str)) -> Result<(), String> {
    println!("$ {}", line(command));
    let cannot = |err: io::Error, command: &Command| format!("cannot run {}: {err}", line(command));
    let (reader, writer) = io::pipe().map_err(|err| cannot(err, command))?;
    let errors = writer.try_clone().map_err(|err| cannot(err, command))?;
    let child = command.stdout(writer).stderr(errors).spawn();
    // The command holds the pipe's other end, which would never be seen to close.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = child.map_err(|err| cannot(err, command))?;
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
    let deadline = Instant::now() + PATIENCE;
    loop {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(text) => {
                println!("{text}");
                see(&text);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                end(&mut child);
                let minutes = PATIENCE.as_secs() / 60;
                return Err(format!("{} was not done after {minutes} minutes", line(command)));
            }
        }
    }
    let status = child.wait().map_err(|err| cannot(err, command))?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", line(command))) }
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// The command as one would type it, without the folders of its program.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|it| it.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Where cargo puts what it builds.
pub(crate) fn target(root: &Path) -> PathBuf {
    root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}
