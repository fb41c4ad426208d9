//! The house rules that no compiler checks: `cargo xtask tidy`, and a test.

use std::path::Path;

use crate::sources::{self, Source};

/// Long, and rightly so: tables.
const TABLES: &[&str] = &[];
const MAX_LINES: usize = 600;

/// Left as a tool wrote it, or written to be wrong.
const NOT_OURS: &[&str] = &["/tests/ui/", "/tests/output/", "/snapshots/"];
/// Where attributes are written for others: what the macros generate has to be quiet.
const GENERATES: &[&str] = &["crates/kinoko-macros/src/"];
/// The file that has to spell out what it looks for.
const SELF: &str = "xtask/src/tidy.rs";

/// A line of a source that should not be there, and why.
const BANNED: &[(&str, &str)] =
    &[("dbg!(", "left from debugging"), ("todo!(", "not done"), ("unimplemented!(", "not done")];
/// What means nothing to a reader of the repository.
const FORBIDDEN: &[(&str, &str)] = &[
    ("/work/", "a path of one machine"),
    ("/root/", "a path of one machine"),
    ("/tmp/brief", "a path of one machine"),
    ("reliability.md", "not in this repository: say the reason itself"),
    ("performance.md", "not in this repository: say the reason itself"),
    ("ecosystem.md", "not in this repository: say the reason itself"),
    ("nameko-protocol.md", "not in this repository: say the reason itself"),
    ("house-style.md", "not in this repository: say the reason itself"),
];

/// All that is wrong, one a line.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let complaints: Vec<_> = sources::below(root, root)
        .iter()
        .filter(|it| it.path != "Cargo.lock")
        .flat_map(complaints)
        .collect();
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n")) }
}

fn complaints(source: &Source) -> Vec<String> {
    let Source { path, .. } = source;
    let mut found = Vec::new();
    if NOT_OURS.iter().any(|it| format!("/{path}").contains(it)) || path == SELF {
        return found;
    }
    let mut complain = |line: usize, text: &str| found.push(format!("{path}:{line}: {text}"));
    if source.has_ending("rs") {
        if !source.lines().take(3).any(|(_, it)| it.starts_with("//!")) {
            complain(1, "say in a `//!` line what this file is for");
        }
        let length = source.lines().count();
        if length > MAX_LINES && !TABLES.contains(&path.as_str()) {
            complain(length, "longer than 600 lines: split it, or name it a table in tidy.rs");
        }
    }
    for (number, line) in source.lines() {
        if line.ends_with([' ', '\t', '\r']) {
            complain(number, "ends in white space");
        }
        for (word, why) in FORBIDDEN {
            if line.contains(word) {
                complain(number, &format!("`{word}`: {why}"));
            }
        }
        if !source.has_ending("rs") {
            continue;
        }
        let code = sources::code(line);
        for (word, why) in BANNED {
            if code.contains(word) {
                complain(number, &format!("`{word}`: {why}"));
            }
        }
        let allows = code.contains("#[allow(") || code.contains("#![allow(");
        if allows && !GENERATES.iter().any(|it| path.starts_with(it)) {
            complain(number, "write `#[expect(…, reason = \"…\")]` in place of `allow`");
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{check, complaints};
    use crate::sources::Source;

    #[test]
    fn the_repository_is_tidy() {
        if let Err(complaints) = check(&crate::root()) {
            panic!("\n{complaints}\n");
        }
    }

    #[test]
    fn each_rule_finds_what_breaks_it() {
        let check = |path: &str, text: &str, expected: &[&str]| {
            let source = Source { path: path.to_owned(), text: text.to_owned() };
            let found = complaints(&source);
            assert_eq!(found.len(), expected.len(), "{path}: {found:?}");
            for (found, expected) in found.iter().zip(expected) {
                assert!(found.contains(expected), "{found} should say {expected}");
            }
        };
        check("a.rs", "//! Good.\nfn a() {}\n", &[]);
        check("a.rs", "fn a() {}\n", &["a.rs:1: say in a `//!`"]);
        check("x/tests/ui/a.rs", "fn a() {}\n", &[]);
        check("a.rs", "//! A.\nfn a() { dbg!(1); }\n", &["a.rs:2: `dbg!(`"]);
        check("a.rs", "//! A.\n// A todo!() in a comment.\n", &[]);
        check("a.rs", "//! A.\n#[allow(dead_code)]\n", &["a.rs:2: write `#[expect("]);
        check("crates/kinoko-macros/src/a.rs", "//! A.\n#[allow(dead_code)]\n", &[]);
        check("a.md", "one \ntwo\n", &["a.md:1: ends in white space"]);
        check("a.md", "see reliability.md\n", &["a.md:1: `reliability.md`"]);
        check("a.rs", &format!("//! A.\n{}", "x\n".repeat(600)), &["longer than 600 lines"]);
    }
}
