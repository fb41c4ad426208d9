//! [`Tools`]: the command and the scripts beside this file, run as processes that end in time.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

/// How long one script may take.
const PATIENCE: Duration = Duration::from_secs(480);

const SCRIPTS: [(&str, &str); 7] = [
    ("browser.mjs", include_str!("browser.mjs")),
    ("crawl.mjs", include_str!("crawl.mjs")),
    ("empty.html", include_str!("empty.html")),
    ("look.mjs", include_str!("look.mjs")),
    ("render.mjs", include_str!("render.mjs")),
    ("search.mjs", include_str!("search.mjs")),
    ("validate.mjs", include_str!("validate.mjs")),
];

/// What a test works with.
pub(crate) struct Tools {
    /// Below the folder with the packages, which is where Node looks for them.
    scripts: tempfile::TempDir,
    scene: tempfile::TempDir,
}

impl Tools {
    /// The tools, or none where they are not installed, which is said.
    pub(crate) fn find(what: &str) -> Option<Tools> {
        let Some(folder) = env::var_os("KINOKO_TEST_BROWSER") else {
            let text = format!("left out: {what}; to have it: cargo xtask test --only documents\n");
            std::io::stderr().write_all(text.as_bytes()).unwrap();
            return None;
        };
        assert!(Path::new(&folder).join("node_modules").is_dir(), "no node_modules in {folder:?}");
        let scripts = tempfile::tempdir_in(folder).unwrap();
        for (name, text) in SCRIPTS {
            fs::write(scripts.path().join(name), text).unwrap();
        }
        Some(Tools { scripts, scene: tempfile::tempdir().unwrap() })
    }

    /// A path in a folder of the test's own.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.scene.path().join(name)
    }

    /// Writes a file there, and gives its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// What the command prints.
    pub(crate) async fn kinoko(&self, args: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kinoko"));
        let output = command.args(args).kill_on_drop(true).output();
        let output = timeout(PATIENCE, output).await.expect("the command ends").unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a script answers: the last line it prints.
    pub(crate) async fn script<T: DeserializeOwned>(&self, name: &str, asked: &Value) -> T {
        let mut command = Command::new("node");
        command.arg(self.scripts.path().join(name)).kill_on_drop(true);
        // Where it is started from is of no interest to it.
        command.current_dir(self.scene.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("node is there");
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(asked.to_string().as_bytes()).await.unwrap();
        drop(stdin);
        let output = timeout(PATIENCE, child.wait_with_output()).await;
        let output = output.unwrap_or_else(|_| panic!("{name} is not done in time")).unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {error}");
        let text = String::from_utf8(output.stdout).unwrap();
        let last = text.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|err| panic!("{name}: {err}: {text}"))
    }
}

/// The folders of manifests of the examples, by the names of these.
pub(crate) fn examples() -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let examples = fs::read_dir(&folder).unwrap().map(|it| it.unwrap());
    let with_manifests = examples.filter_map(|it| {
        let manifests = it.path().join("manifests");
        manifests.is_dir().then(|| (it.file_name().to_string_lossy().into_owned(), manifests))
    });
    let mut found: Vec<_> = with_manifests.collect();
    found.sort();
    assert!(!found.is_empty(), "no example in {} has manifests", folder.display());
    found
}
