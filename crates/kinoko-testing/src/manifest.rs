//! [`manifest_is_current`]: keeps a service's committed manifest true, in one line.

use std::{fs, path::Path};

use kinoko_core::{Service, manifest};

/// The variable that makes the test write the file instead of comparing it.
const REFRESH: &str = "KINOKO_REFRESH";

/// Fails unless the file holds the manifest of `S`. The path is relative to the service's crate.
///
/// ```no_run
/// # use kinoko_core::Service;
/// # fn test<Orders: Service>() {
/// kinoko_testing::manifest_is_current::<Orders>("orders.manifest.json");
/// # }
/// ```
///
/// To write the file, run the test with `KINOKO_REFRESH=1`.
///
/// # Panics
/// When the file differs or is missing: this is for tests.
#[track_caller]
pub fn manifest_is_current<S: Service>(path: impl AsRef<Path>) {
    let mut current = manifest::<S>();
    // A file cannot have the revision in it that it is committed with.
    current.revision = None;
    let (path, current) = (path.as_ref(), current.to_json());
    if std::env::var_os(REFRESH).is_some() {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).unwrap_or_else(|err| panic!("{}: {err}", folder.display()));
        }
        fs::write(path, current).unwrap_or_else(|err| panic!("{}: {err}", path.display()));
        return;
    }
    let remedy = format!("run the test with {REFRESH}=1 to write it, and commit it");
    let committed = match fs::read_to_string(path) {
        Ok(text) => text.replace("\r\n", "\n"),
        Err(err) => panic!("the manifest {} cannot be read: {err}: {remedy}", path.display()),
    };
    if let Some((line, (was, is))) = first_difference(&committed, &current) {
        panic!(
            "the service `{}` is no longer what {} says, from line {line} on:\n\
             - {was}\n+ {is}\nif that is meant, {remedy}",
            S::NAME,
            path.display(),
        );
    }
}

fn first_difference<'a>(old: &'a str, new: &'a str) -> Option<(usize, (&'a str, &'a str))> {
    let (mut old, mut new) = (old.lines(), new.lines());
    for line in 1.. {
        match (old.next(), new.next()) {
            (None, None) => return None,
            (was, is) if was == is => {}
            (was, is) => {
                let end = "(the end)";
                return Some((line, (was.unwrap_or(end), is.unwrap_or(end))));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn the_first_difference_is_found() {
        assert_eq!(first_difference("a\nb", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb", "a\nc"), Some((2, ("b", "c"))));
        assert_eq!(first_difference("a", "a\nc"), Some((2, ("(the end)", "c"))));
    }
}
