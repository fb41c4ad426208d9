//! The commands of `kinoko` that explain a system, over one of 200 services.

mod system;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use kinoko_manifest::ServiceManifest;

use crate::{Failure, options::Plan, pair::median, proc, report::Section};

/// No command takes longer than this.
const PATIENCE: Duration = Duration::from_secs(120);

/// Each command, and what it is given: `SYSTEM` the manifests that are deployed, `NEXT` those with new
/// versions, `NEW` the new versions alone, `ONE` one of them, `DIR` the folder of deployments, `SITE` a new folder.
const COMMANDS: &[&str] = &[
    "map SYSTEM",
    "map SYSTEM --format svg",
    "map SYSTEM --around service-100 --depth 2",
    "docs SYSTEM --out SITE",
    "openapi SYSTEM",
    "asyncapi SYSTEM",
    "diff SYSTEM NEXT",
    "rules",
    "permissions SYSTEM",
    "publish NEXT --to DIR",
    "record-deployment service-000@1.0.0 --env prod --deployments DIR",
    "deployed prod --deployments DIR",
    "environments --deployments DIR",
    "can-deploy ONE --env prod --deployments DIR",
    "can-deploy NEW --simulate --env prod --deployments DIR",
    "plan NEW --env prod --deployments DIR",
];

pub(super) fn measure(plan: &Plan) -> Result<Section, Failure> {
    let program = build()?;
    let place = Place::new(&program)?;
    let mut text = "| command | s | MB at most |\n|---|---|---|\n".to_owned();
    for line in COMMANDS {
        let (mut times, mut memory) = (Vec::new(), Vec::new());
        for _ in 0..plan.rounds {
            let Used { time, most } = place.run(&program, line)?;
            times.push(time.as_secs_f64());
            memory.push(most as f64 / 1e6);
        }
        eprintln!("{line}: {times:.2?} s");
        text += &format!("| `{line}` | {:.2} | {:.0} |\n", median(times), median(memory));
    }
    Ok(Section { name: "tools", text })
}

/// The program as users have it.
fn build() -> Result<PathBuf, Failure> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let build = ["build", "--release", "--package", "kinoko-cli", "--no-default-features"];
    let done = Command::new(cargo).args(build).current_dir(env!("CARGO_MANIFEST_DIR")).status()?;
    if !done.success() {
        return Err("kinoko-cli does not build".into());
    }
    let own = std::env::current_exe()?;
    Ok(own.with_file_name(format!("kinoko{}", std::env::consts::EXE_SUFFIX)))
}

/// A folder with the system in it, which is gone in the end.
struct Place(tempfile::TempDir);

struct Used {
    time: Duration,
    /// The most memory it had, in bytes.
    most: u64,
}

impl Place {
    fn new(program: &Path) -> Result<Place, Failure> {
        let place = Place(tempfile::tempdir()?);
        let deployed = system::deployed();
        let new = system::next(&deployed);
        let changed = |it: &ServiceManifest| new.iter().find(|new| new.name == it.name);
        let next: Vec<_> = deployed.iter().map(|it| changed(it).unwrap_or(it).clone()).collect();
        for (folder, manifests) in
            [("SYSTEM", &deployed[..]), ("NEXT", &next), ("NEW", &new), ("ONE", &new[..1])]
        {
            let folder = place.0.path().join(folder);
            fs::create_dir(&folder)?;
            for it in manifests {
                fs::write(folder.join(format!("{}.json", it.name)), it.to_json())?;
            }
        }
        place.run(program, "publish SYSTEM --to DIR")?;
        for it in &deployed {
            let line = format!(
                "record-deployment {}@{} --env prod --deployments DIR",
                it.name, it.version
            );
            place.run(program, &line)?;
        }
        Ok(place)
    }

    fn run(&self, program: &Path, line: &str) -> Result<Used, Failure> {
        let words = line.split_whitespace().map(|word| {
            let is_path = word.bytes().all(|it| it.is_ascii_uppercase());
            if is_path { self.0.path().join(word) } else { word.into() }
        });
        let said = fs::File::create(self.0.path().join("said"))?;
        let started = Instant::now();
        let mut child =
            Command::new(program).args(words).stdin(Stdio::null()).stdout(said).spawn()?;
        let mut most = 0;
        loop {
            if let Some(status) = child.try_wait()? {
                // One is an answer, too: no.
                if !matches!(status.code(), Some(0 | 1)) {
                    return Err(format!("`{line}` ended with {status}").into());
                }
                return Ok(Used { time: started.elapsed(), most });
            }
            if started.elapsed() > PATIENCE {
                child.kill()?;
                child.wait()?;
                return Err(format!("`{line}` does not end").into());
            }
            // It is the most so far, and so little is lost between two looks.
            most = proc::most(&child.id().to_string()).unwrap_or(most);
            pause();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "between looks at a process, until a deadline")]
fn pause() {
    std::thread::sleep(Duration::from_millis(1));
}
