//! The step `rabbitmq4`: the suites of the AMQP client and of the transport once more, on RabbitMQ 4.
//!
//! Debian 12 has RabbitMQ 3.10. The programs of Debian 13 go into a folder of their own below the target
//! folder, and the harness runs them there.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::{
    shell,
    steps::{Verdict, Workbench},
    suites,
};

/// Names the folder that has RabbitMQ's programs, for the harness; and for this step, to take another.
const ROOT: &str = suites::ROOT;
const UNPACK: &str = include_str!("rabbitmq4.sh");
/// How many seconds it may take to get and unpack 70 MB.
const PATIENCE: &str = "900";

pub(crate) fn step(bench: &mut Workbench) -> Result<Verdict, String> {
    let tree = match env::var_os(ROOT).filter(|it| !it.is_empty()) {
        Some(tree) => PathBuf::from(tree),
        None => bench.target().join("rabbitmq4"),
    };
    if !is_whole(&tree) {
        if !bench.may_install {
            let reason = format!("no RabbitMQ 4 in {}: run without --no-install", tree.display());
            return Ok(Verdict::LeftOut(reason));
        }
        unpack(&bench.root, &tree)?;
    }
    suites::rabbitmq4(bench, &tree)
}

/// It gets its name when it is whole.
fn is_whole(tree: &Path) -> bool {
    tree.join("usr/lib/rabbitmq/bin/rabbitmq-server").exists()
}

fn unpack(root: &Path, tree: &Path) -> Result<(), String> {
    for program in ["apt-get", "dpkg-deb"] {
        if !shell::answers(shell::command(program, root).arg("--version")) {
            return Err(format!(
                "there is no {program} here to get RabbitMQ 4 with: have {ROOT} name a folder with the \
                 files of a system that has it, or use --no-install"
            ));
        }
    }
    println!("unpacking RabbitMQ 4 into {}", tree.display());
    // It is stopped in time, with all it started.
    let mut command = shell::command("timeout", root);
    command.args(["--signal=KILL", PATIENCE, "sh", "-c", UNPACK, "rabbitmq4.sh"]).arg(tree);
    shell::run(&mut command)?;
    if is_whole(tree) { Ok(()) } else { Err(format!("no RabbitMQ 4 came into {}", tree.display())) }
}
