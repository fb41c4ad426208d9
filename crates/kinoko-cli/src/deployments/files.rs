//! Files that are written once and whole.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use serde::{Serialize, de::DeserializeOwned};

use crate::exit::{Code, Failure};

/// What the name of a file begins with that is not finished. Whoever wrote it may have been killed: nobody reads
/// such, and they do no harm.
const UNFINISHED: &str = ".unfinished-";

/// Writes a file under a name that nobody has yet. Whether it was ours that got it.
pub(super) fn write_once(path: &Path, value: &impl Serialize) -> Result<bool, Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|err| Failure::new(Code::Failed, format!("{}: {err}", path.display())))?;
    write_text_once(path, &format!("{text}\n"))
}

/// The same with a text.
pub(super) fn write_text_once(path: &Path, text: &str) -> Result<bool, Failure> {
    write(path, text).map_err(|err| failed(path, &err))
}

fn write(path: &Path, text: &str) -> io::Result<bool> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    if path.exists() {
        return Ok(false);
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    create(folder)?;
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let beside = folder.join(format!("{UNFINISHED}{}-{number}-{}", process::id(), random()));
    let mut file = File::create_new(&beside)?;
    file.write_all(text.as_bytes())?;
    // It is on the disk before it has its name, so that there is no name with nothing behind it.
    file.sync_all()?;
    // Unlike renaming, this takes no name from somebody else.
    let linked = fs::hard_link(&beside, path);
    // What is left of it does no harm.
    let _ = fs::remove_file(&beside);
    match linked {
        Ok(()) => {
            sync(folder)?;
            Ok(true)
        }
        Err(err) if err.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(err) => Err(err),
    }
}

/// Makes a folder and those around it, each with its name on the disk.
fn create(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().unwrap_or(Path::new(""));
    create(parent)?;
    match fs::create_dir(folder) {
        // Somebody else makes it too.
        Err(err) if err.kind() == io::ErrorKind::AlreadyExists => {}
        made => made?,
    }
    sync(if parent.as_os_str().is_empty() { Path::new(".") } else { parent })
}

/// Has the names in a folder reach the disk, where folders can be opened for that.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// A number nobody else has at the moment: what a hash map is seeded with.
pub(super) fn random() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let numbers = [(); 2].map(|()| RandomState::new().build_hasher().finish());
    format!("{:016x}{:016x}", numbers[0], numbers[1])
}

pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    super::parsed(path, &read_text(path)?)
}

pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|err| failed(path, &err))
}

/// The names in a folder, sorted; none when there is no folder.
pub(super) fn list(folder: &Path) -> Result<Vec<String>, Failure> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(err) => return Err(failed(folder, &err)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(|err| failed(folder, &err))?.file_name();
        names.extend(name.into_string().ok());
    }
    names.sort();
    Ok(names)
}

/// The names of the folders in a folder, sorted.
pub(super) fn folders(folder: &Path) -> Result<Vec<String>, Failure> {
    let mut names = list(folder)?;
    names.retain(|it| folder.join(it).is_dir());
    Ok(names)
}

pub(super) fn is_unfinished(name: &str) -> bool {
    name.starts_with(UNFINISHED)
}

fn failed(path: &Path, err: &io::Error) -> Failure {
    Failure::new(Code::Failed, format!("{}: {err}", path.display()))
}

/// A name of a service, a version or an environment as the name of a file: what could mean something to a file
/// system is written in percent.
pub(super) fn name(text: &str) -> String {
    let mut name = String::new();
    for (at, byte) in text.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'+')
            || (byte == b'.' && at > 0);
        if plain { name.push(byte.into()) } else { name += &format!("%{byte:02X}") }
    }
    // An empty name is no name.
    if name.is_empty() { "%".to_owned() } else { name }
}

/// What a file's name means, if it is one of ours.
pub(super) fn meaning(name: &str) -> Option<String> {
    if is_unfinished(name) {
        return None;
    }
    let mut bytes = Vec::new();
    let mut rest = name.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        if name == "%" {
            return Some(String::new());
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{meaning, name};

    #[test]
    fn any_name_can_be_one_of_a_file() {
        for text in
            ["orders", "1.0.0-rc.1+build", "..", ".hidden", "a/b\\c", "ü", "", "%41", "a b:c"]
        {
            let file = name(text);
            assert!(
                !file.is_empty() && !file.starts_with('.') && !file.contains(['/', '\\', ':']),
                "{file}"
            );
            assert_eq!(meaning(&file).as_deref(), Some(text));
        }
    }
}
