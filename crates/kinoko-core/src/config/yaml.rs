//! YAML to [`Node`]s: what a text says, with the line each value stands on.
//!
//! Built on the parser's events and not on serde, because only events tell a quoted scalar from a
//! plain one and show tags, and both decide whether `${VAR}` is replaced. Replacing happens on
//! parsed scalars, never on the text, so a variable's value cannot change the structure around it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use serde_json::{Number, Value};
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, StrInput, Tag, options};

use super::{
    node::{Content, Node, Source},
    scalar,
    substitute::{has_reference, substitute},
};

/// Bytes of one text.
pub(crate) const MAX_TEXT: usize = 1 << 20;
/// Values of one text, with what aliases repeat.
const MAX_NODES: usize = 100_000;
/// Maps and lists within each other.
const MAX_DEPTH: usize = 64;

/// Why a text is no configuration. Never quotes the text, which may be a secret.
#[derive(Debug)]
pub(crate) struct YamlError {
    /// From 1.
    pub(crate) line: usize,
    pub(crate) message: String,
}

/// Where the values of a text are said to come from.
pub(crate) enum Place {
    /// Each on its line of that file.
    File(Arc<str>),
    /// All from there.
    Fixed(Source),
}

/// What `text` says; null when it says nothing. Without an environment, `${VAR}` is plain text.
///
/// # Errors
/// When it is not one YAML document, or larger than any configuration.
pub(crate) fn parse(
    text: &str,
    place: &Place,
    environment: Option<&BTreeMap<String, String>>,
) -> Result<Node, YamlError> {
    let at_line = |line, message: &str| YamlError { line, message: message.to_owned() };
    if text.len() > MAX_TEXT {
        return Err(at_line(1, "too long: more than 1 MiB"));
    }
    // libyaml, which Nameko's files were written for, adds no line feed at the end of the input.
    let options = options! {
        emit_comments: false,
        block_scalar_eof_without_line_feed: true,
    };
    let parser = Parser::new_from_str_with_options(text, options);
    let mut reader =
        Reader { parser, place, environment, anchors: HashMap::new(), left: MAX_NODES, line: 1 };
    let mut root = None;
    loop {
        match reader.next()? {
            Event::StreamEnd => break,
            Event::DocumentStart(..) if root.is_some() => {
                return Err(at_line(reader.line, "a second document begins: one is wanted"));
            }
            event if event.is_node() => root = Some(reader.node(event, 0)?),
            _ => {}
        }
    }
    Ok(root.unwrap_or_else(|| Node::scalar(Value::Null, reader.source())))
}

