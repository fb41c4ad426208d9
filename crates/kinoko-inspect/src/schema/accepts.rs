//! Whether a value is one a schema allows.

use serde_json::{Map, Value};

use super::{
    both,
    number::Number,
    pattern,
    shape::{Alternative, Arrays, Id, Objects, Rest},
    shapes::Shapes,
};

impl Shapes {
    /// Whether a value is allowed, as far as the schema was understood: `false` is certain, and
    /// `true` is so when nothing in it is [unread](super::Shape::unread).
    pub fn accepts(&self, id: Id, value: &Value) -> bool {
        self.shape(id).alternatives.iter().any(|it| self.allows(it, value))
    }

    /// The same for one alternative.
    pub(crate) fn allows(&self, alternative: &Alternative, value: &Value) -> bool {
        match (alternative, value) {
            (Alternative::Null, Value::Null) => true,
            (Alternative::Bool(which), Value::Bool(it)) => which.is_none_or(|which| which == *it),
            (Alternative::Number(numbers), Value::Number(it)) => {
                both::allows(numbers, Number::of(it))
            }
            (Alternative::String(strings), Value::String(it)) => {
                pattern::string(strings, it) != Some(false)
            }
            (Alternative::Array(arrays), Value::Array(it)) => self.allows_array(arrays, it),
            (Alternative::Object(objects), Value::Object(it)) => self.allows_object(objects, it),
            _ => false,
        }
    }

    fn allows_array(&self, arrays: &Arrays, values: &[Value]) -> bool {
        let length = values.len() as u64;
        length >= arrays.least
            && arrays.most.is_none_or(|most| length <= most)
            && values.iter().enumerate().all(|(place, value)| {
                arrays.at(place).is_none_or(|shape| self.accepts(shape, value))
            })
            && !(arrays.unique
                && values.iter().enumerate().any(|(place, it)| values[..place].contains(it)))
    }

    fn allows_object(&self, objects: &Objects, values: &Map<String, Value>) -> bool {
        let complete =
            objects.fields.iter().all(|(name, it)| !it.required || values.contains_key(name));
        complete && values.iter().all(|(name, value)| self.allows_field(objects, name, value))
    }

    fn allows_field(&self, objects: &Objects, name: &str, value: &Value) -> bool {
        let named = objects.fields.get(name);
        let mut said = named.is_some();
        if named.is_some_and(|it| !self.accepts(it.shape, value)) {
            return false;
        }
        for (pattern, shape) in &objects.patterns {
            if pattern::matches(pattern, name) == Some(true) {
                said = true;
                if !self.accepts(*shape, value) {
                    return false;
                }
            }
        }
        said || match objects.rest {
            Rest::Unsaid | Rest::Any => true,
            Rest::Refused => false,
            Rest::Each(shape) => self.accepts(shape, value),
        }
    }
}
