//! The steps of `cargo xtask test`, quickest first.
//!
//! They share one target folder, one profile and one choice of packages and features, so that
//! nothing is built twice: clippy and rustdoc share what they checked, all suites what they built.

use std::path::{Path, PathBuf};

use crate::{absences, browser, counts::Tally, install, rabbitmq4, shell, suites, tidy};

pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: fn(&mut Workbench) -> Result<Verdict, String>,
}

pub(crate) enum Verdict {
    Passed,
    /// With the reason, and how to have it run.
    LeftOut(String),
}

/// What steps share.
pub(crate) struct Workbench {
    pub(crate) root: PathBuf,
    pub(crate) may_install: bool,
    pub(crate) tally: Tally,
}

pub(crate) const ALL: &[Step] = &[
    Step {
        name: "tidy",
        about: "the house rules that no compiler checks",
        run: |bench| tidy::check(&bench.root).map(|()| Verdict::Passed),
    },
    Step {
        name: "format",
        about: "sources are as rustfmt leaves them",
        run: |bench| bench.component("rustfmt", &["fmt", "--all", "--check"]),
    },
    Step {
        name: "absences",
        about: "what crates do not depend on",
        run: |bench| absences::check(&bench.root).map(|()| Verdict::Passed),
    },
    Step {
        name: "install",
        about: "RabbitMQ, tshark, Python Nameko and a browser, if they are missing",
        run: install::everything,
    },
    Step {
        name: "clippy",
        about: "no warnings",
        run: |bench| {
            let lint = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
            bench.component("clippy", &lint)
        },
    },
    Step { name: "docs", about: "the reference builds without warnings", run: docs },
    Step {
        name: "tests",
        about: "the tests that need nothing but a toolchain",
        run: suites::plain,
    },
    Step { name: "rabbitmq", about: "the tests on a private RabbitMQ node", run: suites::rabbitmq },
    Step {
        name: "rabbitmq4",
        about: "those of the AMQP client and the transport on RabbitMQ 4",
        run: rabbitmq4::step,
    },
    Step { name: "nameko", about: "the tests against Python Nameko", run: suites::nameko },
    Step {
        name: "documents",
        about: "OpenAPI, AsyncAPI and the site: validators, renderers, a browser",
        run: browser::step,
    },
    Step { name: "deny", about: "licences and origins of dependencies", run: deny },
    Step { name: "typos", about: "spelling", run: typos },
];

impl Workbench {
    pub(crate) fn new(root: &Path, may_install: bool) -> Workbench {
        Workbench { root: root.to_path_buf(), may_install, tally: Tally::default() }
    }

    /// Where cargo builds, and where the virtual environment of Python, RabbitMQ 4 and packages for Node go.
    pub(crate) fn target(&self) -> PathBuf {
        shell::target(&self.root)
    }

    /// Runs what a toolchain may come without.
    fn component(&mut self, name: &str, args: &[&str]) -> Result<Verdict, String> {
        if !shell::answers(shell::cargo(&self.root).args([args[0], "--version"])) {
            return Ok(Verdict::LeftOut(format!("to have it: rustup component add {name}")));
        }
        self.cargo(args)
    }

    fn cargo(&mut self, args: &[&str]) -> Result<Verdict, String> {
        shell::run(shell::cargo(&self.root).args(args)).map(|_| Verdict::Passed)
    }
}

fn docs(bench: &mut Workbench) -> Result<Verdict, String> {
    let mut command = shell::cargo(&bench.root);
    // Asking for examples as well brings in what tests depend on, and so the features clippy has
    // checked everything with. Without it, half of all crates would be checked once more.
    command.args(["doc", "--workspace", "--no-deps", "--lib", "--examples"]);
    shell::run(command.env("RUSTDOCFLAGS", "-D warnings")).map(|_| Verdict::Passed)
}

fn deny(bench: &mut Workbench) -> Result<Verdict, String> {
    if !shell::answers(shell::cargo(&bench.root).args(["deny", "--version"])) {
        return Ok(Verdict::LeftOut("to have it: cargo install --locked cargo-deny".to_owned()));
    }
    // Advisories would need the network each time.
    bench.cargo(&["deny", "--all-features", "check", "bans", "licenses", "sources"])
}

fn typos(bench: &mut Workbench) -> Result<Verdict, String> {
    let ours = install::typos_of(&bench.target());
    let program =
        if ours.exists() { ours.to_string_lossy().into_owned() } else { "typos".to_owned() };
    if !shell::answers(shell::command(&program, &bench.root).arg("--version")) {
        return Ok(Verdict::LeftOut("to have it: cargo install --locked typos-cli".to_owned()));
    }
    shell::run(&mut shell::command(&program, &bench.root)).map(|_| Verdict::Passed)
}
