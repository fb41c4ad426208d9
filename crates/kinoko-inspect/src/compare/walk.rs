//! The walk over two schemas at once: which of the reader's alternatives would read each of the writer's,
//! and what the rules say of that pair.

use std::collections::HashMap;

use super::{
    Mismatch, literals,
    path::{Path, Step},
    tag::{label, literal_count, tag},
};
use crate::{
    rules::{self, Check, Hit, SchemaRule},
    schema::{Alternative, Field, Id, Shapes, disjoint},
};

/// Pairs of schemas that are looked at before it is given up.
const MOST_PAIRS: usize = 100_000;
/// How deep schemas go before it is given up.
const DEEPEST: usize = 200;
/// How much that does not fit is told of one pair.
const MOST_FOUND: usize = 50;

pub(super) struct Walk<'s> {
    pub(super) shapes: &'s Shapes,
    /// The pairs being compared. One that is met again within itself fits if everything else does.
    begun: Vec<(Id, Id)>,
    /// How far down in `begun` anything that was relied on is.
    relied_on: usize,
    known: HashMap<(Id, Id), Vec<Mismatch>>,
    looked_at: usize,
}

impl<'s> Walk<'s> {
    pub(super) fn new(shapes: &'s Shapes) -> Walk<'s> {
        Walk {
            shapes,
            begun: Vec::new(),
            relied_on: usize::MAX,
            known: HashMap::new(),
            looked_at: 0,
        }
    }

    /// What does not fit between two schemas.
    pub(super) fn pair(&mut self, writer: Id, reader: Id) -> Vec<Mismatch> {
        if writer == reader {
            return Vec::new();
        }
        let pair = (writer, reader);
        if let Some(at) = self.begun.iter().position(|it| *it == pair) {
            self.relied_on = self.relied_on.min(at);
            return Vec::new();
        }
        if let Some(known) = self.known.get(&pair) {
            self.looked_at += known.len();
            return known.clone();
        }
        if self.is_too_much() || self.begun.len() > DEEPEST {
            return vec![not_judged("too large to be compared", "too large to be compared")];
        }
        let outer = std::mem::replace(&mut self.relied_on, usize::MAX);
        self.begun.push(pair);
        let mut found = self.schemas(writer, reader);
        if found.len() > MOST_FOUND {
            // Those that refuse are what matters.
            found.sort_by_key(|it| !it.is_refusal());
            found.truncate(MOST_FOUND);
        }
        self.begun.pop();
        // What was found while relying on a pair further out is true only if that one holds.
        if self.relied_on >= self.begun.len() {
            self.known.insert(pair, found.clone());
            self.relied_on = usize::MAX;
        }
        self.relied_on = self.relied_on.min(outer);
        found
    }

    fn schemas(&mut self, writer: Id, reader: Id) -> Vec<Mismatch> {
        let shapes = self.shapes;
        let (writes, reads) = (shapes.shape(writer), shapes.shape(reader));
        let mut found = Vec::new();
        for demand in &reads.unread {
            if !demand.is_comparable() || !writes.unread.contains(demand) {
                found.push(not_judged("nothing of the kind", &demand.keyword));
            }
        }
        let several = writes.alternatives.iter().filter(|it| matches!(it, Alternative::Object(_)));
        let several = several.count() > 1;
        for alternative in &writes.alternatives {
            let mut of_it = self.alternative(alternative, &reads.alternatives, reader);
            if several && let Some(label) = label(shapes, alternative) {
                of_it =
                    of_it.into_iter().map(|it| within(it, &Step::Variant(label.clone()))).collect();
            }
            found.extend(of_it);
        }
        found
    }

    /// What does not fit between one alternative of the writer and those of the reader.
    fn alternative(
        &mut self,
        writes: &Alternative,
        reads: &[Alternative],
        reader: Id,
    ) -> Vec<Mismatch> {
        let like: Vec<&Alternative> = reads.iter().filter(|it| writes.is_like(it)).collect();
        if like.is_empty() {
            let rule = if *writes == Alternative::Null {
                &rules::schema::null_refused::RULE
            } else {
                &rules::schema::kind::RULE
            };
            return vec![self.whole(rule, writes, reader)];
        }
        if let Some(found) = self.literals(writes, &like, reader) {
            return found;
        }
        let meant = self.meant(writes, like);
        let mut best: Option<Vec<Mismatch>> = None;
        for it in &meant {
            let found = self.against(writes, it);
            if !found.iter().any(Mismatch::is_refusal) {
                return found;
            }
            if best.as_ref().is_none_or(|best| found.len() < best.len()) {
                best = Some(found);
            }
        }
        if meant.len() > 1
            && let Some(parts) = self.split(writes, &meant)
        {
            let mut found = Vec::new();
            for part in &parts {
                if self.is_too_much() {
                    return vec![not_judged(
                        "too large to be compared",
                        "too large to be compared",
                    )];
                }
                found.extend(self.alternative(part, reads, reader));
            }
            return found;
        }
        best.unwrap_or_else(|| vec![self.whole(&rules::schema::variant::RULE, writes, reader)])
    }

    /// Counts one more comparison. Whether it is one too many.
    fn is_too_much(&mut self) -> bool {
        self.looked_at += 1;
        self.looked_at > MOST_PAIRS
    }

    /// Those of several alternatives that can be meant: of the same tag, if there are any, else those that
    /// have not surely another.
    fn meant<'r>(&self, writes: &Alternative, like: Vec<&'r Alternative>) -> Vec<&'r Alternative> {
        if like.len() < 2 {
            return like;
        }
        let own = tag(self.shapes, writes);
        if own.is_some() {
            let same = like.iter().copied().filter(|it| tag(self.shapes, it) == own);
            let same: Vec<&Alternative> = same.collect();
            if !same.is_empty() {
                return same;
            }
        }
        let look = &mut |id| self.shapes.shape(id).alternatives.clone();
        like.into_iter().filter(|it| !disjoint::alternatives(look, writes, it)).collect()
    }

    /// A whole alternative that is not read.
    pub(super) fn whole(
        &self,
        rule: &'static SchemaRule,
        writes: &Alternative,
        reader: Id,
    ) -> Mismatch {
        Mismatch {
            rule,
            path: Path::default(),
            writes: self.shapes.one_of(writes, 2),
            reads: self.shapes.describe(reader),
            value: self.shapes.sample_of(writes),
        }
    }

    /// An object whose tag may be one of several, as one object for each.
    fn split(&self, writes: &Alternative, meant: &[&Alternative]) -> Option<Vec<Alternative>> {
        let Alternative::Object(objects) = writes else { return None };
        // Only what tells the reader's variants apart is worth it.
        let tells = |name: &String| {
            meant.iter().any(|it| match it {
                Alternative::Object(it) => it.fields.get(name).is_some_and(|it| {
                    self.shapes
                        .shape(it.shape)
                        .alternatives
                        .iter()
                        .any(|it| literal_count(it) == Some(1))
                }),
                _ => false,
            })
        };
        for (name, field) in &objects.fields {
            let nodes = self.shapes.single_values(field.shape);
            if nodes.len() > 1 && tells(name) {
                let parts = nodes.iter().map(|shape| {
                    let mut part = objects.clone();
                    part.fields.insert(name.clone(), Field { shape: *shape, ..*field });
                    Alternative::Object(part)
                });
                return Some(parts.collect());
            }
        }
        None
    }

    /// What the rules say of two alternatives of one type, and what does not fit within them.
    fn against(&mut self, writes: &Alternative, reads: &Alternative) -> Vec<Mismatch> {
        let mut found = Vec::new();
        for rule in rules::schema::RULES {
            let hits = match (&rule.check, writes, reads) {
                (Check::Numbers(check), Alternative::Number(w), Alternative::Number(r)) => {
                    check(w, r).into_iter().collect()
                }
                (Check::Strings(check), Alternative::String(w), Alternative::String(r)) => {
                    check(w, r).into_iter().collect()
                }
                (Check::Arrays(check), Alternative::Array(w), Alternative::Array(r)) => {
                    check(self.shapes, w, r).into_iter().collect()
                }
                (Check::Objects(check), Alternative::Object(w), Alternative::Object(r)) => {
                    check(self.shapes, w, r)
                }
                _ => Vec::new(),
            };
            found.extend(hits.into_iter().map(|hit| mismatch(rule, hit)));
        }
        match (writes, reads) {
            (Alternative::Number(w), Alternative::Number(r)) => {
                found.extend(literals::beyond_numbers(w, r));
            }
            (Alternative::String(w), Alternative::String(r)) => {
                found.extend(literals::beyond_strings(w, r));
                found.extend(literals::excluded_strings(w, r));
            }
            (Alternative::Array(w), Alternative::Array(r)) => found.extend(self.items(w, r)),
            (Alternative::Object(w), Alternative::Object(r)) => found.extend(self.fields(w, r)),
            _ => {}
        }
        found
    }
}

pub(super) fn within(mut mismatch: Mismatch, step: &Step) -> Mismatch {
    mismatch.path = mismatch.path.within(step.clone());
    mismatch
}

pub(super) fn mismatch(rule: &'static SchemaRule, hit: Hit) -> Mismatch {
    let path = Path(hit.field.into_iter().map(Step::Field).collect());
    Mismatch { rule, path, writes: hit.writes, reads: hit.reads, value: hit.value }
}

fn not_judged(writes: &str, reads: &str) -> Mismatch {
    Mismatch {
        rule: &rules::schema::unread::RULE,
        path: Path::default(),
        writes: writes.to_owned(),
        reads: reads.to_owned(),
        value: None,
    }
}
