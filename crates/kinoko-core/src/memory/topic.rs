//! [`Pattern`]: event types with wildcards, as AMQP's topic exchanges read them.

/// What a handler wants: words with dots between, where `*` is any word and `#` is any number of
/// them, none included.
pub(super) enum Pattern {
    /// No wildcard in it: by far the most.
    Exactly(String),
    Words(Vec<Word>),
}

pub(super) enum Word {
    One(String),
    Any,
    Many,
}

impl Pattern {
    pub(super) fn new(pattern: &str) -> Pattern {
        if !pattern.split('.').any(|word| word == "*" || word == "#") {
            return Pattern::Exactly(pattern.to_owned());
        }
        let word = |word: &str| match word {
            "*" => Word::Any,
            "#" => Word::Many,
            word => Word::One(word.to_owned()),
        };
        Pattern::Words(pattern.split('.').map(word).collect())
    }

    pub(super) fn matches(&self, event_type: &str) -> bool {
        match self {
            Pattern::Exactly(pattern) => pattern == event_type,
            Pattern::Words(words) => matches(words, event_type),
        }
    }
}

/// Goes through the words once and back only to the last `#`, so that no pattern takes long.
fn matches(pattern: &[Word], event_type: &str) -> bool {
    // An empty routing key has no words at all.
    let words: Vec<&str> =
        if event_type.is_empty() { Vec::new() } else { event_type.split('.').collect() };
    let (mut at, mut word) = (0, 0);
    let mut retry = None;
    while word < words.len() {
        match pattern.get(at) {
            Some(Word::Many) => {
                retry = Some((at, word));
                at += 1;
            }
            Some(Word::Any) => (at, word) = (at + 1, word + 1),
            Some(Word::One(wanted)) if wanted == words[word] => (at, word) = (at + 1, word + 1),
            _ => match retry {
                Some((many, from)) => {
                    retry = Some((many, from + 1));
                    (at, word) = (many + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|rest| matches!(rest, Word::Many))
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn wildcards_match_words() {
        let check = |pattern: &str, event_type: &str, expected: bool| {
            let found = Pattern::new(pattern).matches(event_type);
            assert_eq!(found, expected, "{pattern} on {event_type:?}");
        };
        check("order", "order", true);
        check("order", "orders", false);
        check("order*", "orders", false);
        check("order*", "order*", true);
        check("order.*", "order.paid", true);
        check("order.*", "order", false);
        check("order.*", "order.paid.late", false);
        check("*.paid", "order.paid", true);
        check("*", "", false);
        check("#", "", true);
        check("#", "order.paid.late", true);
        check("order.#", "order", true);
        check("order.#", "order.paid.late", true);
        check("order.#", "invoice.paid", false);
        check("#.late", "order.paid.late", true);
        check("#.late", "late", true);
        check("#.paid.#", "order.paid.late", true);
        check("#.paid.*", "order.paid", false);
        check("*.#.late", "order.late", true);
        check("*.#.late", "late", false);
        check("#.a.b", "a.a.b", true);
        check("#.#", "", true);
        check("order..paid", "order..paid", true);
        check("order.*.paid", "order..paid", true);
    }

    #[test]
    fn no_pattern_takes_long() {
        let pattern = format!("{}end", "#.a.".repeat(40));
        let event_type = "a.".repeat(2_000) + "a";
        assert!(!Pattern::new(&pattern).matches(&event_type));
    }
}
