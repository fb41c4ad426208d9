//! The rules as a page of the guide.

use std::fmt::Write;

use super::{About, manifest, schema};

/// The page, as Markdown.
pub fn markdown() -> String {
    let mut page = String::from(BEGIN);
    page.push_str("\n## Schemas\n\nWhat one side may write, held against what the other reads.\n");
    schema::RULES.iter().for_each(|it| section(&it.about, true, &mut page));
    page.push_str("\n## Services\n\nTwo versions of a service, beside their schemas.\n");
    manifest::RULES.iter().for_each(|it| section(&it.about, false, &mut page));
    page
}

const BEGIN: &str = "# Every rule

By these `kinoko diff` and `kinoko can-deploy` judge. A change is *breaking* when there is a message that was understood before
and is not after it; each is shown with such a message. It is *dangerous* when nothing is refused but something may behave otherwise, or when
it could not be told; and *safe* when it is proved that nothing is refused. `kinoko rules ID` prints one of them.
";

fn section(about: &About, of_schemas: bool, page: &mut String) {
    let About { id, title, rationale, fix, level, example } = about;
    let _ = writeln!(page, "\n### `{id}`\n\n*{}.* {rationale}\n", capital(title));
    if of_schemas {
        let _ = writeln!(page, "| the new side | | what to do |\n|---|---|---|");
        let _ = writeln!(page, "| reads | {} | {} |", level.reader.word(), fix.reader);
        let _ = writeln!(page, "| writes | {} | {} |\n", level.writer.word(), fix.writer);
        let _ = writeln!(page, "```json\n{}\n{}\n```", example.writes, example.reads);
    } else {
        let _ = writeln!(
            page,
            "{}: `{}` to `{}`. What to do: {}.",
            capital(level.reader.word()),
            example.writes,
            example.reads,
            fix.reader
        );
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
