//! [`Shape`]: what a JSON Schema allows, sorted by JSON type. It is the form in which schemas are
//! compared: one list of alternatives, and in each only what values of that type must be like.

use std::collections::{BTreeMap, BTreeSet};

use super::number::Number;

/// A node of [`Shapes`](super::Shapes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub(super) u32);

/// The values one schema allows: those of any of its alternatives.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shape {
    /// Its name under `$defs`, or its title.
    pub name: Option<String>,
    /// What it allows. Nothing at all when empty.
    pub alternatives: Vec<Alternative>,
    /// What it demands beside that and this reading does not understand. Each of them can only allow
    /// less.
    pub unread: BTreeSet<Unread>,
}

/// A demand that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// The keyword, or in brackets what was wrong.
    pub keyword: String,
    /// The whole schema it stands in, as text. Empty where the same words may mean another thing elsewhere.
    pub of: String,
}

/// Values of one JSON type.
#[derive(Debug, Clone, PartialEq)]
pub enum Alternative {
    /// `null`.
    Null,
    /// A boolean, or one of the two.
    Bool(Option<bool>),
    /// A number.
    Number(Numbers),
    /// A string.
    String(Strings),
    /// An array.
    Array(Arrays),
    /// An object.
    Object(Objects),
}

/// Numbers. The default is any of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Numbers {
    /// Whether only integers.
    pub whole: bool,
    /// From where.
    pub least: Option<Bound>,
    /// Up to where.
    pub most: Option<Bound>,
    /// What they are multiples of, all of them.
    pub steps: Vec<Number>,
    /// If only these.
    pub values: Option<Vec<Number>>,
}

/// One end of a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// Where it is.
    pub at: Number,
    /// Whether `at` itself is out of it. Never so with whole numbers.
    pub open: bool,
}

/// Strings. The default is any of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Strings {
    /// If only these.
    pub values: Option<BTreeSet<String>>,
    /// None of these.
    pub but: BTreeSet<String>,
    /// Least length, in characters.
    pub least: u64,
    /// Greatest length, in characters.
    pub most: Option<u64>,
    /// Regular expressions that all match.
    pub patterns: BTreeSet<String>,
    /// Formats they all have, as `date-time`.
    pub formats: BTreeSet<String>,
}

/// Arrays. The default is any of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Arrays {
    /// What stands at the first places.
    pub first: Vec<Id>,
    /// What stands at all others; anything when not said.
    pub rest: Option<Id>,
    /// Least length.
    pub least: u64,
    /// Greatest length.
    pub most: Option<u64>,
    /// Whether no two may be equal.
    pub unique: bool,
}

/// Objects.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Objects {
    /// The fields that have a name.
    pub fields: BTreeMap<String, Field>,
    /// The fields whose name matches a regular expression.
    pub patterns: BTreeMap<String, Id>,
    /// All other fields.
    pub rest: Rest,
}

/// One field of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// What it holds.
    pub shape: Id,
    /// Whether it is always there.
    pub required: bool,
}

/// The fields of an object that have no name in its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rest {
    /// Nothing is said of them. Who reads such an object passes over them, and who writes one
    /// writes none.
    #[default]
    Unsaid,
    /// They may hold anything, and who writes may write them: a map.
    Any,
    /// There may be none.
    Refused,
    /// They hold this: a map.
    Each(Id),
}

impl Shape {
    /// Any value.
    pub fn any() -> Shape {
        let objects = Objects { rest: Rest::Any, ..Objects::default() };
        Shape {
            alternatives: vec![
                Alternative::Null,
                Alternative::Bool(None),
                Alternative::Number(Numbers::default()),
                Alternative::String(Strings::default()),
                Alternative::Array(Arrays::default()),
                Alternative::Object(objects),
            ],
            ..Shape::default()
        }
    }

    /// Whether it allows `null`.
    pub fn allows_null(&self) -> bool {
        self.alternatives.contains(&Alternative::Null)
    }
}

impl Unread {
    /// A demand that is one with no other, whatever it says.
    pub(crate) fn alone(keyword: &str) -> Unread {
        Unread { keyword: keyword.to_owned(), of: String::new() }
    }

    /// A demand of a schema. Who makes the same of the same schema demands the same, unless there is a
    /// reference in it, which may lead elsewhere.
    pub(crate) fn of(keyword: &str, schema: &serde_json::Value) -> Unread {
        let text = schema.to_string();
        let refers = ["\"$ref\"", "\"$dynamicRef\"", "\"$recursiveRef\""];
        let of = if refers.iter().any(|it| text.contains(it)) { String::new() } else { text };
        Unread { keyword: keyword.to_owned(), of }
    }

    /// Whether another's saying so means that it is seen to.
    pub(crate) fn is_comparable(&self) -> bool {
        !self.of.is_empty()
    }
}

impl Alternative {
    /// The JSON type, in JSON Schema's words.
    pub fn json_type(&self) -> &'static str {
        match self {
            Alternative::Null => "null",
            Alternative::Bool(_) => "boolean",
            Alternative::Number(it) if it.whole => "integer",
            Alternative::Number(_) => "number",
            Alternative::String(_) => "string",
            Alternative::Array(_) => "array",
            Alternative::Object(_) => "object",
        }
    }

    /// Whether both are of one JSON type, integers being numbers.
    pub fn is_like(&self, other: &Alternative) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl Arrays {
    /// What stands at that place; `None` for anything.
    pub fn at(&self, place: usize) -> Option<Id> {
        self.first.get(place).copied().or(self.rest)
    }
}

impl Bound {
    /// A bound that belongs to its range.
    pub fn closed(at: Number) -> Bound {
        Bound { at, open: false }
    }
}
