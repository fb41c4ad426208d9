//! [`Shapes`]: the nodes that schemas become, and how a document gets in.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::{
    both,
    fingerprint::{Fingerprint, Fingerprints},
    pattern,
    read::{self, Document},
    shape::{Alternative, Id, Objects, Rest, Shape, Strings, Unread},
};

/// More nodes than any schema of a service has; those of a document beyond are not known.
const MOST_NODES: usize = 50_000;

/// The shapes of any number of schemas, which refer to each other by [`Id`].
///
/// ```
/// use kinoko_inspect::schema::Shapes;
/// use serde_json::json;
///
/// let mut shapes = Shapes::default();
/// let small = shapes.add(&json!({"type": "integer", "maximum": 9}));
/// assert!(shapes.accepts(small, &json!(7)));
/// assert!(!shapes.accepts(small, &json!(70)));
/// ```
#[derive(Debug)]
pub struct Shapes {
    nodes: Vec<Node>,
    /// How deep the least deep value of each node is.
    depths: Vec<Option<u32>>,
    /// And of how many values that consists.
    sizes: Vec<u64>,
    /// The nodes of what several others all allow, and of each what it is made from.
    intersections: HashMap<BTreeSet<Id>, Id>,
    parts: HashMap<Id, BTreeSet<Id>>,
    /// For a node that allows a few literals, a node for each of them.
    singles: HashMap<Id, Vec<Id>>,
    /// The nodes of the schemas that were read.
    seen: HashMap<Fingerprint, Id>,
    fingerprints: Fingerprints,
}

impl Default for Shapes {
    fn default() -> Shapes {
        let mut shapes = Shapes {
            nodes: Vec::new(),
            depths: Vec::new(),
            sizes: Vec::new(),
            intersections: HashMap::new(),
            parts: HashMap::new(),
            singles: HashMap::new(),
            seen: HashMap::new(),
            fingerprints: Fingerprints::default(),
        };
        shapes.add_shape(Shape::any());
        let alternatives = vec![Alternative::Null];
        shapes.add_shape(Shape { alternatives, ..Shape::default() });
        shapes
    }
}

#[derive(Debug)]
enum Node {
    /// Not read yet.
    Waiting(Source),
    /// Being read: who needs it now goes round in a circle that never meets a value.
    Begun,
    Done(Shape),
}

/// What a node is made from.
#[derive(Debug, Clone, Copy)]
enum Source {
    /// The schema at a place of the document that is being read.
    Schema(usize),
    /// What two nodes both allow.
    Both(Id, Id),
}

/// How deep schemas that are needed to read each other go before it is given up.
const DEEPEST: usize = 200;

impl Shapes {
    /// The node that allows anything.
    pub const ANY: Id = Id(0);
    /// The node that allows `null` and nothing else.
    pub const NULL: Id = Id(1);

    /// Reads a schema that is complete in itself: its references are to its own `$defs`.
    ///
    /// Never fails. What is not understood is noted in [`Shape::unread`], and makes it impossible to
    /// prove anything that depends on it.
    pub fn add(&mut self, schema: &Value) -> Id {
        // Two versions of a service have most of their schemas in common.
        let key = self.fingerprints.of(schema);
        if let Some(id) = self.seen.get(&key) {
            return *id;
        }
        let root = self.read([schema], schema)[0];
        self.seen.insert(key, root);
        root
    }

    /// The same of a schema and of each type under its `$defs`, in the order of their names.
    pub(crate) fn add_with_types(&mut self, schema: &Value) -> (Id, Vec<Id>) {
        let types = schema.get("$defs").and_then(Value::as_object);
        let parts = std::iter::once(schema).chain(types.into_iter().flat_map(|it| it.values()));
        let ids = self.read(parts, schema);
        let key = self.fingerprints.of(schema);
        self.seen.insert(key, ids[0]);
        (ids[0], ids[1..].to_vec())
    }

