//! A value that a schema allows: for examples, and to show what breaks.

use serde_json::{Map, Value, json};

use super::{
    both,
    number::Number,
    pattern,
    shape::{Alternative, Arrays, Id, Numbers, Objects, Strings},
    shapes::Shapes,
};

/// The string where any will do.
const ANY_TEXT: &str = "text";

/// How many levels of an example show what is optional too.
const SHOWN: u32 = 6;

/// The longest array or string that is put together.
const LONGEST: u64 = 10_000;

/// How deep a value may be.
const DEEPEST: u32 = 200;

/// How many values a value may be put together from.
const LARGEST: u64 = 2_000;

/// How many more of them there may be.
struct Budget(u32);

impl Budget {
    fn new() -> Budget {
        Budget(LARGEST as u32)
    }

    /// One less; `None` when there is none left.
    fn take(&mut self) -> Option<()> {
        self.0 = self.0.checked_sub(1)?;
        Some(())
    }
}

impl Shapes {
    /// The plainest value of a schema; `None` when it has none, or none is found: a pattern that
    /// strings must match is not turned round into a string.
    pub fn sample(&self, id: Id) -> Option<Value> {
        self.within(id, 0, &mut Budget::new())
    }

    /// A value that shows as much as there is to show: optional fields, one element of each array.
    pub fn example(&self, id: Id) -> Option<Value> {
        self.within(id, SHOWN, &mut Budget::new())
    }

    /// The plainest value of one alternative.
    pub(crate) fn sample_of(&self, alternative: &Alternative) -> Option<Value> {
        self.depth_of(alternative)?;
        if self.size_of(alternative) > LARGEST {
            return None;
        }
        self.one(alternative, 0, &mut Budget::new())
    }

    /// A value that shows what is optional on so many levels, and below that is as plain as can be.
    fn within(&self, id: Id, shown: u32, budget: &mut Budget) -> Option<Value> {
        budget.take()?;
        if self.depth(id)? > DEEPEST || self.size(id) > LARGEST {
            return None;
        }
        let alternatives = &self.shape(id).alternatives;
        let possible = alternatives.iter().filter_map(|it| Some((self.depth_of(it)?, it)));
        // Of those that are equally deep the first, and in an example something rather than nothing.
        let order = |(depth, it): &(u32, &Alternative)| {
            if shown > 0 { u32::from(matches!(it, Alternative::Null)) } else { *depth }
        };
        let (_, chosen) = possible.min_by_key(order)?;
        self.one(chosen, shown, budget)
    }

    fn one(&self, alternative: &Alternative, shown: u32, budget: &mut Budget) -> Option<Value> {
        match alternative {
            Alternative::Null => Some(Value::Null),
            Alternative::Bool(which) => Some(which.unwrap_or(true).into()),
            Alternative::Number(numbers) => number(numbers),
            Alternative::String(strings) => string(strings),
            Alternative::Array(arrays) => self.array(arrays, shown, budget),
            Alternative::Object(objects) => self.object(objects, shown, budget),
        }
    }

    /// How deep the least deep value of an alternative is; `None` when there is no value.
    pub(super) fn depth_of(&self, alternative: &Alternative) -> Option<u32> {
        let inner = match alternative {
            Alternative::Number(numbers) => number(numbers).map(|_| 0)?,
            Alternative::String(strings) => string(strings).map(|_| 0)?,
            Alternative::Array(arrays) => {
                let places = 0..usize::try_from(arrays.least.min(LONGEST)).unwrap_or(0);
                // All places behind the first ones hold the same.
                let places = places.take(arrays.first.len() + 1).filter_map(|it| arrays.at(it));
                self.deepest(places)?
            }
            Alternative::Object(objects) => {
                let fields = objects.fields.values().filter(|it| it.required);
                self.deepest(fields.map(|it| it.shape))?
            }
            Alternative::Null | Alternative::Bool(_) => 0,
        };
        Some(inner + 1)
    }

