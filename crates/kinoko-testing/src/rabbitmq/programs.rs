//! Where a node's programs are: on this machine, or in a tree of another system's files.

use std::{
    env, fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Names the tree. Without it the programs are the machine's.
const ROOT: &str = "KINOKO_RABBITMQ_ROOT";
/// Where packages put the programs. The wrappers elsewhere refuse all but two users.
const PROGRAMS: &str = "/usr/lib/rabbitmq/bin";
const EPMD: &str = "/usr/bin/epmd";
const ENTER: &str = include_str!("enter.sh");
/// Where programs in a tree find the node's folder.
const INSIDE: &str = "/mnt";

#[derive(Debug)]
pub(super) struct Programs {
    tree: Option<PathBuf>,
}

impl Programs {
    pub(super) fn from_env() -> io::Result<Programs> {
        match env::var_os(ROOT).filter(|it| !it.is_empty()) {
            Some(tree) => Ok(Programs { tree: Some(std::path::absolute(tree)?) }),
            None => Ok(Programs { tree: None }),
        }
    }

    /// Whether they are there; else what to do about it.
    pub(super) fn check(&self) -> Result<(), String> {
        let server = format!("{PROGRAMS}/rabbitmq-server");
        for (what, path) in [("RabbitMQ", server.as_str()), ("Erlang's epmd", EPMD)] {
            let path = match &self.tree {
                Some(tree) => tree.join(path.trim_start_matches('/')),
                None => PathBuf::from(path),
            };
            // In a tree it may be a link, which leads out of it when followed from here.
            if path.symlink_metadata().is_err() {
                let hint = match &self.tree {
                    Some(_) => format!(
                        "{ROOT} is to name a tree with RabbitMQ in it, as `cargo xtask test --only \
                         rabbitmq4` makes one"
                    ),
                    None => {
                        "run `cargo xtask test`, or `apt-get install rabbitmq-server`".to_owned()
                    }
                };
                return Err(format!(
                    "{what} is not installed: {} does not exist; {hint}",
                    path.display()
                ));
            }
        }
        let Some(tree) = &self.tree else { return Ok(()) };
        let entered = self.command("/bin/true", &env::temp_dir()).stdin(Stdio::null()).output();
        match entered {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(format!(
                "{} cannot be entered, which takes root, or a user who may have namespaces: {}",
                tree.display(),
                String::from_utf8_lossy(&output.stderr).trim()
            )),
            Err(err) => Err(format!("{} cannot be entered by `unshare`: {err}", tree.display())),
        }
    }

    /// What programs have to call the node's folder.
    pub(super) fn name_of(&self, folder: &Path) -> PathBuf {
        if self.tree.is_some() { PathBuf::from(INSIDE) } else { folder.to_path_buf() }
    }

    pub(super) fn epmd(&self, folder: &Path) -> Command {
        self.command(EPMD, folder)
    }

    pub(super) fn rabbitmq(&self, name: &str, folder: &Path) -> Command {
        self.command(&format!("{PROGRAMS}/{name}"), folder)
    }

    /// The program, in the tree if there is one. Its pid is that of the command: each of those that
    /// lead there becomes the next.
    fn command(&self, program: &str, folder: &Path) -> Command {
        let Some(tree) = &self.tree else { return Command::new(program) };
        let mut command = Command::new("unshare");
        if !is_root() {
            command.arg("--map-root-user");
        }
        command.args(["--mount", "sh", "-c", ENTER, "enter.sh"]);
        command.args([tree.as_path(), folder]).arg(program);
        command
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0)
}

#[cfg(test)]
mod tests {
    use std::{env, path::PathBuf};

    use super::Programs;

    #[test]
    fn a_tree_without_the_programs_is_refused() {
        let tree = env::temp_dir().join("kinoko-no-tree");
        let error = Programs { tree: Some(tree.clone()) }.check().unwrap_err();
        let program = tree.join("usr/lib/rabbitmq/bin/rabbitmq-server");
        assert!(error.contains(&program.display().to_string()), "{error}");
        assert!(error.contains("KINOKO_RABBITMQ_ROOT is to name a tree"), "{error}");
    }

    #[test]
    fn programs_in_a_tree_have_their_own_name_for_the_folder() {
        let folder = PathBuf::from("/a/folder");
        assert_eq!(Programs { tree: None }.name_of(&folder), folder);
        let inside = Programs { tree: Some("/a/tree".into()) }.name_of(&folder);
        assert_eq!(inside, PathBuf::from("/mnt"));
    }
}
