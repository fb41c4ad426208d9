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

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Counts {
    /// Instructions by owner.
    instructions: BTreeMap<Owner, u64>,
    /// How often memory was asked for.
    allocations: u64,
}

/// Two runs, whose difference has nothing of starting and stopping in it. Multiples of 64, so that those
/// who make so many at once make them all.
const CALLS: [u64; 2] = [1_920, 11_520];

/// What one call takes.
pub(crate) struct PerCall([Counts; 2]);

impl PerCall {
    /// Of a peer that makes calls, so many of them at once.
    pub(crate) async fn of_peer(role: Role, in_flight: u64) -> Result<PerCall, Failure> {
        let mut counts = [Counts::default(), Counts::default()];
        for (counts, calls) in counts.iter_mut().zip(CALLS) {
            eprintln!("counting instructions: {}, {calls} calls, {in_flight}", role.name());
            *counts = count(role, calls, in_flight).await?;
        }
        Ok(PerCall(counts))
    }

    /// The instructions that are this one's.
    pub(crate) fn of(&self, owner: Owner) -> f64 {
        self.difference(|it| it.instructions.get(&owner).copied().unwrap_or(0))
    }

    /// All instructions.
    pub(crate) fn instructions(&self) -> f64 {
        self.difference(|it| it.instructions.values().sum())
    }

    pub(crate) fn allocations(&self) -> f64 {
        self.difference(|it| it.allocations)
    }

    fn difference(&self, figure: impl Fn(&Counts) -> u64) -> f64 {
        let [few, many] = self.0.each_ref().map(|it| figure(it) as f64);
        (many - few) / (CALLS[1] - CALLS[0]) as f64
    }
}

async fn count(role: Role, calls: u64, in_flight: u64) -> Result<Counts, Failure> {
    let out = Out(env::temp_dir().join(format!("kinoko-callgrind-{}", std::process::id())));
    let run = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", out.0.display()))
        .arg(env::current_exe()?)
        .args(["peer", &role.name(), &calls.to_string(), &in_flight.to_string()])
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
    let mut counts = Counts::default();
    let (mut files, mut functions) = (Names::default(), Names::default());
    let (mut file, mut function, mut callee) = (String::new(), String::new(), String::new());
    let mut is_of_callee = false;
    for line in text.lines() {
        let (key, value) = line.split_once('=').unwrap_or(("", line));
        match key {
            "fl" | "fi" | "fe" => file = files.full(value),
            "fn" => function = functions.full(value),
            "cfi" | "cfl" => drop(files.full(value)),
            "cfn" => callee = functions.full(value),
            "calls" => {
                if matches!(&*callee, "malloc" | "calloc" | "realloc" | "posix_memalign") {
                    let times = value.split(' ').next().and_then(|it| it.parse().ok());
                    counts.allocations += times.unwrap_or(0u64);
                }
                // The next line is what the callee took, which is counted where it is.
                is_of_callee = true;
            }
            _ if line.starts_with(|it: char| it.is_ascii_digit() || "+-*".contains(it)) => {
                let cost = line.split_whitespace().nth(1).and_then(|it| it.parse().ok());
                if !std::mem::take(&mut is_of_callee) {
                    let owner = owner(&file, &function);
                    *counts.instructions.entry(owner).or_default() += cost.unwrap_or(0u64);
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
            fl=(3)\nfn=(2)\n1 60\ncfn=(3) malloc\ncalls=4 0\n* 40\nfl=(4) ???\nfn=(3)\n1 40\n";
        let expected =
            [(Owner::Json, 60), (Owner::Kinoko, 12), (Owner::Tokio, 11), (Owner::Allocation, 40)];
        assert_eq!(read(text), Counts { instructions: expected.into(), allocations: 4 });
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
