//! Instructions, counted by callgrind and given to those whose code they are.
//!
//! What a compiler has inlined belongs to the file it was written in; what was written in the
//! standard library, to the function it was inlined into.

use std::{
    collections::{BTreeMap, HashMap},
    env, fs,
    path::{Path, PathBuf},
};

use tokio::process::Command;

use crate::{Failure, role::Role};

/// Whose code an instruction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    /// serde_json, and all of serde.
    Json,
    /// Kinoko's crates, and what its macros wrote.
    Kinoko,
    Tokio,
    /// Other crates.
    Libraries,
    /// Getting and giving back memory.
    Allocation,
    /// Copying and comparing memory.
    Copies,
    /// The standard library and whatever is left.
    Rest,
}

/// Instructions by owner.
pub(crate) type Counts = BTreeMap<Owner, u64>;

/// The instructions of a peer that makes that many calls.
pub(crate) async fn count(role: Role, calls: u64) -> Result<Counts, Failure> {
    let out = Out(env::temp_dir().join(format!("kinoko-callgrind-{}", std::process::id())));
    let run = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", out.0.display()))
        .arg(env::current_exe()?)
        .args(["peer", &role.name(), &calls.to_string()])
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|err| {
            format!("valgrind cannot be run: {err}; install it, as with `apt-get install valgrind`")
        })?;
    if !run.status.success() {
        let text = String::from_utf8_lossy(&run.stderr);
        return Err(format!("callgrind failed:\n{text}").into());
    }
    Ok(read(&fs::read_to_string(&out.0)?))
}

/// A file that goes when it was read.
struct Out(PathBuf);

impl Drop for Out {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Adds up the own cost of every line in callgrind's output.
fn read(text: &str) -> Counts {
    let mut counts = Counts::new();
    let (mut files, mut functions) = (Names::default(), Names::default());
    let (mut file, mut function) = (String::new(), String::new());
    let mut is_of_callee = false;
    for line in text.lines() {
        let (key, value) = line.split_once('=').unwrap_or(("", line));
        match key {
            "fl" | "fi" | "fe" => file = files.full(value),
            "fn" => function = functions.full(value),
            "cfi" | "cfl" => drop(files.full(value)),
            "cfn" => drop(functions.full(value)),
            // The next line is what the callee took, which is counted where it is.
            "calls" => is_of_callee = true,
            _ if line.starts_with(|it: char| it.is_ascii_digit() || "+-*".contains(it)) => {
                let cost = line.split_whitespace().nth(1).and_then(|it| it.parse().ok());
                if !std::mem::take(&mut is_of_callee) {
                    *counts.entry(owner(&file, &function)).or_default() += cost.unwrap_or(0u64);
                }
            }
            _ => {}
        }
    }
    counts
}

/// Names that are written out once, as `(7) name`, and from then on as `(7)`.
#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    fn full(&mut self, written: &str) -> String {
        let Some((number, name)) = written.split_once(')') else { return written.to_owned() };
        if !name.is_empty() {
            self.0.insert(number.to_owned(), name.trim().to_owned());
        }
        self.0.get(number).cloned().unwrap_or_default()
    }
}

fn owner(file: &str, function: &str) -> Owner {
    by_file(file).unwrap_or_else(|| by_function(function))
}

/// `None` for what is inlined from the standard library, and what has no file.
fn by_file(file: &str) -> Option<Owner> {
    let parts = || Path::new(file).iter().filter_map(|it| it.to_str());
    if parts().any(|it| it.starts_with("kinoko") || it == "benches") {
        return Some(Owner::Kinoko);
    }
    let (_, from_registry) = file.split_once("/registry/src/")?;
    let folder = from_registry.split('/').nth(1)?;
    Some(match folder.rsplit_once('-').map_or(folder, |(name, _)| name) {
        "serde" | "serde_core" | "serde_json" | "itoa" | "ryu" | "zmij" => Owner::Json,
        "tokio" | "tokio-util" => Owner::Tokio,
        _ => Owner::Libraries,
    })
}

/// By the first crate that a function's name mentions.
fn by_function(function: &str) -> Owner {
    let is_any = |names: &[&str]| names.iter().any(|it| function.contains(it));
    if is_any(&["malloc", "calloc", "realloc", "_int_free", "__rust_alloc", "__rdl_"])
        || matches!(function, "free" | "cfree")
    {
        return Owner::Allocation;
    }
    if is_any(&["memcpy", "memmove", "memset", "memcmp", "bcmp"]) {
        return Owner::Copies;
    }
    let known = [("serde", Owner::Json), ("kinoko", Owner::Kinoko), ("tokio", Owner::Tokio)];
    let found = known.iter().filter_map(|(name, owner)| Some((function.find(name)?, *owner)));
    found.min().map_or(Owner::Rest, |(_, owner)| owner)
}

#[cfg(test)]
mod tests {
    use super::{Counts, Owner, owner, read};

    #[test]
    fn own_cost_is_added_up_and_that_of_callees_is_not() {
        let text = "version: 1\nevents: Ir\nsummary: 999\n\n\
            fl=(1) crates/kinoko-core/src/worker.rs\nfn=(1) kinoko_core::worker::run\n10 5\n+2 7\n\
            fi=(2) /home/x/registry/src/index-0/tokio-1.54.0/src/time.rs\n3 11\nfe=(1)\n\
            cfi=(3) /rustc/0/library/core/src/fmt.rs\ncfn=(2) serde_json::to_vec\ncalls=1 0\n* 100\n\
            fl=(3)\nfn=(2)\n1 100\n";
        let expected = [(Owner::Json, 100), (Owner::Kinoko, 12), (Owner::Tokio, 11)];
        assert_eq!(read(text), Counts::from(expected));
    }

    #[track_caller]
    fn check(file: &str, function: &str, expected: Owner) {
        assert_eq!(owner(file, function), expected, "{file} {function}");
    }

    #[test]
    fn an_instruction_has_one_owner() {
        let registry = "/home/x/.cargo/registry/src/index.crates.io-0";
        check(&format!("{registry}/serde_json-1.0.1/src/de.rs"), "kinoko_core::x", Owner::Json);
        check(&format!("{registry}/tokio-util-0.7.1/src/x.rs"), "", Owner::Tokio);
        check(&format!("{registry}/uuid-1.1.1/src/x.rs"), "kinoko_core::x", Owner::Libraries);
        let std = "/rustc/0/library/core/src/x.rs";
        check(std, "<serde_json::read::SliceRead as kinoko_core::X>::y", Owner::Json);
        check(std, "core::ptr::drop_in_place<kinoko_core::Call<serde_json::Value>>", Owner::Kinoko);
        check("???", "malloc", Owner::Allocation);
        check("???", "__memcpy_avx_unaligned_erms", Owner::Copies);
        check("???", "clock_gettime", Owner::Rest);
    }
}
