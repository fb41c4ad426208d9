//! The test suites: those that need nothing, those that need RabbitMQ, Nameko or a browser.
//!
//! A suite reads from the environment whether what it needs is there. So the same binaries run
//! again, which costs no build, and cargo need not be asked to choose packages, which would have it
//! choose features anew and build half of everything once more.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::{
    install, shell, sources,
    steps::{Verdict, Workbench},
};

const RABBITMQ: &str = "KINOKO_TEST_RABBITMQ";
/// Names a Python that has Nameko.
pub(crate) const NAMEKO: &str = "KINOKO_TEST_NAMEKO";
/// Names a folder that has in its `node_modules` what is to run in a browser.
const BROWSER: &str = "KINOKO_TEST_BROWSER";
/// Names a folder that has RabbitMQ's programs; without it they are the machine's.
pub(crate) const ROOT: &str = "KINOKO_RABBITMQ_ROOT";
/// What goes over the wire, and what the broker makes of it, is for these to know.
const ON_RABBITMQ_4: [&str; 2] =
    ["crates/kinoko-amqp-client/tests/it", "crates/kinoko-amqp/tests/it"];

/// `cargo test`, as anybody runs it: it needs a toolchain and nothing else.
pub(crate) fn plain(bench: &mut Workbench) -> Result<Verdict, String> {
    let mut command = shell::cargo(&bench.root);
    command.args(["test", "--workspace", "--no-fail-fast"]);
    command.env_remove(RABBITMQ).env_remove(NAMEKO).env_remove(BROWSER);
    shell::run_and_see(&mut command, |line| bench.tally.read(line))?;
    Ok(Verdict::Passed)
}

/// The suites that name the variable by which they learn that RabbitMQ is there.
pub(crate) fn rabbitmq(bench: &mut Workbench) -> Result<Verdict, String> {
    if !install::rabbitmq_is_there() {
        return missing(bench, "RabbitMQ");
    }
    let asked_for = |it: &Path| mentions(it, RABBITMQ) && !mentions(it, NAMEKO);
    run(bench, &[(RABBITMQ, "1"), (ROOT, "")], "", asked_for)
}

/// The suites of the client and of the transport, with the programs in that folder. They count beside
/// the same on the machine's RabbitMQ.
pub(crate) fn rabbitmq4(bench: &mut Workbench, tree: &Path) -> Result<Verdict, String> {
    let tree = std::path::absolute(tree).map_err(|err| format!("{}: {err}", tree.display()))?;
    let tree = tree.display().to_string();
    let asked_for = |it: &Path| ON_RABBITMQ_4.iter().any(|end| it.ends_with(end));
    run(bench, &[(RABBITMQ, "1"), (ROOT, &tree)], " on RabbitMQ 4", asked_for)
}

/// The suites that name the variable by which they learn where a Python with Nameko is.
pub(crate) fn nameko(bench: &mut Workbench) -> Result<Verdict, String> {
    let python = match env::var(NAMEKO) {
        Ok(python) => PathBuf::from(python),
        Err(_) => install::python_of(&bench.target()),
    };
    if !install::rabbitmq_is_there() || !python.exists() {
        return missing(bench, "RabbitMQ or Nameko");
    }
    let python = python.display().to_string();
    let variables = [(RABBITMQ, "1"), (NAMEKO, &*python), (ROOT, "")];
    run(bench, &variables, "", |it| mentions(it, NAMEKO))
}

/// The suites that name the variable by which they learn where packages for a browser are.
pub(crate) fn browser(bench: &mut Workbench, folder: &Path) -> Result<Verdict, String> {
    let folder =
        std::path::absolute(folder).map_err(|err| format!("{}: {err}", folder.display()))?;
    let folder = folder.display().to_string();
    run(bench, &[(BROWSER, &folder)], "", |it| mentions(it, BROWSER))
}

