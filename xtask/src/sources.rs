//! The files of the repository, read as text.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// One file.
pub(crate) struct Source {
    /// From the top folder of the repository, with slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn has_ending(&self, ending: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, it)| it == ending)
    }

    /// Its lines, counted from one.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// Every text file below that folder that belongs to the repository, in order of their names.
pub(crate) fn below(folder: &Path, root: &Path) -> Vec<Source> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|it| it.path()).collect();
    entries.sort();
    let mut sources = Vec::new();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            let others = [".git", "target", "__pycache__", "node_modules"];
            // What fuzzing begins with, and what it leaves: bytes, which may happen to be text.
            let fuzzing = ["seeds", "corpus", "artifacts"];
            if !others.contains(&&*name) && !fuzzing.contains(&&*name) {
                sources.extend(below(&path, root));
            }
            continue;
        }
        // What is not UTF-8 is no source of ours.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let path = path.strip_prefix(root).unwrap_or(&path);
        sources.push(Source { path: path.to_string_lossy().replace('\\', "/"), text });
    }
    sources
}

/// The line without a comment, well enough for a search.
pub(crate) fn code(line: &str) -> &str {
    if line.trim_start().starts_with("//") {
        return "";
    }
    line.split_once(" // ").map_or(line, |(code, _)| code)
}
