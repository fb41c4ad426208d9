//! [`Document`]: what references within a schema are looked up in.

use serde_json::Value;

use super::{Does, does};

/// A document, whose schemas are known by a number.
pub(in crate::schema) struct Document<'a> {
    root: &'a Value,
    schemas: Vec<&'a Value>,
}

impl<'a> Document<'a> {
    pub(in crate::schema) fn new(root: &'a Value) -> Document<'a> {
        Document { root, schemas: Vec::new() }
    }

    /// A number for a schema of this document.
    pub(in crate::schema) fn number(&mut self, schema: &'a Value) -> usize {
        self.schemas.push(schema);
        self.schemas.len() - 1
    }

    /// The schema of a number.
    pub(in crate::schema) fn at(&self, number: usize) -> &'a Value {
        self.schemas[number]
    }

    /// What a schema refers to and by which name, when it does nothing else. `None` too when that leads
    /// round in a circle, or nowhere.
    pub(in crate::schema) fn only_refers(&self, schema: &Value) -> Option<(&'a Value, &'a str)> {
        let mut found = self.refers(schema)?;
        const LONGEST: usize = 64;
        for _ in 0..LONGEST {
            match self.refers(found.0) {
                Some(next) => found = next,
                None => return Some(found),
            }
        }
        None
    }

    fn refers(&self, schema: &Value) -> Option<(&'a Value, &'a str)> {
        let keywords = schema.as_object()?;
        let reference = keywords.get("$ref")?.as_str()?;
        if keywords.keys().any(|it| does(it) != Does::Tell) {
            return None;
        }
        // Of the document, not of the schema, so that it lives as long.
        if let Some(name) = reference.strip_prefix("#/$defs/").filter(|it| is_plain(it)) {
            let (name, target) = self.root.get("$defs")?.as_object()?.get_key_value(name)?;
            return Some((target, name));
        }
        let place = decoded(reference.strip_prefix('#')?)?;
        let target = self.root.pointer(&place)?;
        let (parent, name) = place.rsplit_once('/')?;
        let name = name.replace("~1", "/").replace("~0", "~");
        let (name, _) = self.root.pointer(parent)?.as_object()?.get_key_value(&name)?;
        Some((target, name))
    }

    /// What a reference is to. Only what is in the document itself is looked up: nothing is fetched.
    pub(super) fn target(&self, reference: &str) -> Option<&'a Value> {
        self.root.pointer(&decoded(reference.strip_prefix('#')?)?)
    }
}

/// Whether a part of a reference is the name as it stands.
fn is_plain(part: &str) -> bool {
    !part.contains(['/', '~', '%'])
}

/// A fragment of a reference without its percents (RFC 6901, 6).
fn decoded(fragment: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = fragment.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
