//! `${VAR}` and `${VAR:default}`, as Nameko replaces them.
//!
//! A value that came from the environment is never looked at again, so what someone else put into
//! the environment cannot name further variables; Nameko would look once more. A default was
//! written in the file, so it can.

use std::collections::BTreeMap;

/// More than anyone writes, and few enough that a hostile text costs little.
const MAX_REFERENCES: usize = 256;

/// `text` with its references replaced; `None` when it holds none.
///
/// # Errors
/// When there are too many.
pub(crate) fn substitute(
    text: &str,
    environment: &BTreeMap<String, String>,
) -> Result<Option<String>, String> {
    let mut left = MAX_REFERENCES;
    let replaced = expand(text, environment, &mut left)?;
    Ok((left < MAX_REFERENCES && replaced != text).then_some(replaced))
}

/// Whether an unquoted scalar is one to be substituted.
pub(crate) fn has_reference(text: &str) -> bool {
    text.find("${").is_some_and(|at| text[at..].contains('}'))
}

fn expand(
    text: &str,
    environment: &BTreeMap<String, String>,
    left: &mut usize,
) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        *left = left
            .checked_sub(1)
            .ok_or_else(|| format!("more than {MAX_REFERENCES} `${{…}}` in one value"))?;
        out.push_str(&rest[..at]);
        let after = &rest[at + 2..];
        match Reference::at_start_of(after) {
            Some(found) => {
                match environment.get(found.name) {
                    Some(value) => out.push_str(value),
                    None => out.push_str(&expand(found.default, environment, left)?),
                }
                rest = &after[found.end..];
            }
            None => {
                out.push_str("${");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

struct Reference<'a> {
    name: &'a str,
    default: &'a str,
    /// Where the text after it begins.
    end: usize,
}

impl<'a> Reference<'a> {
    /// The reference whose `${` came just before `text`.
    fn at_start_of(text: &'a str) -> Option<Reference<'a>> {
        let name_end = text.find(|it: char| it == ':' || it == '}' || it.is_whitespace())?;
        let name = &text[..name_end];
        if name.is_empty() || name.contains(['$', '{']) {
            return None;
        }
        // The colon may be missing, `${VAR default}`, as in Nameko without the `regex` package.
        let start = name_end + usize::from(text[name_end..].starts_with(':'));
        let mut open = 0_usize;
        for (at, byte) in text.bytes().enumerate().skip(start) {
            match byte {
                b'{' => open += 1,
                b'}' if open == 0 => {
                    return Some(Reference { name, default: &text[start..at], end: at + 1 });
                }
                b'}' => open -= 1,
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_replaced() {
        #[track_caller]
        fn check(text: &str, want: Option<&str>) {
            let environment = [("A", "a"), ("B", "b"), ("EMPTY", ""), ("SLY", "${A}")];
            let environment =
                environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            assert_eq!(substitute(text, &environment).unwrap().as_deref(), want, "{text}");
        }
        check("plain", None);
        check("$A", None);
        check("${A}", Some("a"));
        check("${NONE}", Some(""));
        check("${NONE:}", Some(""));
        check("${NONE:x}", Some("x"));
        check("${NONE x}", Some(" x"));
        check("${EMPTY:x}", Some(""));
        check("${A:x}", Some("a"));
        check("http://${A}/${B:b}/${NONE:c}", Some("http://a/b/c"));
        check("${NONE:x${B:y}}", Some("xb"));
        check("${NONE:x${NONE:y}}", Some("xy"));
        check("${NONE:{a: 1}}", Some("{a: 1}"));
        check("${NONE:amqp://u:p@h:5672/}", Some("amqp://u:p@h:5672/"));
        check("${NONE:é}", Some("é"));
        check("${SLY}", Some("${A}"));
        check("${NONE:${SLY}}", Some("${A}"));
        check("${}", None);
        check("${:x}", None);
        check("${A", None);
        check("${open ${A}", Some("${open a"));
    }

    #[test]
    fn a_text_that_holds_too_many_is_refused() {
        for unit in ["${A}", "${A:", "${"] {
            let error = substitute(&unit.repeat(300), &BTreeMap::new()).unwrap_err();
            assert_eq!(error, "more than 256 `${…}` in one value");
        }
    }
}
