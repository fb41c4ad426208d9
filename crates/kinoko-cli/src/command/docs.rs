//! `kinoko docs`.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use clap::Args;
use kinoko_inspect::site;
use serde_json::json;

use super::documents::Of;
use crate::{
    exit::{Code, Failure},
    out,
};

/// Write the documentation of the services as a static site: pages that need no server and fetch nothing.
///
/// Beside the pages are the same as one Markdown file, and OpenAPI and AsyncAPI documents of each service and of all.
#[derive(Debug, Args)]
pub(crate) struct Docs {
    #[command(flatten)]
    of: Of,
    /// The folder to write to: a new or an empty one, or that of a site that was written before.
    #[arg(long, value_name = "SITE")]
    out: PathBuf,
}

/// What a site's own files are listed in, so that the next one can take away those that are not its own any more.
const LIST: &str = "kinoko-site.json";

impl Docs {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let (title, manifests) = self.of.read()?;
        let before = files_before(&self.out)?;
        // From now on it is the folder of a site, even if this comes to no end.
        self.write_list(&before)?;
        let mut files = BTreeSet::new();
        let done = site::site(&title, manifests, |name, text| -> Result<(), Failure> {
            let path = self.out.join(name);
            let written = write(&path, text);
            // A part of it may be there, too.
            if path.is_file() {
                files.insert(name.to_owned());
            }
            written
        });
        if let Err(failure) = done {
            // What there is by now is known to the next run, which takes away what it does not write. If that cannot be
            // said, it is for the same reason, which is told.
            let _ = self.write_list(&before.union(&files).cloned().collect());
            return Err(failure);
        }
        for gone in before.difference(&files) {
            let path = self.out.join(gone);
            match fs::remove_file(&path) {
                Err(err) if err.kind() != io::ErrorKind::NotFound => {
                    return Err(failed(&path, &err));
                }
                _ => {}
            }
        }
        self.write_list(&files)?;
        out::text(&format!("{}\n", self.out.join("index.html").display()))
    }

    /// Writes the list, all of it or nothing: without it the folder is not known as that of a site.
    fn write_list(&self, files: &BTreeSet<String>) -> Result<(), Failure> {
        let (path, new) = (self.out.join(LIST), self.out.join(format!("{LIST}.new")));
        write(&new, &format!("{:#}\n", json!({"site": 1, "files": files})))?;
        fs::rename(&new, &path).map_err(|err| failed(&path, &err))
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let done = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    done.map_err(|err| failed(path, &err))
}

impl From<site::SiteError> for Failure {
    fn from(err: site::SiteError) -> Failure {
        Failure::new(Code::Failed, format!("the site: {err:#}"))
    }
}

/// The files of the site that is there.
///
/// # Errors
/// When there is something else.
fn files_before(folder: &Path) -> Result<BTreeSet<String>, Failure> {
    let path = folder.join(LIST);
    match fs::read_to_string(&path) {
        Ok(text) => {
            let list: serde_json::Value =
                serde_json::from_str(&text).map_err(|err| failed(&path, &err))?;
            let files = list["files"].as_array().cloned().unwrap_or_default();
            let files = files.iter().filter_map(|it| it.as_str().map(str::to_owned));
            // Only what is within the folder is ever taken away.
            let within = |it: &String| !it.starts_with('/') && !it.split('/').any(|it| it == "..");
            Ok(files.filter(within).collect())
        }
        Err(err) if err.kind() == io::ErrorKind::NotFound => {
            let is_empty = fs::read_dir(folder).map_or(true, |mut it| it.next().is_none());
            if is_empty {
                return Ok(BTreeSet::new());
            }
            let text = format!(
                "{}: not empty, and not a site that was written by this command",
                folder.display()
            );
            Err(Failure::usage(text))
        }
        Err(err) => Err(failed(&path, &err)),
    }
}

fn failed(path: &Path, err: &impl std::fmt::Display) -> Failure {
    Failure::new(Code::Failed, format!("{}: {err}", path.display()))
}
