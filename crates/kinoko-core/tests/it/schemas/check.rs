//! [`Table`]: types, values of theirs, and the exceptions of each.

use std::collections::BTreeMap;

use jsonschema::Validator;
use kinoko_core::private::{as_read, given, reads, taken, writes};
use kinoko_inspect::{
    compare::{self, Mismatch},
    schema::Shapes,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::why::Why;
use crate::mutate::{self, Mutant};

/// How many values that are read are taken further.
const FURTHER: usize = 20;

/// Some types, and what was wrong with them.
#[derive(Default)]
pub(super) struct Table {
    types: usize,
    values: usize,
    wrong: Vec<String>,
}

/// A value of which the type and its schema are not of one mind.
pub(super) struct Dispute<'a> {
    pub(super) mutant: &'a Mutant,
    /// Whether the type reads it, and so the schema refuses it.
    pub(super) read: bool,
}

/// Where a type may stand, beside alone.
#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "they are only read")]
struct Places<T> {
    field: T,
    list: Vec<T>,
    maybe: Option<T>,
    map: BTreeMap<String, T>,
}

impl Table {
    /// Tries one type, alone and within another, on values of its own and on everything that is like them.
    pub(super) fn of<T>(&mut self, name: &str, samples: impl IntoIterator<Item = T>, but: &[Why])
    where
        T: Serialize + DeserializeOwned + JsonSchema,
    {
        self.of_two(name, samples, &[], but);
    }

    /// The same of a type that reads something else than it writes, with values that it reads.
    pub(super) fn of_two<T>(
        &mut self,
        name: &str,
        samples: impl IntoIterator<Item = T>,
        read: &[Value],
        but: &[Why],
    ) where
        T: Serialize + DeserializeOwned + JsonSchema,
    {
        let samples = samples.into_iter().map(|it| serde_json::to_value(it).unwrap());
        let samples: Vec<Value> = samples.collect();
        for value in read.iter().filter(|it| T::deserialize(*it).is_err()) {
            self.wrong.push(format!("{name}: {value} is not read"));
        }
        let mutants = mutate::mutants(&[&samples, read].concat());
        let alone = |it: &Value| vec![it.clone()];
        let mut used = self.one::<T>(name, &samples, &mutants, &alone, but);
        // Of those that are read as well, what is like them.
        let own = validator(&reads::<T>());
        let like = mutants.iter().map(|ways| &ways[0].value);
        let like = like.filter(|it| own.is_valid(it) && T::deserialize(*it).is_ok());
        let like: Vec<Value> = like.cloned().collect();
        let some: Vec<Value> = like.iter().step_by(like.len() / FURTHER + 1).cloned().collect();
        let further = mutate::mutants(&some);
        let used_further = self.one::<T>(&format!("{name}, further"), &[], &further, &alone, but);
        used.iter_mut().zip(used_further).for_each(|(it, further)| *it |= further);
        if like.is_empty() {
            self.wrong.push(format!("{name}: nothing is read, so there is nothing to be seen"));
        }
        // What is written does not stand beside what is read, where the two are different.
        let (written, plain) = read.first().map_or((&samples[..], &samples[0]), |it| (&[], it));
        let within = |it: &Value| {
            let inner = |field, list, maybe, key| json!({"field": field, "list": [list], "maybe": maybe, "map": {"key": key}});
            let all = [
                [it, plain, plain, plain],
                [plain, it, plain, plain],
                [plain, plain, it, plain],
                [plain, plain, plain, it],
            ];
            all.map(|[a, b, c, d]| inner(a, b, c, d)).to_vec()
        };
        let used_within =
            self.one::<Places<T>>(&format!("{name}, within"), written, &mutants, &within, but);
        used.iter_mut().zip(used_within).for_each(|(it, within)| *it |= within);
        for (why, _) in but.iter().zip(&used).filter(|(_, used)| !**used) {
            self.wrong.push(format!("{name}: {why:?} is no exception any more"));
        }
        self.types += 1;
    }

