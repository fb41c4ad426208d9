//! A value that a type may write, drawn at random: from the type, not from its schema.

use serde_json::{Map, Value, json};

use super::model::{FieldOf, Struct, Type, range};

/// A value of a type. The same seed gives the same.
pub(crate) fn value(of: &Type, seed: u64) -> Value {
    Draw { state: seed | 1, left: 60 }.of(of)
}

struct Draw {
    state: u64,
    /// How much more may be put in; what can be left out is, from then on.
    left: i32,
}

impl Draw {
    /// A number below a bound (SplitMix64).
    fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }

    fn chance(&mut self) -> bool {
        self.below(2) == 0
    }

    fn of(&mut self, of: &Type) -> Value {
        self.left -= 1;
        match of {
            Type::Null => Value::Null,
            Type::Bool => self.chance().into(),
            Type::Integer { format, least, most } => {
                let (from, to) = range(format);
                let (from, to) =
                    (least.map_or(from, |it| it.max(from)), most.map_or(to, |it| it.min(to)));
                let near = [from, from + 1, 0, 1, i128::from(self.below(300)) - 150, to - 1, to];
                let it = near[usize::try_from(self.below(7)).unwrap()].clamp(from, to.max(from));
                i64::try_from(it).map_or_else(|_| json!(u64::try_from(it).unwrap()), |it| json!(it))
            }
            Type::Float => match self.below(4) {
                0 => json!(0.5),
                1 => json!(3),
                2 => json!(-1e30),
                _ => json!(7.0),
            },
            Type::Text { least, most } => {
                let from = least.unwrap_or(0);
                let to = most.unwrap_or(12).max(from);
                let words = ["x", "text", "", "new"];
                let word = words[usize::try_from(self.below(4)).unwrap()];
                let length = word.len() as u64;
                if (from..=to).contains(&length) && self.chance() {
                    word.into()
                } else {
                    "ä".repeat(usize::try_from(from + self.below(to - from + 1)).unwrap()).into()
                }
            }
            Type::Formatted("uuid") => "0191f1f0-7c2b-7cc0-8d00-000000000001".into(),
            Type::Formatted("date") => "2024-02-29".into(),
            Type::Formatted("date-time") => "2024-02-29T23:59:59.5+02:00".into(),
            Type::Formatted("ipv4") => "127.0.0.1".into(),
            Type::Formatted(other) => unreachable!("no such format here: {other}"),
            Type::Words { words, .. } => {
                words[usize::try_from(self.below(words.len() as u64)).unwrap()].clone().into()
            }
            Type::Optional(_) if self.left < 0 || self.chance() => Value::Null,
            Type::Optional(of) | Type::Named(_, of) => self.of(of),
            Type::List(of) => self.some(of).into(),
            Type::Set(of) => {
                let mut values = self.some(of);
                let all = values.clone();
                let mut at = 0;
                // JSON Schema holds 3 and 3.0 for equal.
                values.retain(|it| {
                    at += 1;
                    !all[..at - 1].iter().any(|other| {
                        other == it
                            || other.as_f64().is_some_and(|other| Some(other) == it.as_f64())
                    })
                });
                values.into()
            }
            Type::Map(of) => self.map(of, &["a", "kind", "7", "k"]),
            Type::Numbered(of) => self.map(of, &["7", "12"]),
            Type::Tuple(of) => of.iter().map(|it| self.of(it)).collect::<Vec<_>>().into(),
            Type::Struct(of) => self.structure(of).into(),
            Type::Recursive { fields, within, .. } => self.again(fields, *within),
            Type::Tagged { tag, variants, .. } => {
                let (name, fields) =
                    &variants[usize::try_from(self.below(variants.len() as u64)).unwrap()];
                let mut object = self.structure(fields);
                object.insert((*tag).to_owned(), json!(name));
                object.into()
            }
            Type::External(variants) => {
                let (name, of) =
                    &variants[usize::try_from(self.below(variants.len() as u64)).unwrap()];
                json!({name: self.of(of)})
            }
            Type::Untagged(parts) => {
                let part = usize::try_from(self.below(parts.len() as u64)).unwrap();
                self.of(&parts[part])
            }
            Type::Anything => match self.below(5) {
                0 => Value::Null,
                1 => json!(0.5),
                2 => json!({"a": [1, 1], "kind": "p"}),
                3 => json!("word"),
                _ => json!([true, {}]),
            },
        }
    }

    fn again(&mut self, fields: &Struct, within: bool) -> Value {
        let mut object = self.structure(fields);
        if self.left > 0 && self.chance() {
            let itself = self.again(fields, within);
            object.insert("again".to_owned(), if within { json!([itself]) } else { itself });
        } else if self.chance() {
            object.insert("again".to_owned(), if within { json!([]) } else { Value::Null });
        }
        object.into()
    }

    fn some(&mut self, of: &Type) -> Vec<Value> {
        let count = if self.left < 0 { 0 } else { self.below(4) };
        (0..count).map(|_| self.of(of)).collect()
    }

    fn map(&mut self, of: &Type, keys: &[&str]) -> Value {
        let mut object = Map::new();
        for key in keys {
            if self.left > 0 && self.chance() {
                object.insert((*key).to_owned(), self.of(of));
            }
        }
        object.into()
    }

    fn structure(&mut self, of: &Struct) -> Map<String, Value> {
        let mut object = Map::new();
        if let Some(others) = &of.others
            && self.left > 0
        {
            let Value::Object(map) = self.map(others, &["z", "a", "7"]) else { unreachable!() };
            object = map;
            object.retain(|key, _| of.fields.iter().all(|it| it.name != *key));
        }
        for FieldOf { name, of, skipped, .. } in &of.fields {
            if !(*skipped && (self.left < 0 || self.chance())) {
                object.insert(name.clone(), self.of(of));
            }
        }
        object
    }
}
