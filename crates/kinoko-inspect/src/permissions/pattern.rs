//! [`Pattern`]: a regular expression for a few names, as RabbitMQ reads it (PCRE).

use std::fmt;

/// One name, or all of one form. It is not anchored: what is made of several of them is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern(String);

/// A UUID as it is written.
const UUID: &str = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

impl Pattern {
    /// That name and no other.
    pub fn name(name: &str) -> Pattern {
        let mut pattern = Pattern(String::new());
        pattern.push(name);
        pattern
    }

    /// A UUID behind that name.
    pub(super) fn with_uuid(name: &str) -> Pattern {
        Pattern(Pattern::name(name).0 + UUID)
    }

    /// A UUID without dashes behind that name.
    pub(super) fn with_simple_uuid(name: &str) -> Pattern {
        Pattern(Pattern::name(name).0 + "[0-9a-f]{32}")
    }

    /// A word without a dot behind that name.
    pub(super) fn with_word(name: &str) -> Pattern {
        Pattern(Pattern::name(name).0 + "[^.]*")
    }

    /// Anything behind that name.
    pub(super) fn beginning(name: &str) -> Pattern {
        Pattern(Pattern::name(name).0 + ".*")
    }

    fn push(&mut self, text: &str) {
        for char in text.chars() {
            match char {
                // In a class of its own a character means itself; a backslash would have to be doubled in JSON,
                // and not every version of RabbitMQ reads that alike.
                '^' | '\\' => self.0.extend(['\\', char]),
                // RabbitMQ reads bytes: of a character of several, a class would match one.
                _ if char.is_alphanumeric() || !char.is_ascii() || "-_ ".contains(char) => {
                    self.0.push(char);
                }
                _ => self.0.extend(['[', char, ']']),
            }
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Any of them, and nothing else. None at all is an expression that nothing with a name matches.
pub(super) fn any<'a>(patterns: impl Iterator<Item = &'a Pattern>) -> String {
    let mut all: Vec<&str> = patterns.map(|it| it.0.as_str()).collect();
    all.sort_unstable();
    all.dedup();
    if all.is_empty() { "^$".to_owned() } else { format!("^({})$", all.join("|")) }
}

#[cfg(test)]
mod tests {
    use super::{Pattern, any};

    #[test]
    fn a_name_is_matched_and_no_other() {
        for name in ["orders", "a.b", "c^d", "e]f", "g*h", "i\\j", "k|l", "ü n", "→", "(m)"] {
            let expression = any([&Pattern::name(name)].into_iter());
            let expression = regex::Regex::new(&expression).unwrap();
            assert!(expression.is_match(name), "{expression} {name}");
            for other in [format!("{name}x"), format!("x{name}"), name.replace('.', "x") + "y"] {
                assert!(!expression.is_match(&other), "{expression} {other}");
            }
        }
        assert_eq!(any(std::iter::empty()), "^$");
        assert_eq!(any([&Pattern::name("a.b"), &Pattern::name("a")].into_iter()), "^(a|a[.]b)$");
    }
}
