//! The same calls in Python, on Nameko 2.14 as it comes.

use std::{env, os::unix::process::CommandExt, path::Path, process::Command};

use crate::Failure;

/// The environment variable that names a Python which has Nameko.
const PYTHON: &str = "KINOKO_TEST_NAMEKO";

/// Has this process go on as one of Python, under its own id; what comes back is why it could not.
pub(crate) fn become_peer(what: &str) -> Failure {
    let Some(python) = env::var_os(PYTHON) else {
        return format!(
            "{PYTHON} names no Python with Nameko 2.14: `cargo xtask test --only install` makes one \
             in target/nameko-venv"
        )
        .into();
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/by_nameko/peer.py");
    Command::new(python).arg(script).arg(what).exec().into()
}
