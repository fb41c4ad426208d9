//! What Linux says of a process: the processor time it used and the memory it has.

use std::{fs, time::Duration};

use crate::Failure;

/// What the threads of a process have used of the processor, those that ended left out. `pid` may be
/// `self`.
pub(crate) fn cpu(pid: &str) -> Result<Duration, Failure> {
    let mut nanos = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end while they are read.
        let Ok(text) = fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        nanos += first_number(&text).unwrap_or(0);
    }
    Ok(Duration::from_nanos(nanos))
}

/// The memory of a process that is in use at present, in bytes.
pub(crate) fn resident(pid: &str) -> Result<u64, Failure> {
    memory(pid, "VmRSS:")
}

/// What of it is no file's, in bytes: what a process has allocated, and not its program.
pub(crate) fn own(pid: &str) -> Result<u64, Failure> {
    memory(pid, "RssAnon:")
}

/// The most memory a process has had in use so far, in bytes.
pub(crate) fn most(pid: &str) -> Result<u64, Failure> {
    memory(pid, "VmHWM:")
}

fn memory(pid: &str, kind: &str) -> Result<u64, Failure> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|it| it.strip_prefix(kind));
    let kilobytes = line.and_then(first_number).ok_or("Linux does not say it")?;
    Ok(kilobytes * 1024)
}

/// The processor's name, and how many of them there are.
pub(crate) fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find(|it| it.starts_with("model name"));
    let name = name.and_then(|it| it.split(": ").nth(1)).unwrap_or("an unknown processor");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} × {}", name.trim())
}

fn first_number(text: &str) -> Option<u64> {
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_process_uses_time_and_memory() {
        let before = super::cpu("self").unwrap();
        let until = std::time::Instant::now() + std::time::Duration::from_millis(20);
        while std::time::Instant::now() < until {
            std::hint::spin_loop();
        }
        assert!(super::cpu("self").unwrap() > before);
        let (resident, own) = (super::resident("self").unwrap(), super::own("self").unwrap());
        assert!(100_000 < own && own < resident);
    }
}
