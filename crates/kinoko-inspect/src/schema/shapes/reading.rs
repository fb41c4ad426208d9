//! [`Reading`]: one document on its way into [`Shapes`], node by node.

use std::collections::{BTreeMap, btree_map::Entry};

use serde_json::Value;

use super::{Node, Shapes, Source};
use crate::schema::{
    both, pattern,
    read::{self, Document},
    shape::{Alternative, Id, Objects, Rest, Shape, Unread},
};

/// More nodes than any schema of a service has; those of a document beyond are not known.
const MOST_NODES: usize = 50_000;

/// How deep schemas that are needed to read each other go before it is given up.
const DEEPEST: usize = 200;

/// One document on its way in.
pub(in crate::schema) struct Reading<'a, 's> {
    shapes: &'s mut Shapes,
    pub(in crate::schema) document: Document<'a>,
    /// The node of each schema of the document that has one, by its place in memory.
    begun: BTreeMap<usize, Id>,
    /// What nodes are called by who refers to them.
    pub(super) names: BTreeMap<Id, &'a str>,
    /// The first node of this document.
    first: usize,
    /// How many schemas are being read.
    deep: usize,
}

impl<'a, 's> Reading<'a, 's> {
    pub(super) fn new(shapes: &'s mut Shapes, document: Document<'a>) -> Reading<'a, 's> {
        let first = shapes.nodes.len();
        Reading { shapes, document, begun: BTreeMap::new(), names: BTreeMap::new(), first, deep: 0 }
    }

    /// The node of a schema within the document, which may be read later.
    pub(in crate::schema) fn node(&mut self, schema: &'a Value) -> Id {
        if let Some((target, name)) = self.document.only_refers(schema) {
            let id = self.node(target);
            self.names.entry(id).or_insert(name);
            return id;
        }
        match self.begun.entry(std::ptr::from_ref(schema).addr()) {
            Entry::Occupied(begun) => *begun.get(),
            Entry::Vacant(free) => {
                let number = self.document.number(schema);
                let id = self.shapes.push(Node::Waiting(Source::Schema(number)));
                *free.insert(id)
            }
        }
    }

    /// The node of what two nodes both allow.
    pub(in crate::schema) fn both(&mut self, one: Id, other: Id) -> Id {
        if one == other || other == Shapes::ANY {
            return one;
        }
        if one == Shapes::ANY {
            return other;
        }
        // Known by what it is made from in the end, so that one within another does not go on for ever.
        let mut parts = self.shapes.parts(one);
        parts.extend(self.shapes.parts(other));
        if let Some(id) = self.shapes.intersections.get(&parts) {
            return *id;
        }
        let id = self.shapes.push(Node::Waiting(Source::Both(one, other)));
        self.shapes.parts.insert(id, parts.clone());
        self.shapes.intersections.insert(parts, id);
        id
    }

    /// A node that allows nothing.
    pub(in crate::schema) fn never(&mut self) -> Id {
        self.shapes.push(Node::Done(Shape::default()))
    }

    /// What an object holds in a field it has no name for.
    pub(in crate::schema) fn as_unnamed(&mut self, name: &str, objects: &Objects) -> Id {
        let patterns: Vec<_> = objects.patterns.iter().map(|(it, id)| (it.clone(), *id)).collect();
        let mut found = None;
        for (pattern, id) in patterns {
            // A pattern that cannot be read may match: then what it demands counts.
            if pattern::matches(&pattern, name) != Some(false) {
                found = Some(found.map_or(id, |it| self.both(it, id)));
            }
        }
        found.unwrap_or_else(|| match objects.rest {
            Rest::Unsaid | Rest::Any => Shapes::ANY,
            Rest::Refused => self.never(),
            Rest::Each(id) => id,
        })
    }

    /// The shape of a node, read now. `None` when it is being read already.
    pub(in crate::schema) fn shape(&mut self, id: Id) -> Option<Shape> {
        self.read(id);
        match &self.shapes.nodes[id.0 as usize] {
            Node::Done(shape) => Some(shape.clone()),
            Node::Waiting(_) | Node::Begun => None,
        }
    }

    /// Reads a node, unless that was done or begun.
    fn read(&mut self, id: Id) {
        let place = id.0 as usize;
        let Node::Waiting(source) = &self.shapes.nodes[place] else { return };
        let source = *source;
        let too_large = place - self.first > MOST_NODES;
        if too_large || self.deep > DEEPEST {
            self.shapes.nodes[place] =
                Node::Done(unknown(if too_large { "(too large)" } else { "(too deep)" }));
            return;
        }
        self.shapes.nodes[place] = Node::Begun;
        self.deep += 1;
        let shape = match source {
            Source::Schema(schema) => {
                let schema = self.document.at(schema);
                read::schema(self, schema)
            }
            Source::Both(one, other) => match (self.shape(one), self.shape(other)) {
                (Some(one), Some(other)) => both::shapes(self, &one, &other),
                _ => circle(),
            },
        };
        self.deep -= 1;
        let mut shape = shape;
        shape.alternatives.shrink_to_fit();
        self.shapes.nodes[place] = Node::Done(shape);
    }

    /// Reads whatever a node refers to and has not been needed so far.
    pub(super) fn finish(&mut self, begin: usize) {
        let mut place = begin;
        // Reading one may add more behind it.
        while place < self.shapes.nodes.len() {
            #[expect(clippy::cast_possible_truncation, reason = "as in `push`")]
            self.read(Id(place as u32));
            place += 1;
        }
    }

    /// What an alternative allows, for telling whether two have anything in common.
    pub(in crate::schema) fn alternatives(&mut self, id: Id) -> Vec<Alternative> {
        self.shape(id).map_or_else(Vec::new, |it| it.alternatives)
    }
}

/// A schema that is defined by itself and nothing else.
pub(in crate::schema) fn circle() -> Shape {
    unknown("(circular $ref)")
}

/// Anything, of which more is demanded that is not known.
fn unknown(why: &str) -> Shape {
    let mut shape = Shape::any();
    shape.unread.insert(Unread::alone(why));
    shape
}