    /// Tries a type where it stands. Returns which exceptions there were.
    fn one<T>(
        &mut self,
        name: &str,
        written: &[Value],
        mutants: &[Vec<Mutant>],
        placed: &dyn Fn(&Value) -> Vec<Value>,
        but: &[Why],
    ) -> Vec<bool>
    where
        T: DeserializeOwned + JsonSchema,
    {
        let (reader, writer) = schemas::<T>();
        let (open, closed) = (validator(&writer), validator(&closed(&writer)));
        let reading = validator(&reader);
        let mut shapes = Shapes::default();
        let (from, to) = (shapes.add(&writer), shapes.add(&reader));
        let reads = |it: &Value| serde_json::from_slice::<T>(it.to_string().as_bytes()).err();
        let mut wrong = Vec::new();
        let mut used = vec![false; but.len()];
        let mut excepted = |explains: &dyn Fn(&Why) -> bool| {
            let mut any = Why::ALWAYS.iter().any(explains);
            for (why, used) in but.iter().zip(&mut used) {
                if explains(why) {
                    (any, *used) = (true, true);
                }
            }
            any
        };
        let mut own = !written.is_empty();
        for (sample, value) in
            written.iter().flat_map(|it| placed(it).into_iter().map(move |at| (it, at)))
        {
            own &= reads(&value).is_none();
            if closed.is_valid(&value) || excepted(&|why| why.explains_written(sample)) {
                continue;
            }
            wrong.push(match open.is_valid(&value) {
                true => format!("{value} is written, and a field of it is not in the schema"),
                false => format!("{value} is written and not valid"),
            });
        }
        for (ways, value) in
            mutants.iter().flat_map(|it| placed(&it[0].value).into_iter().map(move |at| (it, at)))
        {
            self.values += 1;
            let (refused, valid) = (reads(&value), reading.is_valid(&value));
            // What compares schemas has a reading of its own.
            let (may, must) = (shapes.accepts(to, &value), shapes.surely_accepts(to, &value));
            if valid && !may && !is_huge(&ways[0].to) || !valid && must {
                wrong.push(format!("{value} is valid: {valid}, and inspected otherwise"));
            }
            let disputes = ways.iter().map(|mutant| Dispute { mutant, read: refused.is_none() });
            if refused.is_none() == valid
                || excepted(&|why| disputes.clone().any(|it| why.explains(&it)))
            {
                continue;
            }
            let Mutant { change, at, .. } = &ways[0];
            wrong.push(match refused {
                None => format!("{value} is read and not valid ({change:?} at {at:?})"),
                Some(err) => format!("{value} is valid and refused ({change:?} at {at:?}): {err}"),
            });
        }
        // Two sides of the same type understand each other, and so they do for who compares.
        let found = compare::compare(&shapes, from, to);
        if own && found.iter().any(Mismatch::breaks)
            || own && !compare::fits(&found) && !excepted(&|why| *why == Why::NotJudged)
        {
            wrong.push(format!("it is said not to read what it writes: {found:#?}"));
        }
        if !wrong.is_empty() {
            let wrong = wrong.join("\n");
            self.wrong.push(format!("{name}:\nreads  {reader}\nwrites {writer}\n{wrong}"));
        }
        used
    }

    /// All of it, once.
    pub(super) fn done(self) {
        println!("{} types, {} values", self.types, self.values);
        assert!(self.wrong.is_empty(), "\n{}\n", self.wrong.join("\n\n"));
    }
}

/// As it is read and as it is written, in all the ways the macros ask for it.
fn schemas<T: JsonSchema>() -> (Value, Value) {
    let (reader, writer) = (reads::<T>(), writes::<T>());
    let other = |one: &Value, other: &Value| (one != other).then(|| one.clone());
    assert_eq!(taken::<T>(), (reader.clone(), other(&writer, &reader)));
    assert_eq!(as_read::<T>(), other(&reader, &writer));
    assert_eq!(given::<T>(), (writer.clone(), None));
    (reader, writer)
}

/// A whole number that is larger than who inspects counts.
fn is_huge(value: &Value) -> bool {
    value.as_f64().is_some_and(|it| it.abs() >= 1e30)
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options().should_validate_formats(true).build(schema).unwrap()
}

/// The same schema, where nothing is in an object but what is said to be: of one that is written, that is what it
/// means.
fn closed(schema: &Value) -> Value {
    let mut schema = schema.clone();
    close(&mut schema, true);
    schema
}

fn close(schema: &mut Value, whole: bool) {
    let Value::Object(keywords) = schema else { return };
    for (keyword, inner) in keywords.iter_mut() {
        match (keyword.as_str(), inner) {
            // Parts of the same object, which is closed where it is put together.
            ("anyOf" | "oneOf" | "allOf", Value::Array(parts)) => {
                parts.iter_mut().for_each(|it| close(it, false));
            }
            ("$defs", Value::Object(types)) => types.values_mut().for_each(|it| close(it, false)),
            ("prefixItems", Value::Array(items)) => items.iter_mut().for_each(|it| close(it, true)),
            ("properties" | "patternProperties", Value::Object(fields)) => {
                fields.values_mut().for_each(|it| close(it, true));
            }
            ("items" | "additionalProperties" | "unevaluatedProperties", it) => close(it, true),
            _ => {}
        }
    }
    let says = |it: &str| keywords.contains_key(it);
    let something = ["type", "$ref", "anyOf", "oneOf", "allOf"].iter().any(|it| says(it));
    if whole && something && !says("additionalProperties") && !says("unevaluatedProperties") {
        keywords.insert("unevaluatedProperties".to_owned(), false.into());
    }
}
