//! [`manifest_is_current`]: keeps a service's committed manifest true, in one line.

use std::{fs, path::Path};

use kinoko_core::{Service, manifest};
use kinoko_inspect::{diff::diff, rules::Level};
use kinoko_manifest::ServiceManifest;

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
    for location in current.methods.iter_mut().filter_map(|it| it.location.as_mut()) {
        location.line = None;
    }
    let shared = current.shared_names();
    assert!(shared.is_empty(), "the service `{}`: {}", S::NAME, shared.join("; "));
    let (path, manifest, current) = (path.as_ref(), &current, current.to_json());
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
             - {was}\n+ {is}\n{}if that is meant, {remedy}",
            S::NAME,
            path.display(),
            judged(&committed, manifest),
        );
    }
}

/// What the change breaks, by which rule, a line each; nothing when the file has no manifest.
fn judged(committed: &str, current: &ServiceManifest) -> String {
    let Ok(old) = ServiceManifest::from_json(committed) else { return String::new() };
    let changes = diff(&old, current);
    // A version is given to what is released, not to each change on the way there.
    let told = changes.iter().filter(|it| it.level > Level::Safe && it.about.id != "version");
    let lines: Vec<String> = told
        .map(|it| {
            let level = if it.level == Level::Breaking { "breaking" } else { "dangerous" };
            let value = it.value.as_ref().map(|it| format!(", as by {it}")).unwrap_or_default();
            format!(
                "{level}: {} {} [{}]{value}; {}\n",
                it.path, it.about.title, it.about.id, it.fix
            )
        })
        .collect();
    if lines.is_empty() { "nothing breaks by that\n".to_owned() } else { lines.concat() }
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
    use kinoko_manifest::{EntrypointInfo, MethodInfo, ServiceManifest};

    use super::{first_difference, judged};

    #[test]
    fn what_breaks_is_told_with_its_rule() {
        let mut old = ServiceManifest::new("orders", "1.0.0");
        old.methods.push(MethodInfo::new("place", EntrypointInfo::new("rpc")));
        let (committed, new) = (old.to_json(), ServiceManifest::new("orders", "1.0.0"));
        let text = judged(&committed, &new);
        assert!(text.starts_with("breaking: place a method is gone [method-removed]; "), "{text}");
        old.docs = "Takes orders.".to_owned();
        assert_eq!(judged(&committed, &old), "nothing breaks by that\n");
        assert_eq!(judged("{", &new), "");
    }

    #[test]
    fn the_first_difference_is_found() {
        assert_eq!(first_difference("a\nb", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb", "a\nc"), Some((2, ("b", "c"))));
        assert_eq!(first_difference("a", "a\nc"), Some((2, ("(the end)", "c"))));
    }
}
