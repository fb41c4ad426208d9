//! What a string must be like beside its values: lengths, patterns and formats.

use regex::{Regex, RegexBuilder};

use super::shape::Strings;

/// Whether a string is among those; `None` when a pattern or a format is not known here.
pub(crate) fn string(strings: &Strings, text: &str) -> Option<bool> {
    let length = text.chars().count() as u64;
    let fits = length >= strings.least && strings.most.is_none_or(|most| length <= most);
    if !fits || strings.values.as_ref().is_some_and(|values| !values.contains(text)) {
        return Some(false);
    }
    let checks = strings.patterns.iter().map(|it| matches(it, text));
    let checks = checks.chain(strings.formats.iter().map(|it| has_format(it, text)));
    let mut sure = true;
    for check in checks {
        match check {
            Some(false) => return Some(false),
            Some(true) => {}
            None => sure = false,
        }
    }
    sure.then_some(true)
}

/// Whether a pattern matches somewhere in a text; `None` when it is not one we can read.
pub(crate) fn matches(pattern: &str, text: &str) -> Option<bool> {
    Some(compiled(pattern)?.is_match(text))
}

/// Whether a pattern is one we can read.
pub(crate) fn is_readable(pattern: &str) -> bool {
    compiled(pattern).is_some()
}

fn compiled(pattern: &str) -> Option<Regex> {
    // JSON Schema's patterns are ECMAScript's. What both languages have means the same, but for \d.
    let pattern = pattern.replace(r"\d", "[0-9]");
    RegexBuilder::new(&pattern).size_limit(1 << 20).build().ok()
}

/// The formats that are checked, each with a text that has it.
pub(crate) const FORMATS: &[(&str, &str)] = &[
    ("date", "2026-01-31"),
    ("date-time", "2026-01-31T12:30:00Z"),
    ("email", "someone@example.org"),
    ("hostname", "example.org"),
    ("ipv4", "192.0.2.1"),
    ("ipv6", "2001:db8::1"),
    ("time", "12:30:00Z"),
    ("uri", "https://example.org/"),
    ("uuid", "67e55044-10b1-426f-9247-bb680e5fe0c8"),
];

/// Whether a text has a format, as far as that is said by its form; `None` for a format not known here.
fn has_format(format: &str, text: &str) -> Option<bool> {
    const DATE: &str = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])";
    const TIME: &str =
        r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)";
    let form = match format {
        "date" => format!("^{DATE}$"),
        "time" => format!("^{TIME}$"),
        "date-time" => format!("^{DATE}[Tt ]{TIME}$"),
        "uuid" => r"(?i)^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$".to_owned(),
        "ipv4" => return Some(text.parse::<std::net::Ipv4Addr>().is_ok()),
        "ipv6" => return Some(text.parse::<std::net::Ipv6Addr>().is_ok()),
        // Their rules are longer than it helps to repeat: only what surely is none is told.
        "email" => return text.contains('@').then_some(()).map_or(Some(false), |()| None),
        "uri" => return text.contains(':').then_some(()).map_or(Some(false), |()| None),
        "hostname" => return if text.contains([' ', '@', '/']) { Some(false) } else { None },
        _ => return None,
    };
    matches(&form, text)
}

#[cfg(test)]
mod tests {
    use super::{FORMATS, has_format, matches};

    #[test]
    fn each_format_has_an_example_and_refuses_a_plain_word() {
        for (format, example) in FORMATS {
            assert_ne!(has_format(format, example), Some(false), "{format}: {example}");
            if *format != "hostname" {
                assert_eq!(has_format(format, "word"), Some(false), "{format}");
            }
        }
        assert_eq!(has_format("date", "2026-13-01"), Some(false));
        assert_eq!(has_format("colour", "red"), None);
    }

    #[test]
    fn patterns_match_anywhere_unless_they_say_where() {
        assert_eq!(matches("b+", "abbc"), Some(true));
        assert_eq!(matches("^b+$", "abbc"), Some(false));
        assert_eq!(matches(r"^\d+$", "٣"), Some(false));
        assert_eq!(matches("(?=x)", "x"), None);
    }
}
