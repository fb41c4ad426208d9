//! Documentation comments as HTML: the little of Markdown that they are mostly made of, and the rest as it was written.

use std::fmt::Write;

use minijinja::Value;

/// Paragraphs, headings, lists and code.
pub(super) fn prose(text: &str) -> Value {
    let mut html = String::new();
    let mut block = Block::None;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") {
            let fence = block == Block::Code;
            block.begin(if fence { Block::None } else { Block::Code }, &mut html);
        } else if block == Block::Code {
            let _ = writeln!(html, "{}", escaped(line));
        } else if trimmed.is_empty() {
            block.begin(Block::None, &mut html);
        } else if let Some(item) = trimmed.strip_prefix("- ").or_else(|| trimmed.strip_prefix("* "))
        {
            block.begin(Block::List, &mut html);
            let _ = write!(html, "<li>{}", with_code(item));
        } else if let Some(heading) = trimmed.strip_prefix('#') {
            block.begin(Block::None, &mut html);
            let heading = heading.trim_start_matches('#').trim();
            let _ = write!(html, "<p><b>{}</b></p>", with_code(heading));
        } else {
            // The next line of an item, or of a paragraph.
            if block == Block::None {
                block.begin(Block::Paragraph, &mut html);
            } else {
                html.push(' ');
            }
            html.push_str(&with_code(trimmed));
        }
    }
    block.begin(Block::None, &mut html);
    Value::from_safe_string(html)
}

/// Some words on one line, with code in them.
pub(super) fn words(text: &str) -> Value {
    Value::from_safe_string(with_code(&text.replace('\n', " ")))
}

#[derive(Clone, Copy, PartialEq)]
enum Block {
    None,
    Paragraph,
    List,
    Code,
}

impl Block {
    /// Ends what there is, unless it is a list that goes on, and begins the next.
    fn begin(&mut self, next: Block, html: &mut String) {
        if *self == Block::List && next == Block::List {
            return;
        }
        html.push_str(match self {
            Block::None => "",
            Block::Paragraph => "</p>",
            Block::List => "</ul>",
            Block::Code => "</pre>",
        });
        html.push_str(match next {
            Block::None => "",
            Block::Paragraph => "<p>",
            Block::List => "<ul>",
            Block::Code => "<pre>",
        });
        *self = next;
    }
}

/// Escaped, with what stands between backticks as code. A link to an item of the code is its name.
fn with_code(text: &str) -> String {
    let text = text.replace("[`", "`").replace("`]", "`");
    let parts: Vec<&str> = text.split('`').collect();
    // A backtick that has no other is one.
    if parts.len().is_multiple_of(2) {
        return escaped(&text);
    }
    let part = |(at, part): (usize, &&str)| match at % 2 {
        0 => escaped(part),
        _ => format!("<code>{}</code>", escaped(part)),
    };
    parts.iter().enumerate().map(part).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::{prose, words};

    #[test]
    fn what_comments_are_made_of() {
        let check = |text: &str, expected: &str| assert_eq!(prose(text).to_string(), expected);
        check("", "");
        check("One,\ntwo.\n\nThree.", "<p>One, two.</p><p>Three.</p>");
        check(
            "Of these:\n- a `b`\n  c\n- d\n\ne",
            "<p>Of these:</p><ul><li>a <code>b</code> c<li>d</ul><p>e</p>",
        );
        check("# Errors\nNone.", "<p><b>Errors</b></p><p>None.</p>");
        check("```\na < `b`\n```", "<pre>a &lt; `b`\n</pre>");
        check("```\nopen", "<pre>open\n</pre>");
        check("it's 5` long <b>", "<p>it's 5` long &lt;b&gt;</p>");
        assert_eq!(words("See [`Order`],\n<i>").to_string(), "See <code>Order</code>, &lt;i&gt;");
    }
}
