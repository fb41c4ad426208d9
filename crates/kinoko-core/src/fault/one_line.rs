//! [`OneLine`]: a text that somebody sent, as a log may have it.

use std::fmt::{self, Write};

/// A text in the log, which may quote what somebody sent: on one line, and not endless.
pub(crate) struct OneLine<'a>(pub(crate) &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 4000;
        for (place, char) in self.0.chars().enumerate() {
            match char {
                _ if place == MOST => return f.write_str("…"),
                char if char.is_control() => write!(f, "{}", char.escape_default())?,
                char => f.write_char(char)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::OneLine;

    #[test]
    fn nobody_writes_a_line_of_the_log() {
        let sent = "x\n2026-01-01 ERROR call: paid twice\u{1b}[0m";
        assert_eq!(OneLine(sent).to_string(), "x\\n2026-01-01 ERROR call: paid twice\\u{1b}[0m");
        assert_eq!(OneLine(&"ä".repeat(5000)).to_string().chars().count(), 4001);
    }
}
