//! The guide's page of settings is the framework's own table.

use std::{fs, path::Path};

use kinoko::config::{KEYS, Key};

#[test]
fn the_page_of_settings_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/src/settings.md");
    let current = page();
    if std::env::var_os("KINOKO_REFRESH").is_some() {
        fs::write(path, current).unwrap();
    } else {
        let there = fs::read_to_string(path).unwrap_or_default();
        assert_eq!(there, current, "run the test with KINOKO_REFRESH=1 and commit what it wrote");
    }
}

fn page() -> String {
    let mut page = "# Every setting\n\n| key | default | is |\n|---|---|---|\n".to_owned();
    for Key { name, default, docs, .. } in KEYS.iter().filter(|it| !it.is_ignored()) {
        let default = if default.is_empty() { String::new() } else { format!("`{default}`") };
        page += &format!("| `{name}` | {default} | {} |\n", docs.replace('|', "\\|"));
    }
    page += "\nThese are Nameko's, are accepted, and have no effect: ";
    let ignored = KEYS.iter().filter(|it| it.is_ignored());
    let ignored: Vec<_> = ignored.map(|it| format!("`{}`", it.name)).collect();
    page += &ignored.join(", ");
    page += ".\n";
    page
}
