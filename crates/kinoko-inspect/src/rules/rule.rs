//! What a rule is.

use serde::Serialize;
use serde_json::Value;

use crate::{
    interface::Interface,
    schema::{Arrays, Numbers, Objects, Shapes, Strings},
};

/// How bad a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Whoever was served or understood before is so after it.
    Safe,
    /// Nothing is refused, but something may behave otherwise; or it could not be told.
    Dangerous,
    /// There is a message that was understood before and is not after it.
    Breaking,
}

impl Level {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Level::Safe => "safe",
            Level::Dangerous => "dangerous",
            Level::Breaking => "breaking",
        }
    }
}

/// What people are told about a rule.
#[derive(Debug, Serialize)]
pub struct About {
    /// What it is called, for ever: files that acknowledge a break name it.
    pub id: &'static str,
    /// What has happened, in a few words.
    pub title: &'static str,
    /// Why that matters.
    pub rationale: &'static str,
    /// What to do instead.
    pub fix: Fix,
    /// How bad it is.
    pub level: Levels,
    /// One that has happened.
    pub example: Example,
}

/// What to do, by who is changed.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Fix {
    /// When the side that reads is the new one.
    pub reader: &'static str,
    /// When the side that writes is the new one.
    pub writer: &'static str,
}

impl Fix {
    /// One remedy, whichever side is new.
    pub const fn always(text: &'static str) -> Fix {
        Fix { reader: text, writer: text }
    }
}

/// How bad it is, by who is changed.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Levels {
    /// When the side that reads is the new one, as of a request.
    pub reader: Level,
    /// When the side that writes is the new one, as of a reply or an event.
    pub writer: Level,
}

impl Levels {
    /// The same, whichever side is new.
    pub const fn always(level: Level) -> Levels {
        Levels { reader: level, writer: level }
    }
}

/// Two sides that do not fit: of schemas as JSON, of manifests in words.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Example {
    /// What is written, or what was before.
    pub writes: &'static str,
    /// What is read, or what is now.
    pub reads: &'static str,
}

/// A rule about two schemas: what one side may write and the other does not read.
pub struct SchemaRule {
    /// What it says.
    pub about: About,
    /// How it is found.
    pub check: Check,
}

/// How a rule about schemas is found: a function of what the writer's and the reader's values of one
/// type are like, in this order.
pub enum Check {
    /// Of numbers.
    Numbers(fn(&Numbers, &Numbers) -> Option<Hit>),
    /// Of strings.
    Strings(fn(&Strings, &Strings) -> Option<Hit>),
    /// Of arrays. What is in them is compared on its own.
    Arrays(fn(&Shapes, &Arrays, &Arrays) -> Option<Hit>),
    /// Of objects. What is in their fields is compared on its own.
    Objects(fn(&Shapes, &Objects, &Objects) -> Vec<Hit>),
    /// It is about which types and variants there are, and found by who compares these.
    Walk,
}

/// Where a rule was found to be broken.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The field it is about, when it is about one.
    pub field: Option<String>,
    /// What the writer does, in a few words.
    pub writes: String,
    /// What the reader expects.
    pub reads: String,
    /// A value that is written and not read, when one was found.
    pub value: Option<Value>,
}

/// A rule about two versions of a service, beside their schemas.
pub struct ManifestRule {
    /// What it says.
    pub about: About,
    /// How it is found: a function of the old version and the new one.
    pub check: fn(&Interface<'_>, &Interface<'_>) -> Vec<Found>,
}

/// Where a rule about versions was found to apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Of what, as `place.request.lines`.
    pub path: String,
    /// What was there; empty when nothing was.
    pub before: String,
    /// What is there; empty when nothing is.
    pub after: String,
}

impl Found {
    pub(crate) fn new(
        path: impl Into<String>,
        before: impl Into<String>,
        after: impl Into<String>,
    ) -> Found {
        Found { path: path.into(), before: before.into(), after: after.into() }
    }
}
