//! [`Shapes`]: the nodes that schemas become, and how a document gets in.

mod reading;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

pub(super) use self::reading::{Reading, circle};
use super::{
    fingerprint::{Fingerprint, Fingerprints},
    read::Document,
    shape::{Alternative, Id, Shape, Strings, Unread},
};

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
    /// A schema of the document that is being read, by its number.
    Schema(usize),
    /// What two nodes both allow.
    Both(Id, Id),
}

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

    /// Reads a schema and each type under its `$defs`, in the order of their names.
    pub(crate) fn add_with_types(&mut self, schema: &Value) -> (Id, Vec<Id>) {
        let types = schema.get("$defs").and_then(Value::as_object);
        let parts = std::iter::once(schema).chain(types.into_iter().flat_map(|it| it.values()));
        let mut ids = self.read(parts, schema);
        let types = ids.split_off(1);
        (ids[0], types)
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
    fn name(&mut self, names: BTreeMap<Id, &str>) {
        for (id, name) in names {
            if let Node::Done(shape) = &mut self.nodes[id.0 as usize] {
                shape.name = Some(name.to_owned());
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
