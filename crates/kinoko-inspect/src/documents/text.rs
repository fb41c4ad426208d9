//! A document as text: JSON as `serde_json` indents it, which writes each level's indent by itself; documents are deep.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Serializer, Value, ser::Formatter};

/// A line end, and the indent of as many levels as most documents have.
const LINE: &[u8] = b"\n                                                                ";

/// The text of a document.
pub(crate) fn text(document: &Value) -> String {
    let mut text = within(document, 0);
    text.push('\n');
    text
}

/// The text of a part of a document, so many levels deep in it.
pub(crate) fn within(value: &Value, level: usize) -> String {
    let mut text = Vec::with_capacity(1 << 10);
    let indented = Indented { level, filled: false };
    // Nothing in a value cannot be written as JSON, and what JSON is written as is UTF-8.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut text, indented));
    String::from_utf8(text).unwrap_or_default()
}

struct Indented {
    level: usize,
    /// Whether there is something in what is being written.
    filled: bool,
}

impl Indented {
    fn begin<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.level += 1;
        self.filled = false;
        writer.write_all(bracket)
    }

    fn end<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.level -= 1;
        if self.filled {
            self.line(writer)?;
        }
        writer.write_all(bracket)
    }

    fn next<W: ?Sized + Write>(&self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.line(writer)
    }

    fn line<W: ?Sized + Write>(&self, writer: &mut W) -> io::Result<()> {
        let mut left = 1 + 2 * self.level;
        let first = left.min(LINE.len());
        writer.write_all(&LINE[..first])?;
        left -= first;
        while left > 0 {
            let some = left.min(LINE.len() - 1);
            writer.write_all(&LINE[1..=some])?;
            left -= some;
        }
        Ok(())
    }
}

impl Formatter for Indented {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.next(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.next(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::text;

    #[test]
    fn it_is_what_serde_json_writes() {
        let mut deep = json!([]);
        for _ in 0..100 {
            deep = json!({"a": [deep, {}], "b": []});
        }
        for document in [json!(null), json!({"a": "\n\"ö", "b": [1, -2.5, true, {"c": {}}]}), deep]
        {
            assert_eq!(text(&document), format!("{document:#}\n"));
        }
        assert_eq!(text(&Value::Array(Vec::new())), "[]\n");
    }
}
