//! What is within two alternatives: elements of arrays, fields of objects, values of maps.

use serde_json::Value;

use super::{
    Mismatch,
    path::Step,
    walk::{Walk, within},
};
use crate::{
    rules,
    schema::{Alternative, Arrays, Id, Objects, Rest, Shapes, pattern},
};

impl Walk<'_> {
    /// What does not fit between the elements of two arrays.
    pub(super) fn items(&mut self, writes: &Arrays, reads: &Arrays) -> Vec<Mismatch> {
        let mut found = Vec::new();
        let places = writes.first.len().max(reads.first.len());
        for place in 0..places {
            if writes.most.is_none_or(|most| (place as u64) < most)
                && let Some(reader) = reads.at(place)
            {
                let writer = writes.at(place).unwrap_or(Shapes::ANY);
                let inner = self.pair(writer, reader);
                found.extend(self.put(inner, &Step::Place(place), |shapes, it| {
                    with_item(shapes, writes, place, it)
                }));
            }
        }
        if writes.most.is_none_or(|most| (places as u64) < most)
            && let Some(reader) = reads.rest
        {
            let inner = self.pair(writes.rest.unwrap_or(Shapes::ANY), reader);
            found.extend(
                self.put(inner, &Step::Item, |shapes, it| with_item(shapes, writes, places, it)),
            );
        }
        found
    }

    /// What does not fit between what two objects have in them.
    pub(super) fn fields(&mut self, writes: &Objects, reads: &Objects) -> Vec<Mismatch> {
        let mut found = Vec::new();
        for (name, field) in &writes.fields {
            for reader in readers(reads, name) {
                found.extend(self.field(
                    writes,
                    name,
                    field.shape,
                    reader,
                    &Step::Field(name.clone()),
                ));
            }
        }
        // A map's keys may be those of the reader's fields.
        let mut maps: Vec<(Option<&String>, Id)> =
            writes.patterns.iter().map(|(it, id)| (Some(it), *id)).collect();
        match writes.rest {
            Rest::Unsaid | Rest::Refused => {}
            Rest::Any => maps.push((None, Shapes::ANY)),
            Rest::Each(id) => maps.push((None, id)),
        }
        for (keys, writer) in maps {
            let may_be = |name: &str| match keys {
                Some(pattern) => pattern::matches(pattern, name) == Some(true),
                None => !writes.patterns.keys().any(|it| pattern::matches(it, name) == Some(true)),
            } && !writes.fields.contains_key(name);
            for (name, field) in &reads.fields {
                if may_be(name) {
                    let step = Step::Field(name.clone());
                    found.extend(self.field(writes, name, writer, field.shape, &step));
                }
            }
            let known = |name: &str| reads.fields.contains_key(name);
            for (pattern, reader) in &reads.patterns {
                // Whether two patterns have no key in common is not seen, so they may.
                let fits = |name: &str| pattern::matches(pattern, name) == Some(true);
                let key = rules::schema::free(|name| may_be(name) && !known(name) && fits(name));
                found.extend(self.entry(writes, key.as_deref(), writer, *reader));
            }
            if let Rest::Each(reader) = reads.rest
                && keys.is_none_or(|it| !reads.patterns.contains_key(it))
            {
                let other = |name: &str| {
                    !reads.patterns.keys().any(|it| pattern::matches(it, name) == Some(true))
                };
                let key = rules::schema::free(|name| may_be(name) && !known(name) && other(name));
                found.extend(self.entry(writes, key.as_deref(), writer, reader));
            }
        }
        found
    }

    fn entry(
        &mut self,
        writes: &Objects,
        key: Option<&str>,
        writer: Id,
        reader: Id,
    ) -> Vec<Mismatch> {
        let inner = self.pair(writer, reader);
        self.put(inner, &Step::Entry, |shapes, it| rules::schema::with(shapes, writes, key?, it))
    }

    fn field(
        &mut self,
        writes: &Objects,
        name: &str,
        writer: Id,
        reader: Id,
        step: &Step,
    ) -> Vec<Mismatch> {
        let inner = self.pair(writer, reader);
        self.put(inner, step, |shapes, it| rules::schema::with(shapes, writes, name, it))
    }

    /// What was found further in, as seen from here.
    fn put(
        &self,
        inner: Vec<Mismatch>,
        step: &Step,
        around: impl Fn(&Shapes, Value) -> Option<Value>,
    ) -> Vec<Mismatch> {
        let outer = inner.into_iter().map(|mut it| {
            it.value = it.value.and_then(|value| around(self.shapes, value));
            within(it, step)
        });
        outer.collect()
    }
}

/// Where the reader looks at a field of that name.
fn readers(reads: &Objects, name: &str) -> Vec<Id> {
    let named = reads.fields.get(name).map(|it| it.shape);
    let matching = reads.patterns.iter().filter(|(it, _)| pattern::matches(it, name) == Some(true));
    let found: Vec<Id> = named.into_iter().chain(matching.map(|(_, id)| *id)).collect();
    match reads.rest {
        Rest::Each(id) if found.is_empty() => vec![id],
        _ => found,
    }
}

/// The writer's plainest array, with a value at one place.
fn with_item(shapes: &Shapes, writes: &Arrays, place: usize, value: Value) -> Option<Value> {
    let long = Arrays { least: writes.least.max(place as u64 + 1), ..writes.clone() };
    let mut array = shapes.sample_of(&Alternative::Array(long))?;
    *array.get_mut(place)? = value;
    Some(array)
}
