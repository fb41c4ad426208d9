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
        self.takes(id, value, false)
    }

    /// Whether a value is allowed for certain.
    pub fn surely_accepts(&self, id: Id, value: &Value) -> bool {
        self.takes(id, value, true)
    }

    fn takes(&self, id: Id, value: &Value, sure: bool) -> bool {
        let shape = self.shape(id);
        (!sure || shape.unread.is_empty())
            && shape.alternatives.iter().any(|it| self.allows(it, value, sure))
    }

    /// The same for one alternative.
    fn allows(&self, alternative: &Alternative, value: &Value, sure: bool) -> bool {
        match (alternative, value) {
            (Alternative::Null, Value::Null) => true,
            (Alternative::Bool(which), Value::Bool(it)) => which.is_none_or(|which| which == *it),
            (Alternative::Number(numbers), Value::Number(it)) => {
                both::allows(numbers, Number::of(it))
            }
            (Alternative::String(strings), Value::String(it)) => match sure {
                true => pattern::surely(strings, it),
                false => pattern::string(strings, it) != Some(false),
            },
            (Alternative::Array(arrays), Value::Array(it)) => self.allows_array(arrays, it, sure),
            (Alternative::Object(objects), Value::Object(it)) => {
                self.allows_object(objects, it, sure)
            }
            _ => false,
        }
    }

    fn allows_array(&self, arrays: &Arrays, values: &[Value], sure: bool) -> bool {
        let length = values.len() as u64;
        length >= arrays.least
            && arrays.most.is_none_or(|most| length <= most)
            && values.iter().enumerate().all(|(place, value)| {
                arrays.at(place).is_none_or(|shape| self.takes(shape, value, sure))
            })
            && !(arrays.unique
                && values.iter().enumerate().any(|(place, it)| values[..place].contains(it)))
    }

    fn allows_object(&self, objects: &Objects, values: &Map<String, Value>, sure: bool) -> bool {
        let complete =
            objects.fields.iter().all(|(name, it)| !it.required || values.contains_key(name));
        complete && values.iter().all(|(name, value)| self.allows_field(objects, name, value, sure))
    }

    fn allows_field(&self, objects: &Objects, name: &str, value: &Value, sure: bool) -> bool {
        let named = objects.fields.get(name);
        let mut said = named.is_some();
        // A field that a writer may leave out is left out when there is nothing to say, which its schema cannot tell
        // from `null` (`skip_serializing_if`).
        if sure && value.is_null() && named.is_some_and(|it| !it.required) {
            return false;
        }
        if named.is_some_and(|it| !self.takes(it.shape, value, sure)) {
            return false;
        }
        for (pattern, shape) in &objects.patterns {
            if pattern::matches(pattern, name) == Some(true) {
                said = true;
                if !self.takes(*shape, value, sure) {
                    return false;
                }
            }
        }
        said || match objects.rest {
            Rest::Unsaid | Rest::Any => true,
            Rest::Refused => false,
            Rest::Each(shape) => self.takes(shape, value, sure),
        }
    }
}
