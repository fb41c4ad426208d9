//! Documentation comments as HTML: the little of Markdown that they are mostly made of, and the rest as it was written.

use askama::{Values, filters::Safe};

/// Paragraphs, headings, lists and code.
#[askama::filter_fn]
pub(super) fn prose(text: &str, _: &dyn Values) -> askama::Result<Safe<String>> {
    Ok(Safe(blocks(text)))
}

/// Some words on one line, with code in them.
#[askama::filter_fn]
pub(super) fn words(text: &str, _: &dyn Values) -> askama::Result<Safe<String>> {
    Ok(Safe(line(text)))
}

fn blocks(text: &str) -> String {
    let mut html = String::new();
    let mut block = Block::None;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") {
            let fence = block == Block::Code;
            block.begin(if fence { Block::None } else { Block::Code }, &mut html);
        } else if block == Block::Code {
            escape(line, &mut html);
            html.push('\n');
        } else if trimmed.is_empty() {
            block.begin(Block::None, &mut html);
        } else if let Some(item) = trimmed.strip_prefix("- ").or_else(|| trimmed.strip_prefix("* "))
        {
            block.begin(Block::List, &mut html);
            html.push_str("<li>");
            with_code(item, &mut html);
        } else if let Some(heading) = trimmed.strip_prefix('#') {
            block.begin(Block::None, &mut html);
            let heading = heading.trim_start_matches('#').trim();
            html.push_str("<p><b>");
            with_code(heading, &mut html);
            html.push_str("</b></p>");
        } else {
            // The next line of an item, or of a paragraph.
            if block == Block::None {
                block.begin(Block::Paragraph, &mut html);
            } else {
                html.push(' ');
            }
            with_code(trimmed, &mut html);
        }
    }
    block.begin(Block::None, &mut html);
    html
}

fn line(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    if text.contains('\n') {
        with_code(&text.replace('\n', " "), &mut html);
    } else {
        with_code(text, &mut html);
    }
    html
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
fn with_code(text: &str, html: &mut String) {
    if !text.contains('`') {
        return escape(text, html);
    }
    let text = text.replace("[`", "`").replace("`]", "`");
    let parts: Vec<&str> = text.split('`').collect();
    // A backtick that has no other is one.
    if parts.len().is_multiple_of(2) {
        return escape(&text, html);
    }
    for (at, part) in parts.into_iter().enumerate() {
        let is_code = at % 2 == 1;
        html.push_str(if is_code { "<code>" } else { "" });
        escape(part, html);
        html.push_str(if is_code { "</code>" } else { "" });
    }
}

fn escape(text: &str, html: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"']) {
        html.push_str(&rest[..at]);
        html.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ => "&quot;",
        });
        rest = &rest[at + 1..];
    }
    html.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::{blocks, line};

    #[test]
    fn what_comments_are_made_of() {
        let check = |text: &str, expected: &str| assert_eq!(blocks(text), expected);
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
        assert_eq!(line("See [`Order`],\n<i>"), "See <code>Order</code>, &lt;i&gt;");
    }
}