    /// Of how many values the least deep value of an alternative consists.
    pub(super) fn size_of(&self, alternative: &Alternative) -> u64 {
        let inner = match alternative {
            Alternative::Array(arrays) => {
                let first = arrays.first.iter().take(usize::try_from(arrays.least).unwrap_or(0));
                let rest = arrays.least.saturating_sub(arrays.first.len() as u64);
                let rest = arrays.rest.map_or(rest, |it| self.size(it).saturating_mul(rest));
                first.fold(rest, |sum, it| sum.saturating_add(self.size(*it)))
            }
            Alternative::Object(objects) => {
                let fields = objects.fields.values().filter(|it| it.required);
                fields.fold(0, |sum: u64, it| sum.saturating_add(self.size(it.shape)))
            }
            _ => 0,
        };
        inner.saturating_add(1)
    }

    fn deepest(&self, ids: impl Iterator<Item = Id>) -> Option<u32> {
        ids.map(|it| self.depth(it)).try_fold(0, |deepest, it| Some(deepest.max(it?)))
    }

    fn array(&self, arrays: &Arrays, shown: u32, budget: &mut Budget) -> Option<Value> {
        let wanted = if shown > 0 { arrays.most.unwrap_or(1).min(1) } else { 0 };
        let length = arrays.least.max(wanted);
        if length > LONGEST {
            return None;
        }
        let mut values = Vec::new();
        for place in 0..usize::try_from(length).ok()? {
            let value = match arrays.at(place) {
                Some(shape) => match self.within(shape, shown.saturating_sub(1), budget) {
                    Some(value) => value,
                    None if place as u64 >= arrays.least => break,
                    None => return None,
                },
                None => Value::Null,
            };
            if arrays.unique && values.contains(&value) {
                values.push(self.unlike(arrays.at(place), &values)?);
            } else {
                values.push(value);
            }
        }
        Some(values.into())
    }

    /// A value that is not among some.
    fn unlike(&self, shape: Option<Id>, others: &[Value]) -> Option<Value> {
        let candidates = (0..=others.len()).flat_map(|it| [json!(it), json!(format!("{it}"))]);
        let allowed = |it: &Value| shape.is_none_or(|shape| self.accepts(shape, it));
        let mut free = candidates.filter(|it| !others.contains(it) && allowed(it));
        free.next().or_else(|| {
            let values = &self.shape(shape?).alternatives;
            let literals = values.iter().flat_map(literals);
            literals.into_iter().find(|it| !others.contains(it))
        })
    }

    fn object(&self, objects: &Objects, shown: u32, budget: &mut Budget) -> Option<Value> {
        let mut values = Map::new();
        for (name, field) in &objects.fields {
            if field.required || shown > 0 {
                match self.within(field.shape, shown.saturating_sub(1), budget) {
                    Some(value) => drop(values.insert(name.clone(), value)),
                    None if field.required => return None,
                    None => {}
                }
            }
        }
        Some(Value::Object(values))
    }
}

/// The values an alternative is written out as.
fn literals(alternative: &Alternative) -> Vec<Value> {
    match alternative {
        Alternative::Null => vec![Value::Null],
        Alternative::Bool(which) => {
            which.map_or_else(|| vec![json!(true), json!(false)], |it| vec![json!(it)])
        }
        Alternative::String(Strings { values: Some(values), .. }) => {
            values.iter().map(|it| json!(it)).collect()
        }
        Alternative::Number(Numbers { values: Some(values), .. }) => {
            values.iter().filter_map(|it| it.to_json()).map(Value::Number).collect()
        }
        _ => Vec::new(),
    }
}

/// A number of those, the one nearest to 1 that is easily found.
pub(crate) fn number(numbers: &Numbers) -> Option<Value> {
    // What it mostly is, without listing what else it could be.
    let one = Number::from(1_i128);
    if numbers.values.is_none() && both::allows(numbers, one) {
        return value(one);
    }
    candidates(numbers).into_iter().find(|it| both::allows(numbers, *it)).and_then(value)
}

fn value(number: Number) -> Option<Value> {
    number.to_json().map(Value::Number)
}

