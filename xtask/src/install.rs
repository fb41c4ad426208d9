//! What the suites need beside a toolchain: RabbitMQ, a dissector of AMQP, a Python with Nameko, and a browser with
//! what is to run there.
//!
//! On Debian and its kin the packages come from `apt-get`; elsewhere it is said what to install by
//! hand. Nameko, and the program that checks spelling, go into a virtual environment in the target
//! folder, at the versions written down in two `requirements.txt`. The machine's own RabbitMQ node is
//! never started.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    browser, shell,
    steps::{Verdict, Workbench},
};

/// What the virtual environment is filled from: Nameko, and the spelling checker.
const REQUIREMENTS: [&str; 2] = ["interop/python/requirements.txt", "xtask/requirements.txt"];
const INSTALL: &str = include_str!("install.sh");
const NEEDED_BY_RABBITMQ: [&str; 2] = ["/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/bin/epmd"];

const DISSECTOR: &str = "/usr/bin/tshark";

/// Installs what is missing, or says what that is.
pub(crate) fn everything(bench: &mut Workbench) -> Result<Verdict, String> {
    let packages = missing_packages(&bench.root);
    let nameko = !nameko_is_there(bench);
    let browser = !browser::packages_are_there(bench);
    let mut missing = packages.clone();
    if nameko {
        missing.push("nameko, for Python");
    }
    if browser {
        missing.push("validators and renderers of documents, for Node");
    }
    if missing.is_empty() {
        return Ok(Verdict::Passed);
    }
    let missing = missing.join(", ");
    if !bench.may_install {
        return Ok(Verdict::LeftOut(format!("not installed: {missing}")));
    }
    println!("missing: {missing}; `--no-install` goes on without");
    if !packages.is_empty() {
        install_packages(&bench.root, &packages)?;
    }
    if nameko {
        install_nameko(bench)?;
    }
    if browser {
        browser::install_packages(bench)?;
    }
    Ok(Verdict::Passed)
}

pub(crate) fn rabbitmq_is_there() -> bool {
    NEEDED_BY_RABBITMQ.iter().all(|it| Path::new(it).exists())
}

/// The interpreter that has Nameko, once it is installed.
pub(crate) fn python_of(target: &Path) -> PathBuf {
    target.join("nameko-venv/bin/python")
}

/// The program that checks spelling, once it is installed.
pub(crate) fn typos_of(target: &Path) -> PathBuf {
    target.join("nameko-venv/bin/typos")
}

fn missing_packages(root: &Path) -> Vec<&'static str> {
    let mut packages = Vec::new();
    if !rabbitmq_is_there() {
        packages.push("rabbitmq-server");
    }
    // What the client puts on the wire is read by somebody else's program.
    if !Path::new(DISSECTOR).exists() {
        packages.push("tshark");
    }
    // Debian has an interpreter without the module that fills a virtual environment.
    if !shell::answers(shell::command("python3", root).args(["-c", "import ensurepip, venv"])) {
        packages.extend(["python3", "python3-venv"]);
    }
    packages.extend(browser::missing_packages(root));
    packages
}

fn install_packages(root: &Path, packages: &[&str]) -> Result<(), String> {
    let names = packages.join(" ");
    if !shell::answers(shell::command("apt-get", root).arg("--version")) {
        return Err(format!(
            "there is no apt-get here: install {names} by hand (RabbitMQ 3.10 or later with its \
             programs in /usr/lib/rabbitmq/bin, tshark and chromium in /usr/bin, Python 3.9 or later, Node 18 \
             or later), or use --no-install"
        ));
    }
    let root_user = shell::read(shell::command("id", root).arg("-u"))?.trim() == "0";
    let mut command = if root_user {
        shell::command("sh", root)
    } else if shell::answers(shell::command("sudo", root).arg("--version")) {
        let mut command = shell::command("sudo", root);
        command.arg("sh");
        command
    } else {
        return Err(format!(
            "packages are installed by root, and there is no sudo: \
             `apt-get install {names}` as root, or use --no-install"
        ));
    };
    println!("installing with apt-get: {names}");
    // The script is its own first word, so that it need not be a file.
    shell::run(command.args(["-c", INSTALL, "install.sh"]).args(packages)).map(drop)
}

/// Whether the virtual environment is filled, and from today's list.
fn nameko_is_there(bench: &Workbench) -> bool {
    let wanted = requirements(bench);
    let installed = fs::read_to_string(stamp(&bench.target())).unwrap_or_default();
    python_of(&bench.target()).exists() && installed == wanted
}

fn install_nameko(bench: &Workbench) -> Result<(), String> {
    let folder = bench.target().join("nameko-venv");
    println!("installing Nameko into {}", folder.display());
    let folder_name = folder.to_string_lossy().into_owned();
    shell::run(shell::command("python3", &bench.root).args([
        "-m",
        "venv",
        "--clear",
        &folder_name,
    ]))?;
    let python = python_of(&bench.target()).to_string_lossy().into_owned();
    let mut pip = shell::command(&python, &bench.root);
    pip.args(["-m", "pip", "install", "--disable-pip-version-check"]);
    shell::run(pip.args(REQUIREMENTS.iter().flat_map(|it| ["--requirement", it])))?;
    fs::write(stamp(&bench.target()), requirements(bench))
        .map_err(|err| format!("cannot note down what was installed: {err}"))
}

fn requirements(bench: &Workbench) -> String {
    let lists = REQUIREMENTS.iter().map(|it| fs::read_to_string(bench.root.join(it)));
    lists.map(Result::unwrap_or_default).collect()
}

/// A copy of the list the virtual environment was filled from.
fn stamp(target: &Path) -> PathBuf {
    target.join("nameko-venv/installed.txt")
}
