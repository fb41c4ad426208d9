//! Every file and anchor that the guide includes is there, and the README shows the code that runs.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The chapters, and the summary. Pictures are in a folder of their own.
fn pages() -> Vec<PathBuf> {
    let files = fs::read_dir(root().join("docs/guide/src")).unwrap();
    files.map(|it| it.unwrap().path()).filter(|it| it.is_file()).collect()
}

#[test]
fn every_include_exists() {
    let chapters = root().join("docs/guide/src");
    let mut included = 0;
    for path in pages() {
        let text = fs::read_to_string(&path).unwrap();
        for what in text.split("{{#include ").skip(1) {
            let what = what.split("}}").next().unwrap().trim();
            check(&chapters, what).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
            included += 1;
        }
    }
    assert!(included > 15, "the guide includes its code, and only {included} includes were found");
}

fn check(chapters: &Path, what: &str) -> Result<(), String> {
    let (file, anchor) = what.split_once(':').unwrap_or((what, ""));
    let text = fs::read_to_string(chapters.join(file))
        .map_err(|err| format!("{file} is not there: {err}"))?;
    let marks = [format!("ANCHOR: {anchor}"), format!("ANCHOR_END: {anchor}")];
    let has =
        |mark: &String| text.lines().any(|line| line.trim_start_matches("// ").trim() == mark);
    if anchor.is_empty() || marks.iter().all(has) {
        Ok(())
    } else {
        Err(format!("{file} has no anchor {anchor}"))
    }
}

#[test]
fn every_chapter_is_in_the_summary_and_there() {
    let chapters = root().join("docs/guide/src");
    let summary = fs::read_to_string(chapters.join("SUMMARY.md")).unwrap();
    let mut listed: Vec<_> =
        summary.split("](").skip(1).map(|it| it.split(')').next().unwrap().to_owned()).collect();
    let names = pages().into_iter().map(|it| it.file_name().unwrap().to_owned());
    let mut there: Vec<_> = names.map(|it| it.into_string().unwrap()).collect();
    there.retain(|it| it != "SUMMARY.md");
    listed.sort();
    there.sort();
    assert_eq!(listed, there);
}

#[test]
fn every_link_leads_somewhere() {
    let mut pages = vec![root().join("README.md")];
    pages.extend(self::pages());
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|it| it.split(')').next()) {
            let there = page.parent().unwrap().join(link.split('#').next().unwrap());
            let is_elsewhere = link.starts_with("http");
            assert!(is_elsewhere || there.exists(), "{}: no {link}", page.display());
        }
    }
}

#[test]
fn the_service_in_the_readme_is_the_hello_example() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let hello = fs::read_to_string(root().join("examples/hello/src/main.rs")).unwrap();
    let (_, code) = hello.split_once("\n\n").unwrap();
    assert!(readme.contains(code), "README.md does not show examples/hello/src/main.rs as it is");
}
