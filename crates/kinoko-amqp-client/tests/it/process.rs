//! What this process uses: memory and threads, as the kernel counts them.

use std::fs;

/// Bytes of memory that are really there.
pub(crate) fn memory() -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("Linux has /proc");
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:")).expect("it has a line");
    let kilobytes = line.trim().trim_end_matches("kB").trim();
    kilobytes.parse::<usize>().expect("it is a number") * 1024
}

pub(crate) fn threads() -> usize {
    fs::read_dir("/proc/self/task").expect("Linux has /proc").count()
}

/// How much more memory there is than at first, in bytes.
pub(crate) fn growth(before: usize) -> usize {
    memory().saturating_sub(before)
}

/// Whether the long run is wanted: ten times as many messages.
pub(crate) fn is_long() -> bool {
    std::env::var_os("KINOKO_LONG").is_some()
}