/// Numbers at which ranges of that kind begin and end, the plain ones first.
pub(crate) fn candidates(numbers: &Numbers) -> Vec<Number> {
    let mut found: Vec<Number> = numbers.values.clone().unwrap_or_default();
    found.extend([1, 0].map(|it: i128| Number::from(it)));
    if !numbers.whole {
        found.push(0.5.into());
    }
    for bound in [numbers.least, numbers.most].into_iter().flatten() {
        let near = bound.at.as_f64();
        found.push(bound.at);
        if let Number::Whole(at) = bound.at {
            found.extend([at.saturating_add(1), at.saturating_sub(1)].map(Number::from));
        }
        if !numbers.whole {
            let step = near.abs().max(1.0) * 1e-6;
            found.extend([near + step, near - step].map(Number::from));
        }
    }
    if numbers.steps.len() > 1 {
        let product: f64 = numbers.steps.iter().map(|it| it.as_f64()).product();
        found.push(product.into());
    }
    for step in &numbers.steps {
        found.push(*step);
        for bound in [numbers.least, numbers.most].into_iter().flatten() {
            let times = (bound.at.as_f64() / step.as_f64()).round();
            let near = [times - 1.0, times, times + 1.0].map(|it| Number::from(it * step.as_f64()));
            found.extend(near);
        }
    }
    found
}

/// A string of those, if their patterns are simple or absent.
pub(crate) fn string(strings: &Strings) -> Option<Value> {
    let fits = |it: &String| pattern::string(strings, it) != Some(false);
    if let Some(values) = &strings.values {
        return values.iter().find(|it| fits(it)).map(|it| json!(it));
    }
    if *strings == Strings::default() {
        return Some(json!(ANY_TEXT));
    }
    let formats = strings.formats.iter().filter_map(|it| pattern::example_of(it));
    let short = formats.chain([ANY_TEXT, "1", "a", "A", "-1", "1.5", ""]).map(str::to_owned);
    let lengths = [Some(strings.least), strings.most].into_iter().flatten();
    let repeated = lengths
        .filter(|it| *it <= LONGEST)
        .flat_map(|length| ["a", "1"].map(|it| it.repeat(usize::try_from(length).unwrap_or(0))));
    short.chain(repeated).find(fits).map(Value::String)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::schema::Shapes;

    #[test]
    fn samples_are_allowed_and_plain() {
        let check = |schema: Value, plainest: Option<Value>| {
            let mut shapes = Shapes::default();
            let id = shapes.add(&schema);
            assert_eq!(shapes.sample(id), plainest, "{schema}");
            if let Some(sample) = plainest {
                assert!(shapes.accepts(id, &sample), "{schema}: {sample}");
                let example = shapes.example(id).unwrap();
                assert!(shapes.accepts(id, &example), "{schema}: {example}");
            }
        };
        check(json!(true), Some(Value::Null));
        check(json!(false), None);
        check(json!({"type": "integer", "minimum": 5}), Some(json!(5)));
        check(
            json!({"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 1.5}),
            Some(json!(1.000001)),
        );
        check(json!({"type": "integer", "multipleOf": 7, "minimum": 15}), Some(json!(21)));
        check(
            json!({"type": "string", "format": "uuid"}),
            Some(json!("67e55044-10b1-426f-9247-bb680e5fe0c8")),
        );
        check(json!({"type": "string", "minLength": 6}), Some(json!("aaaaaa")));
        check(json!({"enum": ["b", "a"]}), Some(json!("a")));
        check(
            json!({"type": "array", "items": {"enum": [1, 2]}, "minItems": 2, "uniqueItems": true}),
            Some(json!([1, 2])),
        );
        let tree = json!({"$ref": "#/$defs/Tree", "$defs": {"Tree": {
            "type": "object", "required": ["left"], "properties": {
                "left": {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "integer"}]}}}}});
        check(tree, Some(json!({"left": 1})));
        let endless = json!({"$ref": "#/$defs/E", "$defs": {"E": {
            "type": "object", "required": ["e"], "properties": {"e": {"$ref": "#/$defs/E"}}}}});
        check(endless, None);
    }
}
