//! What a string must be like beside its values: lengths, patterns and formats.

use std::{borrow::Cow, cell::RefCell, collections::HashMap};

use regex::{Regex, RegexBuilder};

use super::shape::Strings;

/// Whether a string is among those; `None` when a pattern or a format is not known here.
pub(crate) fn string(strings: &Strings, text: &str) -> Option<bool> {
    let formats = strings.formats.iter().map(|it| has_format(it, text));
    all(strings, text, formats)
}

/// Whether a string is surely among those: a format that is not known here is a remark, not a demand.
pub(crate) fn surely(strings: &Strings, text: &str) -> bool {
    let formats = strings.formats.iter().map(|it| Some(has_format(it, text) != Some(false)));
    all(strings, text, formats) == Some(true)
}

fn all(strings: &Strings, text: &str, formats: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let length = text.chars().count() as u64;
    let fits = length >= strings.least && strings.most.is_none_or(|most| length <= most);
    if !fits
        || strings.but.contains(text)
        || strings.values.as_ref().is_some_and(|values| !values.contains(text))
    {
        return Some(false);
    }
    let mut sure = true;
    for check in strings.patterns.iter().map(|it| matches(it, text)).chain(formats) {
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
    compiled(pattern, |it| it.is_match(text))
}

/// Whether a pattern is one we can read.
pub(crate) fn is_readable(pattern: &str) -> bool {
    compiled(pattern, |_| ()).is_some()
}

/// Compiles a pattern, or takes the one that was compiled before.
fn compiled<T>(pattern: &str, with: impl FnOnce(&Regex) -> T) -> Option<T> {
    /// How many are kept.
    const KEPT: usize = 1000;
    thread_local! {
        static KNOWN: RefCell<HashMap<String, Option<Regex>>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some(regex) = known.get(pattern) {
            return regex.as_ref().map(with);
        }
        if known.len() > KEPT {
            known.clear();
        }
        let build = |it: String| RegexBuilder::new(&it).size_limit(1 << 20).build().ok();
        let regex = translated(pattern).and_then(build);
        known.entry(pattern.to_owned()).insert_entry(regex).get().as_ref().map(with)
    })
}

/// A pattern of ECMAScript's, which JSON Schema's are, in the words of the `regex` crate. `None` where the two differ
/// in more than words.
fn translated(pattern: &str) -> Option<String> {
    let mut text = String::new();
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next()? {
                'd' => text.push_str("[0-9]"),
                'w' => text.push_str("[0-9A-Za-z_]"),
                // Classes and assertions that mean other characters in the two, references, code points.
                it if it.is_ascii_alphanumeric() && !"nrtfv".contains(it) => return None,
                it => text.extend(['\\', it]),
            },
            '[' if in_class => text.push_str("\\["),
            '[' => {
                in_class = true;
                text.push('[');
            }
            ']' => {
                in_class = false;
                text.push(']');
            }
            '&' | '~' | '-' if in_class && chars.peek() == Some(&char) => return None,
            '(' if !in_class && chars.peek() == Some(&'?') => {
                let mut rest = chars.clone();
                rest.next();
                if rest.next() != Some(':') {
                    return None;
                }
                text.push('(');
            }
            '.' if !in_class => text.push_str("[^\\n\\r\\x{2028}\\x{2029}]"),
            it => text.push(it),
        }
    }
    Some(text)
}

/// The formats that are checked, each with a text that has it.
const FORMATS: &[(&str, &str)] = &[
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

/// A text that has a format; `None` for a format that is not checked.
pub(crate) fn example_of(format: &str) -> Option<&'static str> {
    FORMATS.iter().find(|(name, _)| *name == format).map(|(_, text)| *text)
}

/// Whether a text has a format, as far as that is said by its form; `None` for a format not known here.
fn has_format(format: &str, text: &str) -> Option<bool> {
    const DATE: &str = r"([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])";
    const TIME: &str = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
    let form: Cow<str> = match format {
        "date" => format!("^{DATE}$").into(),
        "time" => format!("^{TIME}$").into(),
        "date-time" => format!("^{DATE}[Tt]{TIME}$").into(),
        "uuid" => "^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$".into(),
        "ipv4" => return Some(text.parse::<std::net::Ipv4Addr>().is_ok()),
        "ipv6" => return Some(text.parse::<std::net::Ipv6Addr>().is_ok()),
        // Their rules are longer than it helps to repeat: only what surely is none is told.
        "email" => return if text.contains('@') { None } else { Some(false) },
        "uri" => return if text.contains(':') { None } else { Some(false) },
        "hostname" => return if text.contains([' ', '@', '/']) { Some(false) } else { None },
        _ => return None,
    };
    let fits = matches(&form, text)?;
    // Leap seconds, and a space for the T, are taken by some and not by others.
    if !fits && format != "uuid" && matches("^[0-9:.TtZz +-]+$", text)? && text.contains(":60") {
        return None;
    }
    if !fits && format == "date-time" && text.contains(' ') {
        return None;
    }
    if fits && format.starts_with("date") && !is_a_day(text) {
        return Some(false);
    }
    Some(fits)
}

/// Whether the month has the day, of a text that begins as a date does.
fn is_a_day(text: &str) -> bool {
    let number = |from: usize, to: usize| text.get(from..to).and_then(|it| it.parse::<u32>().ok());
    let (Some(year), Some(month), Some(day)) = (number(0, 4), number(5, 7), number(8, 10)) else {
        return false;
    };
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    day <= days
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
        assert_eq!(has_format("date", "2026-02-29"), Some(false));
        assert_eq!(has_format("date-time", "2024-02-29T12:30:00Z"), Some(true));
        assert_eq!(has_format("date-time", "2026-01-31 12:30:00Z"), None);
        assert_eq!(has_format("time", "12:30:60Z"), None);
        assert_eq!(has_format("colour", "red"), None);
    }

    #[test]
    fn patterns_match_anywhere_unless_they_say_where() {
        assert_eq!(matches("b+", "abbc"), Some(true));
        assert_eq!(matches("^b+$", "abbc"), Some(false));
        assert_eq!(matches(r"^\d+$", "٣"), Some(false));
        assert_eq!(matches(r"^\w$", "é"), Some(false));
        assert_eq!(matches(r"^\\d$", r"\d"), Some(true));
        assert_eq!(matches("^[[a]$", "["), Some(true));
        assert_eq!(matches("^(?:ab)+$", "abab"), Some(true));
        for unreadable in ["(?=x)", "^[a&&b]$", r"\bx", r"\s", r"(a)\1", "("] {
            assert_eq!(matches(unreadable, "x"), None, "{unreadable}");
        }
    }
}
