//! Types as Rust has them, and their schemas as `schemars` writes them.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A type that serde can write and read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Type {
    Null,
    Bool,
    Integer {
        format: &'static str,
        least: Option<i128>,
        most: Option<i128>,
    },
    Float,
    Text {
        least: Option<u64>,
        most: Option<u64>,
    },
    Formatted(&'static str),
    /// An enum without data; with a catch-all it reads every string.
    Words {
        words: Vec<String>,
        catch_all: bool,
    },
    Optional(Box<Type>),
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    /// With numbers as keys.
    Numbered(Box<Type>),
    Tuple(Vec<Type>),
    Struct(Struct),
    /// A struct that may have itself in a field.
    Recursive {
        name: usize,
        fields: Struct,
        within: bool,
    },
    /// With a catch-all (`other`) it reads every tag.
    Tagged {
        tag: &'static str,
        catch_all: bool,
        variants: Vec<(String, Struct)>,
    },
    External(Vec<(String, Type)>),
    Untagged(Vec<Type>),
    /// A type used by its name.
    Named(&'static str, Box<Type>),
    /// `serde_json::Value`.
    Anything,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Struct {
    pub(crate) fields: Vec<FieldOf>,
    /// `deny_unknown_fields`
    pub(crate) denies: bool,
    /// A map that takes all other fields (`flatten`).
    pub(crate) others: Option<Box<Type>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FieldOf {
    pub(crate) name: String,
    pub(crate) of: Type,
    /// `default`: need not be there to be read.
    pub(crate) default: bool,
    /// `skip_serializing_if`: is not always written.
    pub(crate) skipped: bool,
}

/// Whose schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Writes,
    Reads,
}

const NAMES: &[&str] = &["a", "b", "c", "kind", "7"];
const FORMATS: &[&str] = &["uuid", "date", "date-time", "ipv4"];
const INTEGERS: &[&str] = &["int8", "int32", "int64", "uint8", "uint32", "uint64"];

pub(crate) fn types() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![
        1 => Just(Type::Null),
        2 => Just(Type::Bool),
        4 => integers(),
        2 => Just(Type::Float),
        3 => (proptest::option::of(0..4_u64), proptest::option::of(4..9_u64))
            .prop_map(|(least, most)| Type::Text { least, most }),
        2 => proptest::sample::select(FORMATS).prop_map(Type::Formatted),
        3 => (words(), any::<bool>()).prop_map(|(words, catch_all)| Type::Words { words, catch_all }),
        1 => Just(Type::Anything),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        prop_oneof![
            3 => boxed().prop_map(Type::Optional),
            2 => boxed().prop_map(Type::List),
            1 => boxed().prop_map(Type::Set),
            2 => boxed().prop_map(Type::Map),
            1 => boxed().prop_map(Type::Numbered),
            1 => proptest::collection::vec(inner.clone(), 0..3).prop_map(Type::Tuple),
            4 => structs(inner.clone()).prop_map(Type::Struct),
            1 => (structs(inner.clone()), any::<bool>())
                .prop_map(|(fields, within)| Type::Recursive { name: 0, fields, within }),
            3 => (proptest::collection::vec((variant(), structs(inner.clone())), 1..4), any::<bool>())
                .prop_map(|(variants, catch_all)| {
                    Type::Tagged { tag: "kind", catch_all, variants: once_each(variants) }
                }),
            2 => proptest::collection::vec((variant(), inner.clone()), 1..4)
                .prop_map(|it| Type::External(once_each(it))),
            1 => proptest::collection::vec(inner.clone(), 1..4).prop_map(Type::Untagged),
            1 => (proptest::sample::select(&["X", "Y"][..]), boxed())
                .prop_map(|(name, of)| Type::Named(name, of)),
        ]
    })
}

pub(crate) fn integers() -> impl Strategy<Value = Type> {
    let ends =
        (proptest::option::weighted(0.3, -3..3_i128), proptest::option::weighted(0.3, 3..9_i128));
    (proptest::sample::select(INTEGERS), ends).prop_map(|(format, (least, most))| Type::Integer {
        format,
        least,
        most,
    })
}

fn words() -> impl Strategy<Value = Vec<String>> {
    proptest::sample::subsequence(vec!["x", "y", "z", "text"], 1..4)
        .prop_map(|it| it.into_iter().map(str::to_owned).collect())
}

fn variant() -> impl Strategy<Value = String> {
    proptest::sample::select(&["p", "q", "r", "a"][..]).prop_map(str::to_owned)
}

