//! The step `documents`, and what it needs: Node, Chromium, and packages of npm in a folder below the target folder.
//!
//! The packages are those of a lock file beside the tests that use them. Their scripts are not run, and no browser is
//! got with them: it is the machine's.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::{
    shell,
    steps::{Verdict, Workbench},
    suites,
};

/// Where the lists of packages are.
const LISTS: &str = "crates/kinoko-cli/tests/browser";
const NAMES: [&str; 2] = ["package.json", "package-lock.json"];
/// Names a Chromium that is elsewhere than Debian has it.
const CHROMIUM: &str = "KINOKO_CHROMIUM";
/// The oldest Node the packages run on.
const OLDEST: u32 = 18;
/// How many seconds it may take to get 30 MB.
const PATIENCE: &str = "900";

/// Documents before their validators and in a browser.
pub(crate) fn step(bench: &mut Workbench) -> Result<Verdict, String> {
    let folder = folder(bench);
    if !missing_packages(&bench.root).is_empty() || !packages_are_there(bench) {
        return suites::missing(bench, "Node, Chromium or what is to run there");
    }
    suites::browser(bench, &folder)
}

/// What is missing, of that which the machine has to have.
pub(crate) fn missing_packages(root: &Path) -> Vec<&'static str> {
    let mut packages = Vec::new();
    let recent = format!("process.exit(parseInt(process.versions.node) < {OLDEST} ? 1 : 0)");
    if !shell::answers(shell::command("node", root).args(["-e", &recent])) {
        packages.push("nodejs");
    }
    // Some have it with Node, and Debian has it apart.
    if !shell::answers(shell::command("npm", root).arg("--version")) {
        packages.push("npm");
    }
    let chromium = env::var_os(CHROMIUM).filter(|it| !it.is_empty());
    if !Path::new(&chromium.unwrap_or_else(|| "/usr/bin/chromium".into())).exists() {
        packages.push("chromium");
    }
    packages
}

/// Whether the folder is filled, and from today's lists.
pub(crate) fn packages_are_there(bench: &Workbench) -> bool {
    fs::read_to_string(stamp(bench)).is_ok_and(|it| it == lists(bench))
}

/// Fills the folder.
pub(crate) fn install_packages(bench: &Workbench) -> Result<(), String> {
    let folder = folder(bench);
    println!("installing validators and renderers into {}", folder.display());
    let cannot = |err| format!("{}: {err}", folder.display());
    fs::create_dir_all(&folder).map_err(cannot)?;
    for name in NAMES {
        fs::copy(bench.root.join(LISTS).join(name), folder.join(name)).map_err(cannot)?;
    }
    // It is stopped in time, with all it started.
    let mut command = shell::command("timeout", &folder);
    command.args(["--signal=KILL", PATIENCE, "npm", "ci", "--ignore-scripts", "--no-audit"]);
    shell::run(command.args(["--no-fund", "--no-update-notifier"]))?;
    fs::write(stamp(bench), lists(bench)).map_err(cannot)
}

fn folder(bench: &Workbench) -> PathBuf {
    bench.target().join("browser")
}

/// A copy of the lists the folder was filled from, within what npm empties before it fills it.
fn stamp(bench: &Workbench) -> PathBuf {
    folder(bench).join("node_modules/installed.txt")
}

fn lists(bench: &Workbench) -> String {
    let lists = NAMES.iter().map(|it| fs::read_to_string(bench.root.join(LISTS).join(it)));
    lists.map(Result::unwrap_or_default).collect()
}
