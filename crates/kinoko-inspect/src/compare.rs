//! What one side writes, held against what the other reads.
//!
//! This is the judge of everything else: a change is breaking when there is a value that the writer can
//! produce and the reader refuses, and safe when it is proved that there is none. Each break carries
//! such a value. Where neither is found, it is said that it could not be told.
//!
//! A writer writes only the fields its schema names, as a type does; a reader takes what its schema takes.

mod inside;
mod literals;
mod path;
mod tag;
mod walk;

use serde_json::Value;

use crate::{
    rules::{Level, SchemaRule},
    schema::{Id, Shapes},
};

pub use path::{Path, Step};

/// Something that does not fit between a writer and a reader.
#[derive(Clone)]
pub struct Mismatch {
    /// The rule it is a case of.
    pub rule: &'static SchemaRule,
    /// Where in the value.
    pub path: Path,
    /// What the writer does.
    pub writes: String,
    /// What the reader expects.
    pub reads: String,
    /// A whole value that the writer may write and the reader refuses.
    pub value: Option<Value>,
}

impl Mismatch {
    /// How bad it is, when the new side is the one that reads, or the one that writes.
    ///
    /// What nobody could show a value of is no more than dangerous.
    pub fn level(&self, new_side_reads: bool) -> Level {
        let levels = self.rule.about.level;
        let level = if new_side_reads { levels.reader } else { levels.writer };
        if self.value.is_none() { level.min(Level::Dangerous) } else { level }
    }

    /// Whether there is a value that is refused.
    pub fn breaks(&self) -> bool {
        self.is_refusal() && self.value.is_some()
    }

    /// Whether it is of a kind that makes a reader refuse, shown or not.
    pub fn is_refusal(&self) -> bool {
        self.rule.about.level.writer > Level::Safe
    }
}

/// Everything that does not fit. When it is empty, or has only what is [safe](Level::Safe) either way, it
/// is proved that the reader takes whatever the writer writes.
pub fn compare(shapes: &Shapes, writer: Id, reader: Id) -> Vec<Mismatch> {
    let mut found = walk::Walk::new(shapes).pair(writer, reader);
    for it in &mut found {
        // A value is only believed when it can be written and is refused as a whole: another variant may read it.
        let holds =
            |value: &Value| shapes.surely_accepts(writer, value) && !shapes.accepts(reader, value);
        it.value = it.value.take().filter(holds);
    }
    // Of two that say the same the one that can be shown is kept.
    let order = |it: &Mismatch| (it.path.clone(), it.rule.about.id, it.value.is_none());
    found.sort_by_key(order);
    found.dedup_by(|a, b| a.path == b.path && a.rule.about.id == b.rule.about.id);
    found
}

/// Whether it is proved that the reader takes whatever the writer writes.
pub fn fits(found: &[Mismatch]) -> bool {
    !found.iter().any(Mismatch::is_refusal)
}

impl std::fmt::Debug for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Mismatch { rule, path, writes, reads, value } = self;
        write!(f, "{} at {path:?}: {writes} / {reads}: {value:?}", rule.about.id)
    }
}