fn structs(inner: impl Strategy<Value = Type> + Clone + 'static) -> impl Strategy<Value = Struct> {
    let fields = proptest::collection::vec(field(inner.clone()), 0..4);
    let others = proptest::option::weighted(0.1, inner.prop_map(Box::new));
    (fields, proptest::bool::weighted(0.25), others).prop_map(|(mut fields, denies, others)| {
        let mut seen = Vec::new();
        fields.retain(|it: &FieldOf| {
            let new = !seen.contains(&it.name);
            seen.push(it.name.clone());
            new
        });
        Struct { fields, denies: denies && others.is_none(), others }
    })
}

pub(crate) fn field(inner: impl Strategy<Value = Type>) -> impl Strategy<Value = FieldOf> {
    (
        proptest::sample::select(NAMES),
        inner,
        proptest::bool::weighted(0.3),
        proptest::bool::weighted(0.2),
    )
        .prop_map(|(name, of, default, skipped)| FieldOf {
            name: name.to_owned(),
            of,
            default,
            skipped,
        })
}

fn once_each<T>(variants: Vec<(String, T)>) -> Vec<(String, T)> {
    let mut once: Vec<(String, T)> = Vec::new();
    for (name, of) in variants {
        if once.iter().all(|(it, _)| *it != name) {
            once.push((name, of));
        }
    }
    once
}

impl Type {
    /// The types within, one level down.
    pub(crate) fn parts(&mut self) -> Vec<&mut Type> {
        match self {
            Type::Optional(it)
            | Type::List(it)
            | Type::Set(it)
            | Type::Map(it)
            | Type::Numbered(it)
            | Type::Named(_, it) => vec![it],
            Type::Tuple(of) | Type::Untagged(of) => of.iter_mut().collect(),
            Type::Struct(of) | Type::Recursive { fields: of, .. } => of.parts(),
            Type::Tagged { variants, .. } => {
                variants.iter_mut().flat_map(|(_, it)| it.parts()).collect()
            }
            Type::External(variants) => variants.iter_mut().map(|(_, it)| it).collect(),
            _ => Vec::new(),
        }
    }

    /// Gives each recursive type a name of its own.
    pub(crate) fn number(&mut self, next: &mut usize) {
        if let Type::Recursive { name, .. } = self {
            *name = *next;
            *next += 1;
        }
        for part in self.parts() {
            part.number(next);
        }
    }

    pub(crate) fn count(&mut self) -> usize {
        1 + self.parts().into_iter().map(Type::count).sum::<usize>()
    }
}

impl Struct {
    fn parts(&mut self) -> Vec<&mut Type> {
        self.fields.iter_mut().map(|it| &mut it.of).chain(self.others.as_deref_mut()).collect()
    }
}

/// The ends of what an integer of a format can be.
pub(crate) fn range(format: &str) -> (i128, i128) {
    match format {
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "int64" => (i64::MIN.into(), i64::MAX.into()),
        "uint8" => (0, u8::MAX.into()),
        "uint32" => (0, u32::MAX.into()),
        "uint64" => (0, u64::MAX.into()),
        _ => unreachable!("no such format here"),
    }
}

/// The schema of a type, complete in itself.
pub(crate) fn schema(of: &Type, side: Side) -> Value {
    let mut defs = Map::new();
    let mut root = of_type(of, side, &mut defs);
    if !defs.is_empty() {
        // As the root of a document, a reference has its definitions beside it.
        root.as_object_mut().unwrap().insert("$defs".to_owned(), Value::Object(defs));
    }
    root
}

