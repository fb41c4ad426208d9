//! [`View`]: a JSON Schema as far as settings need it: what a key is called, whether it is secret.
//!
//! The schemas are those that `schemars` derives, so only what it writes is understood.

use serde_json::{Map, Value};

/// Schemas within each other; only a schema that refers to itself reaches it.
const MAX_HOPS: usize = 32;

/// A place in a schema, and the root that its `$ref`s are looked up in.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    root: &'a Value,
    at: &'a Value,
}

impl<'a> View<'a> {
    pub(crate) fn new(root: &'a Value) -> View<'a> {
        View { root, at: root }
    }

    /// The keywords here; none where anything goes.
    pub(crate) fn keywords(self) -> Option<&'a Map<String, Value>> {
        self.at.as_object()
    }

    /// Whether nothing at all may be here.
    pub(crate) fn is_never(self) -> bool {
        self.at == &Value::Bool(false)
    }

    /// The same schema document, at another place.
    pub(crate) fn to(self, at: &'a Value) -> View<'a> {
        View { root: self.root, at }
    }

    /// What `$ref` here stands for.
    pub(crate) fn target(self) -> Option<View<'a>> {
        let reference = self.keywords()?.get("$ref")?.as_str()?;
        Some(self.to(self.root.pointer(reference.strip_prefix('#')?)?))
    }

    /// The schemas under a keyword that takes a list of them.
    pub(crate) fn list(self, keyword: &str) -> impl Iterator<Item = View<'a>> + use<'a> {
        let list = self.keywords().and_then(|it| it.get(keyword)).and_then(Value::as_array);
        list.into_iter().flatten().map(move |it| self.to(it))
    }

    /// The alternatives here, of `anyOf` and `oneOf`.
    pub(crate) fn alternatives(self) -> impl Iterator<Item = View<'a>> + use<'a> {
        self.list("anyOf").chain(self.list("oneOf"))
    }

    /// Whether what is here must not be shown.
    pub(crate) fn is_secret(self) -> bool {
        self.parts().iter().any(|it| {
            it.keywords()
                .and_then(|it| it.get("writeOnly"))
                .is_some_and(|it| it == &Value::Bool(true))
        })
    }

    /// The names of the keys that a map here may have, as far as they are known.
    pub(crate) fn property_names(self) -> Vec<&'a str> {
        let parts = self.parts();
        let maps = parts.iter().filter_map(|it| it.keywords()?.get("properties")?.as_object());
        maps.flat_map(|it| it.keys().map(String::as_str)).collect()
    }

    /// The schema of the value under that key.
    pub(crate) fn property(self, key: &str) -> Option<View<'a>> {
        let parts = self.parts();
        let under =
            |keyword| parts.iter().filter_map(move |it| Some(it.to(it.keywords()?.get(keyword)?)));
        let named = under("properties").find_map(|it| Some(it.to(it.at.get(key)?)));
        named.or_else(|| under("additionalProperties").next())
    }

    /// The schema of the items of a list.
    pub(crate) fn items(self) -> Option<View<'a>> {
        self.parts().iter().find_map(|it| Some(it.to(it.keywords()?.get("items")?)))
    }

    /// Whether a map here may have keys beyond the named ones.
    pub(crate) fn is_open(self) -> bool {
        self.keywords().is_some_and(|it| {
            it.contains_key("patternProperties")
                || it.get("additionalProperties").is_some_and(|it| it != &Value::Bool(false))
        })
    }

    /// This place and those it is put together from.
    fn parts(self) -> Vec<View<'a>> {
        let mut parts = vec![self];
        let mut next = 0;
        while next < parts.len() && parts.len() < MAX_HOPS {
            let part = parts[next];
            parts.extend(part.target());
            parts.extend(part.list("allOf"));
            parts.extend(part.alternatives());
            next += 1;
        }
        parts
    }
}