/// Left out if nothing was to be installed; a failure if it was.
pub(crate) fn missing(bench: &Workbench, what: &str) -> Result<Verdict, String> {
    if bench.may_install {
        return Err(format!("{what} is missing: see the step `install`"));
    }
    Ok(Verdict::LeftOut(format!("{what} is missing: run without --no-install")))
}

/// Runs the test binaries of the packages that are asked for, one after the other. A binary counts once
/// for each `kind` of run.
fn run(
    bench: &mut Workbench,
    variables: &[(&str, &str)],
    kind: &str,
    asked_for: impl Fn(&Path) -> bool,
) -> Result<Verdict, String> {
    let mut failed = Vec::new();
    let mut any = false;
    for binary in binaries(&bench.root)? {
        if binary.package == bench.root.join("xtask") || !asked_for(&binary.sources) {
            continue;
        }
        any = true;
        let mut command = shell::command(&binary.path.to_string_lossy(), &binary.package);
        command.envs(variables.iter().copied());
        // What cargo would have set, for tests that look for files beside their sources.
        command.env("CARGO", crate::cargo()).env("CARGO_MANIFEST_DIR", &binary.package);
        let name = binary.path.file_name().unwrap_or_default().to_string_lossy();
        bench.tally.start(&format!("{name}{kind}"));
        if let Err(reason) = shell::run_and_see(&mut command, |line| bench.tally.read(line)) {
            failed.push(reason);
        }
    }
    match (any, failed.is_empty()) {
        (true, true) => Ok(Verdict::Passed),
        (true, false) => Err(failed.join("; ")),
        (false, _) => Ok(Verdict::LeftOut("no suite asks for it".to_owned())),
    }
}

fn mentions(folder: &Path, text: &str) -> bool {
    let sources = sources::below(folder, folder);
    sources.iter().any(|it| it.has_ending("rs") && it.text.contains(text))
}

struct TestBinary {
    path: PathBuf,
    package: PathBuf,
    /// Where its sources are.
    sources: PathBuf,
}

/// Every test binary of the workspace, built if need be.
fn binaries(root: &Path) -> Result<Vec<TestBinary>, String> {
    let mut command = shell::cargo(root);
    command.args([
        "test",
        "--workspace",
        "--no-run",
        "--message-format",
        "json-render-diagnostics",
    ]);
    let text = shell::read(&mut command)?;
    Ok(text.lines().filter_map(test_binary).collect())
}

/// Reads one of cargo's messages: of those about an artifact, the ones built as tests.
fn test_binary(message: &str) -> Option<TestBinary> {
    let field = |name: &str| {
        let (_, rest) = message.split_once(&format!("\"{name}\":\""))?;
        rest.split_once('"').map(|(value, _)| PathBuf::from(value))
    };
    let (_, profile) = message.split_once("\"profile\":{")?;
    if !profile.split_once('}')?.0.ends_with("\"test\":true") {
        return None;
    }
    let package = field("manifest_path")?.parent()?.to_path_buf();
    let sources = field("src_path")?.parent()?.to_path_buf();
    Some(TestBinary { path: field("executable")?, package, sources })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::test_binary;

    #[test]
    fn test_binaries_are_found_among_cargos_messages() {
        let message = |test: bool, executable: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","manifest_path":"/a/b/Cargo.toml","target":{{"kind":["test"],"src_path":"/a/b/tests/it/main.rs","test":true}},"profile":{{"opt_level":"0","test":{test}}},"features":[],"filenames":["/t/it-1"],"executable":{executable},"fresh":true}}"#
            )
        };
        let found = test_binary(&message(true, r#""/t/it-1""#)).unwrap();
        assert_eq!(found.path, Path::new("/t/it-1"));
        assert_eq!(found.package, Path::new("/a/b"));
        assert_eq!(found.sources, Path::new("/a/b/tests/it"));
        assert!(test_binary(&message(true, "null")).is_none());
        assert!(test_binary(r#"{"reason":"build-finished","success":true}"#).is_none());
    }
}
