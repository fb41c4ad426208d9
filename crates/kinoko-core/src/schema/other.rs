//! [`other`] and [`other_beside`]: the variant that is read in place of all those an enum does not know.

use schemars::Schema;
use serde_json::{Value, json};

/// Stands at a variant until the schema around it is looked at.
const MARK: &str = "x-kinoko-other";

/// Says of a variant that it is `#[serde(other)]`, which `schemars` does not see.
///
/// Without it the manifest says that variants of which nobody knows yet are refused, and a new one of whoever writes the
/// enum is told to break who reads it.
///
/// ```
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// #[serde(tag = "kind", rename_all = "lowercase")]
/// enum Payment {
///     Card { number: String },
///     #[serde(other)]
///     #[schemars(transform = kinoko_core::schema::other)]
///     Unknown,
/// }
/// ```
///
/// Users of `kinoko` have it as `kinoko::schema::other`. Of an enum whose content stands beside its tag it would say too
/// much: that is [`other_beside`].
pub fn other(variant: &mut Schema) {
    variant.insert(MARK.to_owned(), true.into());
}

/// The same of an enum with `#[serde(tag = "…", content = "…")]`, given its `content`: its `other` reads variants that
/// have none, and refuses those that have.
///
/// ```
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// #[serde(tag = "kind", content = "of")]
/// enum Payment {
///     Card(String),
///     #[serde(other)]
///     #[schemars(transform = kinoko_core::schema::other_beside("of"))]
///     Unknown,
/// }
/// ```
pub fn other_beside(content: &'static str) -> impl FnMut(&mut Schema) {
    move |variant| drop(variant.insert(MARK.to_owned(), content.into()))
}

/// Has a variant that is marked read everything its siblings do not.
pub(super) fn open(schema: &mut Schema) {
    for several in ["oneOf", "anyOf"] {
        let Some(Value::Array(variants)) = schema.get_mut(several) else { continue };
        let Some(place) = variants.iter().position(|it| it.get(MARK).is_some()) else { continue };
        let mut other = variants.remove(place);
        let content = other[MARK].as_str().map(str::to_owned);
        let tag = other["properties"].as_object().and_then(|it| it.keys().next()).cloned();
        match &tag {
            Some(tag) => {
                let tags = variants.iter().map(|it| &it["properties"][tag]);
                let tags = tags.flat_map(|it| {
                    it["enum"].as_array().into_iter().flatten().chain([&it["const"]])
                });
                other["properties"][tag] = any_but(&tags.collect::<Vec<_>>());
                if let Some(content) = content {
                    other["properties"][content] = json!({"type": "null"});
                }
            }
            None => {
                let names = any_but(&variants.iter().flat_map(names).collect::<Vec<_>>());
                if let (Value::Object(other), Value::Object(names)) = (&mut other, names) {
                    other.remove("const");
                    other.extend(names);
                }
            }
        }
        variants.insert(place, other);
    }
}

/// Takes the mark away.
pub(super) fn forget(schema: &mut Schema) {
    schema.remove(MARK);
}

fn any_but(names: &[&Value]) -> Value {
    let names: Vec<&&Value> = names.iter().filter(|it| it.is_string()).collect();
    match names.is_empty() {
        true => json!({"type": "string"}),
        false => json!({"type": "string", "not": {"enum": names}}),
    }
}

/// The names of variants without a tag: of those without content, and of one that has some.
fn names(variant: &Value) -> Vec<&Value> {
    let several = variant["enum"].as_array().into_iter().flatten();
    let with_content = variant["required"].as_array().into_iter().flatten();
    several.chain(with_content).chain([&variant["const"]]).collect()
}