    /// Reads parts of a document.
    fn read<'a>(
        &mut self,
        parts: impl IntoIterator<Item = &'a Value>,
        document: &'a Value,
    ) -> Vec<Id> {
        let begin = self.nodes.len();
        let mut reading = Reading::new(self, Document::new(document));
        let ids = parts.into_iter().map(|it| reading.node(it)).collect();
        reading.finish(begin);
        let names = reading.names;
        self.name(names);
        self.single_out(begin);
        self.measure();
        ids
    }

    /// The node of what two nodes both allow.
    pub fn intersection(&mut self, one: Id, other: Id) -> Id {
        let begin = self.nodes.len();
        let nothing = Value::Bool(true);
        let document = Document::new(&nothing);
        let mut reading = Reading::new(self, document);
        let both = reading.both(one, other);
        reading.finish(begin);
        self.single_out(begin);
        self.measure();
        both
    }

    /// A node of what either of two nodes allows.
    pub fn union(&mut self, one: Id, other: Id) -> Id {
        let mut shape = self.shape(one).clone();
        let other = self.shape(other).clone();
        shape.alternatives.extend(other.alternatives);
        // What one of them demands is not demanded of both.
        let unread = shape.unread.iter().chain(&other.unread);
        shape.unread = unread.map(|it| Unread::alone(&it.keyword)).collect();
        self.add_shape(shape)
    }

    /// Makes a node of a shape whose nodes are of here.
    pub fn add_shape(&mut self, shape: Shape) -> Id {
        let id = self.push(Node::Done(shape));
        self.measure();
        id
    }

    /// What a node allows.
    pub fn shape(&self, id: Id) -> &Shape {
        match &self.nodes[id.0 as usize] {
            Node::Done(shape) => shape,
            Node::Waiting(_) | Node::Begun => unreachable!("a document is read to its end"),
        }
    }

    /// A node for each literal of a node that allows only a few of them; empty for others.
    pub(crate) fn single_values(&self, id: Id) -> &[Id] {
        self.singles.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Gives nodes the names they are referred to by.
    fn name(&mut self, names: HashMap<Id, String>) {
        for (id, name) in names {
            if let Node::Done(shape) = &mut self.nodes[id.0 as usize] {
                shape.name = Some(name);
            }
        }
    }

    fn single_out(&mut self, begin: usize) {
        const FEW: usize = 64;
        for place in begin..self.nodes.len() {
            let Node::Done(shape) = &self.nodes[place] else { continue };
            let [only] = shape.alternatives.as_slice() else { continue };
            let literals: Vec<Alternative> = match only {
                Alternative::Bool(None) => {
                    [false, true].map(|it| Alternative::Bool(Some(it))).into()
                }
                Alternative::String(Strings { values: Some(values), .. }) => {
                    let one = |it: &String| Strings {
                        values: Some([it.clone()].into()),
                        ..Strings::default()
                    };
                    values.iter().map(|it| Alternative::String(one(it))).collect()
                }
                _ => continue,
            };
            if (2..=FEW).contains(&literals.len()) {
                let shape = |it| Shape { alternatives: vec![it], ..Shape::default() };
                let nodes =
                    literals.into_iter().map(|it| self.push(Node::Done(shape(it)))).collect();
                self.singles.insert(Id(u32::try_from(place).unwrap_or(u32::MAX)), nodes);
            }
        }
    }

    /// Whether a node allows anything, as far as that is found out.
    pub(crate) fn has_values(&self, id: Id) -> bool {
        self.depth(id).is_some()
    }

    /// How deep the least deep value of a node is; `None` when there is none.
    pub(super) fn depth(&self, id: Id) -> Option<u32> {
        self.depths.get(id.0 as usize).copied().flatten()
    }

    /// Finds the depths of the nodes that have none yet.
    fn measure(&mut self) {
        let begin = self.depths.len();
        self.depths.resize(self.nodes.len(), None);
        loop {
            let mut changed = false;
            // What is referred to mostly comes behind who refers to it.
            for place in (begin..self.nodes.len()).rev() {
                let Node::Done(shape) = &self.nodes[place] else { continue };
                let least = shape.alternatives.iter().filter_map(|it| self.depth_of(it)).min();
                // Depths only fall from here on, so this ends.
                if least.is_some() && least != self.depths[place] {
                    self.depths[place] = least;
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        // Whatever the least deep value of a node has in it is less deep.
        self.sizes.resize(self.nodes.len(), 1);
        let mut order: Vec<usize> = (begin..self.nodes.len()).collect();
        order.sort_by_key(|it| self.depths[*it]);
        for place in order {
            let Node::Done(shape) = &self.nodes[place] else { continue };
            let possible =
                shape.alternatives.iter().filter_map(|it| Some((self.depth_of(it)?, it)));
            if let Some((_, chosen)) = possible.min_by_key(|(depth, _)| *depth) {
                self.sizes[place] = self.size_of(chosen);
            }
        }
    }

    /// Of how many values the least deep value of a node consists.
    pub(super) fn size(&self, id: Id) -> u64 {
        self.sizes.get(id.0 as usize).copied().unwrap_or(1)
    }

    /// What a node is an intersection of; itself when it is none.
    fn parts(&self, id: Id) -> BTreeSet<Id> {
        self.parts.get(&id).cloned().unwrap_or_else(|| BTreeSet::from([id]))
    }

    fn push(&mut self, node: Node) -> Id {
        self.nodes.push(node);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "there are at most MOST_NODES and some"
        )]
        Id(self.nodes.len() as u32 - 1)
    }
}

/// One document on its way in.
pub(super) struct Reading<'a, 's> {
    shapes: &'s mut Shapes,
    pub(super) document: Document<'a>,
    /// The node of each schema of the document that has one, by its place.
    begun: HashMap<usize, Id>,
    /// What nodes are called by who refers to them.
    names: HashMap<Id, String>,
    /// The first node of this document.
    first: usize,
    /// How many schemas are being read.
    deep: usize,
}

impl<'a, 's> Reading<'a, 's> {
    fn new(shapes: &'s mut Shapes, document: Document<'a>) -> Reading<'a, 's> {
        let first = shapes.nodes.len();
        Reading { shapes, document, begun: HashMap::new(), names: HashMap::new(), first, deep: 0 }
    }

    /// The node of a schema within the document, which may be read later.
    pub(super) fn node(&mut self, schema: &'a Value) -> Id {
        if let Some((target, name)) = self.document.only_refers(schema) {
            let id = self.node(target);
            self.names.entry(id).or_insert_with(|| name.to_owned());
            return id;
        }
        let place = self.document.place(schema);
        if let Some(id) = self.begun.get(&place) {
            return *id;
        }
        let id = self.shapes.push(Node::Waiting(Source::Schema(place)));
        self.begun.insert(place, id);
        id
    }

    /// The node of what two nodes both allow.
    pub(super) fn both(&mut self, one: Id, other: Id) -> Id {
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
    pub(super) fn never(&mut self) -> Id {
        self.shapes.push(Node::Done(Shape::default()))
    }

    /// What an object holds in a field it has no name for.
    pub(super) fn as_unnamed(&mut self, name: &str, objects: &Objects) -> Id {
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
    pub(super) fn shape(&mut self, id: Id) -> Option<Shape> {
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
    fn finish(&mut self, begin: usize) {
        let mut place = begin;
        // Reading one may add more behind it.
        while place < self.shapes.nodes.len() {
            #[expect(clippy::cast_possible_truncation, reason = "as in `push`")]
            self.read(Id(place as u32));
            place += 1;
        }
    }

    /// What an alternative allows, for telling whether two have anything in common.
    pub(super) fn alternatives(&mut self, id: Id) -> Vec<Alternative> {
        self.shape(id).map_or_else(Vec::new, |it| it.alternatives)
    }
}

/// A schema that is defined by itself and nothing else.
pub(super) fn circle() -> Shape {
    unknown("(circular $ref)")
}

/// Anything, of which more is demanded that is not known.
fn unknown(why: &str) -> Shape {
    let mut shape = Shape::any();
    shape.unread.insert(Unread::alone(why));
    shape
}