/// A value that was given by itself, in an environment variable or a flag: YAML if it can be read
/// as that, and otherwise just text, as a token that happens to begin with `*`.
pub(crate) fn parse_value(text: &str, source: Source) -> Node {
    let mut node = parse(text, &Place::Fixed(source.clone()), None)
        .unwrap_or_else(|_| Node::scalar(text, source));
    node.text = Some(text.into());
    node
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    place: &'a Place,
    environment: Option<&'a BTreeMap<String, String>>,
    anchors: HashMap<usize, Node>,
    left: usize,
    line: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Event<'a>, YamlError> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                self.line = span.start.line();
                Ok(event)
            }
            Some(Err(error)) => {
                Err(YamlError { line: error.marker().line(), message: error.kind().to_string() })
            }
            None => Ok(Event::StreamEnd),
        }
    }

    fn node(&mut self, event: Event<'a>, depth: usize) -> Result<Node, YamlError> {
        if depth > MAX_DEPTH {
            return Err(self.error(format!("nested deeper than {MAX_DEPTH}")));
        }
        let source = self.source();
        let (content, anchor) = match event {
            Event::Alias(id) => {
                let node = self.anchors.get(&id).cloned();
                let node =
                    node.ok_or_else(|| self.error("an alias stands inside its own value"))?;
                self.spend(node.size())?;
                return Ok(node);
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.spend(1)?;
                let node = self.scalar(&text, style, tag.as_deref(), source)?;
                self.remember(anchor, &node)?;
                return Ok(node);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.wants_tag(tag.as_deref(), "seq")?;
                (Content::List(self.list(depth)?), anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.wants_tag(tag.as_deref(), "map")?;
                (Content::Map(self.map(depth)?), anchor)
            }
            _ => return Err(self.error("a value is wanted here")),
        };
        self.spend(1)?;
        let node = Node::new(content, source);
        self.remember(anchor, &node)?;
        Ok(node)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, YamlError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Ok(items),
                event => items.push(self.node(event, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<BTreeMap<String, Node>, YamlError> {
        let mut entries = BTreeMap::new();
        let mut merged = Vec::new();
        loop {
            let event = self.next()?;
            let line = self.line;
            let key = match &event {
                Event::MappingEnd => break,
                Event::Scalar(_, ScalarStyle::Plain, ..) => match event.scalar() {
                    Some(("<<", _)) => None,
                    // The parser's word for a key that is not there, as in `: value`.
                    Some(("~", _)) => return Err(self.error("a key has to be text")),
                    Some((text, _)) if !self.is_substituted(text) => Some(text.to_owned()),
                    _ => Some(self.key(event, depth)?),
                },
                _ => Some(self.key(event, depth)?),
            };
            let event = self.next()?;
            let value = self.node(event, depth + 1)?;
            match key {
                None => merged.push(value),
                Some(key) => {
                    if entries.contains_key(&key) {
                        let message = format!("key `{key}` stands here for the second time");
                        return Err(YamlError { line, message });
                    }
                    entries.insert(key, value);
                }
            }
        }
        for value in merged {
            self.merge(value, &mut entries)?;
        }
        Ok(entries)
    }

    /// A key that is quoted, tagged, substituted or an alias.
    fn key(&mut self, event: Event<'a>, depth: usize) -> Result<String, YamlError> {
        match self.node(event, depth + 1)?.content {
            Content::Scalar(Value::String(text)) => Ok(text),
            Content::Scalar(value) => Ok(value.to_string()),
            _ => Err(self.error("a key has to be text")),
        }
    }

    /// `<<: *base`: what is not there already.
    fn merge(&self, value: Node, into: &mut BTreeMap<String, Node>) -> Result<(), YamlError> {
        let maps = match value.content {
            Content::List(items) => items,
            content => vec![Node { content, ..value }],
        };
        for map in maps {
            let Content::Map(entries) = map.content else {
                return Err(self.error("`<<` takes a map, or a list of maps"));
            };
            for (key, node) in entries {
                into.entry(key).or_insert(node);
            }
        }
        Ok(())
    }

    fn scalar(
        &self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        source: Source,
    ) -> Result<Node, YamlError> {
        let Some(tag) = tag else {
            return match style {
                ScalarStyle::Plain if self.is_substituted(text) => self.substituted(text, source),
                ScalarStyle::Plain => Ok(Node::scalar(scalar::resolve(text), source)),
                _ => Ok(Node::scalar(text, source)),
            };
        };
        match (tag.core_suffix(), tag.parts(), self.environment) {
            (_, ("!", "env_var"), Some(_)) => self.substituted(text, source),
            (_, ("!", "raw_env_var"), Some(environment)) => {
                let replaced = substitute(text, environment).map_err(|it| self.error(it))?;
                Ok(Node::scalar(replaced.unwrap_or_else(|| text.to_owned()), source))
            }
            (Some("str"), ..) | (_, ("" | "!", "") | ("", "!"), _) => {
                Ok(Node::scalar(text, source))
            }
            (Some("float"), ..) => {
                let value = text.replace('_', "").parse().ok().and_then(Number::from_f64);
                Ok(Node::scalar(value.ok_or_else(|| self.not_a("float"))?, source))
            }
            (Some(wanted @ ("int" | "bool" | "null")), ..) => {
                let value = scalar::resolve(text);
                let fits = match wanted {
                    "int" => value.is_i64() || value.is_u64(),
                    "bool" => value.is_boolean(),
                    _ => value.is_null(),
                };
                if fits { Ok(Node::scalar(value, source)) } else { Err(self.not_a(wanted)) }
            }
            _ => Err(self.error(
                "an unknown tag: known are `!env_var`, `!raw_env_var` and YAML's own `!!str`, \
                 `!!int`, `!!float`, `!!bool`, `!!null`, `!!seq`, `!!map`",
            )),
        }
    }

    fn is_substituted(&self, text: &str) -> bool {
        self.environment.is_some() && has_reference(text)
    }

    /// The text with its variables replaced, read once more as YAML; it stays text if it has none.
    fn substituted(&self, text: &str, source: Source) -> Result<Node, YamlError> {
        let replaced = match self.environment {
            Some(environment) => substitute(text, environment).map_err(|it| self.error(it))?,
            None => None,
        };
        let Some(replaced) = replaced else { return Ok(Node::scalar(text, source)) };
        let mut node = parse(&replaced, &Place::Fixed(source), None).map_err(|error| {
            let message = error.message;
            self.error(format!(
                "once its `${{…}}` are replaced the value is not YAML ({message}): to take it as \
                 text, write `!raw_env_var \"…\"`"
            ))
        })?;
        node.text = Some(replaced.into());
        Ok(node)
    }

    fn wants_tag(&self, tag: Option<&Tag>, wanted: &str) -> Result<(), YamlError> {
        match tag {
            Some(tag) if tag.core_suffix() != Some(wanted) => Err(self.not_a(wanted)),
            _ => Ok(()),
        }
    }

    fn not_a(&self, wanted: &str) -> YamlError {
        self.error(format!("the tag does not fit the value, which is not a `{wanted}`"))
    }

    fn remember(&mut self, anchor: usize, node: &Node) -> Result<(), YamlError> {
        if anchor != 0 {
            self.spend(node.size())?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(())
    }

    fn spend(&mut self, nodes: usize) -> Result<(), YamlError> {
        self.left = self
            .left
            .checked_sub(nodes)
            .ok_or_else(|| self.error(format!("more than {MAX_NODES} values")))?;
        Ok(())
    }

    fn source(&self) -> Source {
        match self.place {
            Place::File(name) => Source::File { name: name.clone(), line: self.line },
            Place::Fixed(source) => source.clone(),
        }
    }

    fn error(&self, message: impl Into<String>) -> YamlError {
        YamlError { line: self.line, message: message.into() }
    }
}

#[cfg(test)]
mod tests;
