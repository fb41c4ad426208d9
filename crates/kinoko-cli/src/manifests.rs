//! Manifests from files and folders: as JSON, as services print them, or as YAML, as people write them.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use kinoko_manifest::{FORMAT, ServiceManifest};
use serde::Deserialize;
use serde_json::Value;

use crate::{exit::Failure, parallel};

/// The largest file that is read.
const LARGEST: u64 = 64 * 1024 * 1024;

/// The manifests of some files and folders. Of a folder its files, not those of folders within; `-` is what comes
/// on standard input. A file may have one manifest or a list of them.
///
/// # Errors
/// When one cannot be read, is no manifest, or there is none at all.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<ServiceManifest>, Failure> {
    let read = parallel::map(&files(paths)?, |it| read_file(it))?;
    Ok(read.into_iter().flatten().collect())
}

/// A manifest of which no more is known yet than whose it is. As text it takes a fifth of the room.
pub(crate) struct Kept {
    pub(crate) name: String,
    pub(crate) version: String,
    path: PathBuf,
    content: Content,
}

enum Content {
    Text(String),
    Manifest(Box<ServiceManifest>),
}

/// The same manifests as [`read`] finds, to be read one by one.
pub(crate) fn keep(paths: &[PathBuf]) -> Result<Vec<Kept>, Failure> {
    #[derive(Deserialize)]
    struct Head {
        manifest: u32,
        name: String,
        version: String,
    }

    let mut kept = Vec::new();
    for path in files(paths)? {
        if kind(&path) == Some(Kind::Json) {
            let text = text(&path)?;
            if text.trim_start().starts_with('{')
                && let Ok(Head { manifest: FORMAT, name, version }) = serde_json::from_str(&text)
            {
                kept.push(Kept { name, version, path, content: Content::Text(text) });
                continue;
            }
        }
        kept.extend(read_file(&path)?.into_iter().map(|it| Kept {
            name: it.name.clone(),
            version: it.version.clone(),
            path: path.clone(),
            content: Content::Manifest(Box::new(it)),
        }));
    }
    Ok(kept)
}

impl Kept {
    /// The manifest.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn read(&self) -> Result<ServiceManifest, Failure> {
        match &self.content {
            Content::Manifest(it) => Ok((**it).clone()),
            Content::Text(text) => ServiceManifest::from_json(text)
                .map_err(|err| Failure::usage(format!("{}: {err}", self.path.display()))),
        }
    }

    /// Whether it is the same to the letter.
    pub(crate) fn is_same(&self, other: &Kept) -> bool {
        match (&self.content, &other.content) {
            (Content::Text(one), Content::Text(other)) => one == other,
            _ => false,
        }
    }
}

/// The files there are at some paths.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut files = Vec::new();
            for entry in fs::read_dir(path).map_err(|err| unreadable(path, &err))? {
                files.push(entry.map_err(|err| unreadable(path, &err))?.path());
            }
            files.retain(|it| kind(it).is_some() && it.is_file());
            files.sort();
            if files.is_empty() {
                let text = format!("{}: no manifest in it (*.json, *.yaml)", path.display());
                return Err(Failure::usage(text));
            }
            all.extend(files);
        } else {
            let is_input = path == Path::new("-");
            if is_input && all.contains(path) {
                return Err(Failure::usage("-: standard input can be read once".to_owned()));
            }
            all.push(path.clone());
        }
    }
    Ok(all)
}

/// The manifests of one file.
pub(crate) fn read_file(path: &Path) -> Result<Vec<ServiceManifest>, Failure> {
    let text = text(path)?;
    let wrong = |err: &dyn std::fmt::Display| Failure::usage(format!("{}: {err}", path.display()));
    let by_hand = kind(path) == Some(Kind::Yaml);
    if !by_hand && let Ok(manifest) = ServiceManifest::from_json(&text) {
        return Ok(vec![manifest]);
    }
    let value: Value = if by_hand {
        serde_saphyr::from_str(&text).map_err(|err| wrong(&format!("not YAML: {err}")))?
    } else {
        serde_json::from_str(&text).map_err(|err| wrong(&format!("not JSON: {err}")))?
    };
    let values = match value {
        Value::Array(values) => values,
        value => vec![value],
    };
    let mut manifests = Vec::new();
    for value in values {
        let manifest = ServiceManifest::from_value(value.clone()).map_err(|err| wrong(&err))?;
        // Whoever writes one by hand mistypes; a program that reads over that is of no help.
        if by_hand && let Some(unknown) = kinoko_manifest::unknown_key(&value, &manifest) {
            return Err(wrong(&unknown));
        }
        manifests.push(manifest);
    }
    Ok(manifests)
}

fn text(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().take(LARGEST).read_to_string(&mut text)
    } else {
        fs::File::open(path).and_then(|it| it.take(LARGEST).read_to_string(&mut text))
    };
    let length = read.map_err(|err| unreadable(path, &err))?;
    if length as u64 == LARGEST {
        let text =
            format!("{}: larger than the {} MB that are read", path.display(), LARGEST >> 20);
        return Err(Failure::usage(text));
    }
    Ok(text)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Json,
    Yaml,
}

fn kind(path: &Path) -> Option<Kind> {
    match path.extension()?.to_str()? {
        "json" => Some(Kind::Json),
        "yaml" | "yml" => Some(Kind::Yaml),
        _ => None,
    }
}

fn unreadable(path: &Path, err: &std::io::Error) -> Failure {
    Failure::usage(format!("{}: {err}", path.display()))
}
