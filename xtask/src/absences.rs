//! What crates do not depend on: the architecture, as far as it can be said in absences.

use std::path::Path;

use crate::{
    shell,
    sources::{self, Source},
};

struct Absence {
    package: &'static str,
    /// How cargo is to choose features.
    features: &'static [&'static str],
    /// Names of packages; a star at the end stands for any ending.
    never: &'static [&'static str],
}

const ALL_FEATURES: &[&str] = &["--all-features"];
const DATABASES: &[&str] = &["sqlx*", "libsqlite3-sys", "rusqlite", "postgres*", "tokio-postgres"];

const ABSENCES: &[Absence] = &[
    // Tools read manifests; none of them should have to build a runtime.
    Absence { package: "kinoko-manifest", features: ALL_FEATURES, never: &["tokio*", "kinoko*"] },
    Absence {
        package: "kinoko-inspect",
        features: ALL_FEATURES,
        never: &["tokio*", "kinoko-core", "kinoko-amqp*"],
    },
    // What is generated calls the runtime by its public names.
    Absence { package: "kinoko-macros", features: ALL_FEATURES, never: &["tokio*", "kinoko*"] },
    // A service under test needs neither broker, nor HTTP, nor database.
    Absence {
        package: "kinoko-core",
        features: ALL_FEATURES,
        never: &["kinoko-amqp*", "lapin", "axum*"],
    },
    Absence { package: "kinoko-core", features: ALL_FEATURES, never: DATABASES },
    Absence { package: "kinoko", features: ALL_FEATURES, never: DATABASES },
    // Anyone may use the client without the framework.
    Absence {
        package: "kinoko-amqp-client",
        features: ALL_FEATURES,
        never: &["kinoko-core", "kinoko-manifest", "serde*", "tracing*"],
    },
    // What is not asked for is not built.
    Absence {
        package: "kinoko",
        features: &["--no-default-features"],
        never: &["kinoko-amqp*", "axum*", "clap*"],
    },
    // A tool that needs more than a manifest shows a hole in the manifest.
    Absence {
        package: "kinoko-cli",
        features: &["--no-default-features"],
        never: &["kinoko-core", "tokio*"],
    },
];

/// The AMQP client, and the one other folder whose sources may name it. All else sees the broker through
/// that.
const CLIENT: &str = "crates/kinoko-amqp-client/";
const LINK: &str = "crates/kinoko-amqp/src/link/";
/// What no transport sends is sent by the client.
const TESTS_OF_LINK: &str = "crates/kinoko-amqp/tests/";

/// How messages get where they are addressed to is AMQP's business.
const TOPOLOGY: &[&str] = &["exchange", "routing_key"];
/// Where it may be spoken of: the transport, what tests it, settings that have Nameko's names, and what
/// tells others of the wire: documents, permissions.
const KNOWS_TOPOLOGY: &[&str] = &[
    "crates/kinoko-amqp/",
    CLIENT,
    "crates/kinoko-testing/",
    "crates/kinoko-core/src/config/",
    "crates/kinoko/src/broker.rs",
    "crates/kinoko/tests/",
    "crates/kinoko-inspect/src/documents/asyncapi.rs",
    "crates/kinoko-cli/src/command/permissions.rs",
    "crates/kinoko-cli/tests/it/permissions.rs",
    "crates/kinoko-inspect/src/permissions.rs",
    "crates/kinoko-inspect/src/permissions/",
    "crates/kinoko-inspect/tests/it/documents.rs",
    "crates/kinoko-inspect/tests/it/permissions.rs",
];

pub(crate) fn check(root: &Path) -> Result<(), String> {
    let mut found = Vec::new();
    for absence in ABSENCES {
        let mut command = shell::cargo(root);
        command.env("CARGO_TERM_COLOR", "never").args(["tree", "--package", absence.package]);
        command.args(["--edges", "normal,build", "--prefix", "none", "--format", "{p}"]);
        let tree = shell::read(command.args(absence.features))?;
        found.extend(trespassers(absence, &tree));
    }
    for source in sources::below(&root.join("crates"), root) {
        let named =
            source.lines().any(|(_, it)| mentions_word(sources::code(it), "kinoko_amqp_client"));
        let may = [LINK, CLIENT, TESTS_OF_LINK].iter().any(|it| source.path.starts_with(it));
        if source.has_ending("rs") && named && !may {
            found.push(format!("{}: names the AMQP client, which only {LINK} may", source.path));
        }
        if source.has_ending("rs") && !KNOWS_TOPOLOGY.iter().any(|it| source.path.starts_with(it)) {
            found.extend(topology(&source));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(found.join("\n")) }
}

fn topology(source: &Source) -> Option<String> {
    let speaks = |line: &str| TOPOLOGY.iter().any(|it| sources::code(line).contains(it));
    let (number, _) = source.lines().find(|(_, it)| speaks(it))?;
    Some(format!("{}:{number}: that is for the transport to know", source.path))
}

fn trespassers(absence: &Absence, tree: &str) -> Vec<String> {
    let mut names: Vec<&str> = tree.lines().filter_map(|it| it.split_whitespace().next()).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| *name != absence.package && absence.never.iter().any(|it| is(it, name)));
    let Absence { package, features, .. } = absence;
    names.iter().map(|it| format!("{package} ({}) depends on {it}", features.join(" "))).collect()
}

fn is(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(name == pattern, |start| name.starts_with(start))
}

/// Whether the name is in the text, and not as a part of a longer one.
fn mentions_word(text: &str, word: &str) -> bool {
    text.split(|it: char| !it.is_alphanumeric() && it != '_').any(|it| it == word)
}

#[cfg(test)]
mod tests {
    use super::{Absence, mentions_word, topology, trespassers};
    use crate::sources::Source;

    #[test]
    fn a_dependency_that_should_not_be_is_named() {
        let absence =
            Absence { package: "kinoko-cli", features: &[], never: &["tokio*", "kinoko-core"] };
        let check = |tree: &str, expected: &[&str]| {
            assert_eq!(trespassers(&absence, tree), expected);
        };
        check("kinoko-cli v0.1.0 (/a/b)\nserde v1.0.0\nserde v1.0.0 (*)\n", &[]);
        check("kinoko-cli v0.1.0\ntokio-util v0.7.0\n", &["kinoko-cli () depends on tokio-util"]);
        check(
            "kinoko-cli v0.1.0\nkinoko-core v0.1.0\nkinoko-core-x v1\n",
            &["kinoko-cli () depends on kinoko-core"],
        );
    }

    #[test]
    fn a_place_that_speaks_of_topology_is_named() {
        let check = |text: &str, expected: Option<&str>| {
            let source = Source { path: "a.rs".to_owned(), text: text.to_owned() };
            assert_eq!(topology(&source).as_deref(), expected);
        };
        check("// The exchange is not named here.\nfn a() {}\n", None);
        let complaint = "a.rs:2: that is for the transport to know";
        check("//! A.\nlet exchange = 1;\n", Some(complaint));
    }

    #[test]
    fn a_name_is_found_as_a_word_only() {
        assert!(mentions_word("use amqp::Channel;", "amqp"));
        assert!(!mentions_word("let amqps = amqp_like();", "amqp"));
    }
}