fn of_type(of: &Type, side: Side, defs: &mut Map<String, Value>) -> Value {
    match of {
        Type::Null => json!({"type": "null"}),
        Type::Bool => json!({"type": "boolean"}),
        Type::Integer { format, least, most } => {
            let (from, to) = range(format);
            let (from, to) =
                (least.map_or(from, |it| it.max(from)), most.map_or(to, |it| it.min(to)));
            json!({"type": "integer", "format": format, "minimum": number(from), "maximum": number(to)})
        }
        Type::Float => json!({"type": "number", "format": "double"}),
        Type::Text { least, most } => {
            let mut schema = json!({"type": "string"});
            for (key, value) in [("minLength", least), ("maxLength", most)] {
                if let Some(value) = value {
                    schema[key] = json!(value);
                }
            }
            schema
        }
        Type::Formatted(format) => json!({"type": "string", "format": format}),
        Type::Words { words, catch_all } => {
            if *catch_all && side == Side::Reads {
                json!({"anyOf": [{"enum": words, "type": "string"}, {"type": "string"}]})
            } else if words.len() == 2 {
                // With documentation on a variant each has its own part.
                json!({"oneOf": words.iter().map(|it| json!({"const": it, "type": "string", "description": "said"})).collect::<Vec<_>>()})
            } else {
                json!({"enum": words, "type": "string"})
            }
        }
        Type::Optional(of) => {
            let mut inner = of_type(of, side, defs);
            match inner.get("type").cloned() {
                Some(Value::String(one)) if one != "null" && inner.get("enum").is_none() => {
                    inner["type"] = json!([one, "null"]);
                    inner
                }
                _ => json!({"anyOf": [inner, {"type": "null"}]}),
            }
        }
        Type::List(of) => json!({"type": "array", "items": of_type(of, side, defs)}),
        Type::Set(of) => {
            json!({"type": "array", "items": of_type(of, side, defs), "uniqueItems": true})
        }
        Type::Map(of) => json!({"type": "object", "additionalProperties": of_type(of, side, defs)}),
        Type::Numbered(of) => json!({"type": "object", "additionalProperties": false,
            "patternProperties": {"^\\d+$": of_type(of, side, defs)}}),
        Type::Tuple(of) => {
            let items: Vec<_> = of.iter().map(|it| of_type(it, side, defs)).collect();
            let mut schema =
                json!({"type": "array", "minItems": items.len(), "maxItems": items.len()});
            if !items.is_empty() {
                schema["prefixItems"] = json!(items);
            }
            schema
        }
        Type::Struct(of) => of_struct(of, side, defs),
        Type::Recursive { name, fields, within } => {
            let name = format!("R{name}");
            if !defs.contains_key(&name) {
                defs.insert(name.clone(), Value::Null);
                let mut schema = of_struct(fields, side, defs);
                let itself = json!({"$ref": format!("#/$defs/{name}")});
                let again = if *within {
                    json!({"type": "array", "items": itself})
                } else {
                    json!({"anyOf": [itself, {"type": "null"}]})
                };
                schema["properties"]["again"] = again;
                defs[&name] = schema;
            }
            json!({"$ref": format!("#/$defs/{name}"), "description": "one of them"})
        }
        Type::Tagged { tag, catch_all, variants } => {
            let names: Vec<&String> = variants.iter().map(|(name, _)| name).collect();
            let other = json!({"type": "object", "required": [tag],
                "properties": {*tag: {"type": "string", "not": {"enum": names}}}});
            let other = (*catch_all && side == Side::Reads).then_some(other);
            let parts = variants.iter().map(|(name, fields)| {
                let mut part = of_struct(fields, side, defs);
                part["properties"][*tag] = json!({"type": "string", "const": name});
                let required = part["required"].as_array().cloned().unwrap_or_default();
                let others = required.into_iter().filter(|it| it != tag);
                part["required"] = json!(others.chain([json!(tag)]).collect::<Vec<_>>());
                part
            });
            json!({"oneOf": parts.chain(other).collect::<Vec<_>>()})
        }
        Type::External(variants) => {
            let parts = variants.iter().map(|(name, of)| {
                json!({"type": "object", "properties": {name: of_type(of, side, defs)},
                    "required": [name], "additionalProperties": false})
            });
            json!({"oneOf": parts.collect::<Vec<_>>()})
        }
        Type::Untagged(parts) => {
            json!({"anyOf": parts.iter().map(|it| of_type(it, side, defs)).collect::<Vec<_>>()})
        }
        Type::Named(name, of) => {
            // The name of another type of that name is another name.
            let inner = of_type(of, side, defs);
            let name = (0..).map(|at| format!("{name}{at}"));
            let name =
                name.into_iter().find(|it| defs.get(it).is_none_or(|it| *it == inner)).unwrap();
            defs.insert(name.clone(), inner);
            json!({"$ref": format!("#/$defs/{name}")})
        }
        Type::Anything => json!({}),
    }
}

fn of_struct(of: &Struct, side: Side, defs: &mut Map<String, Value>) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in &of.fields {
        properties.insert(field.name.clone(), of_type(&field.of, side, defs));
        let optional = match side {
            Side::Writes => field.skipped,
            Side::Reads => field.default || matches!(field.of, Type::Optional(_)),
        };
        if !optional {
            required.push(json!(field.name));
        }
    }
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = Value::Array(required);
    }
    if let Some(others) = &of.others {
        schema["additionalProperties"] = of_type(others, side, defs);
    } else if of.denies {
        schema["additionalProperties"] = json!(false);
    }
    schema
}

fn number(it: i128) -> Value {
    i64::try_from(it).map_or_else(|_| json!(u64::try_from(it).unwrap()), |it| json!(it))
}
