//! [`alias`]: another name by which a field or a variant is read.

use schemars::Schema;
use serde_json::{Map, Value, json};

/// Stands at a field or a variant until the schema around it is looked at.
const MARK: &str = "x-kinoko-alias";

/// Says of a field or a variant that it has this `#[serde(alias = "…")]`, which `schemars` does not see.
///
/// Without it the manifest says that the old name is refused, and whoever still writes it is told to be broken.
///
/// ```
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Journey {
///     #[serde(alias = "from")]
///     #[schemars(transform = kinoko_core::schema::alias("from"))]
///     origin: String,
/// }
/// ```
///
/// That both names at once are refused it does not say. Users of `kinoko` have it as `kinoko::schema::alias`.
pub fn alias(name: &'static str) -> impl FnMut(&mut Schema) {
    move |schema| {
        let marked = schema.ensure_object().entry(MARK).or_insert_with(|| json!([]));
        if let Value::Array(names) = marked {
            names.push(name.into());
        }
    }
}

/// Has fields and variants that are marked read by their other names, too.
pub(super) fn open(schema: &mut Schema) {
    if let Some(schema) = schema.as_object_mut() {
        fields(schema);
        variants(schema);
    }
}

/// Takes the mark away.
pub(super) fn forget(schema: &mut Schema) {
    schema.remove(MARK);
}

fn aliases(schema: &Value) -> Vec<Value> {
    schema.get(MARK).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn fields(schema: &mut Map<String, Value>) {
    let Some(Value::Object(fields)) = schema.get_mut("properties") else { return };
    let mut named = Vec::new();
    for (name, field) in fields.clone() {
        let others = aliases(&field);
        fields
            .extend(others.iter().filter_map(|it| Some((it.as_str()?.to_owned(), field.clone()))));
        if !others.is_empty() {
            named.push((name, others));
        }
    }
    let Some(Value::Array(required)) = schema.get_mut("required") else { return };
    let mut either = Vec::new();
    for (name, others) in named {
        if required.contains(&json!(name)) {
            required.retain(|it| *it != name);
            let names = std::iter::once(json!(name)).chain(others);
            let choices: Vec<Value> = names.map(|it| json!({"required": [it]})).collect();
            either.push(json!({"anyOf": choices}));
        }
    }
    if required.is_empty() {
        schema.remove("required");
    }
    if !either.is_empty() {
        let all = schema.entry("allOf").or_insert_with(|| json!([]));
        if let Value::Array(all) = all {
            all.extend(either);
        }
    }
}

fn variants(schema: &mut Map<String, Value>) {
    for several in ["oneOf", "anyOf"] {
        let Some(Value::Array(variants)) = schema.get_mut(several) else { continue };
        let siblings = variants.clone();
        let mut more = Vec::new();
        for variant in variants.iter_mut() {
            let others = aliases(variant);
            if others.is_empty() {
                continue;
            }
            let tag = tag(variant, &siblings);
            if let Some(name) = tag.and_then(|tag| variant["properties"].get_mut(tag)) {
                with_others(name, &others);
            } else if variant.get("const").is_some() {
                with_others(variant, &others);
            } else {
                more.extend(others.iter().filter_map(|it| under(variant, it.as_str()?)));
            }
        }
        variants.extend(more);
    }
}

/// The field that holds the name of a variant, if one does: one word alone, and in its siblings another.
fn tag(variant: &Value, siblings: &[Value]) -> Option<String> {
    let is_word = |of: &Value, field: &str| of["properties"][field]["const"].is_string();
    let fields = variant["properties"].as_object()?.keys().filter(|it| is_word(variant, it));
    fields.max_by_key(|it| siblings.iter().filter(|of| is_word(of, it)).count()).cloned()
}

/// Any of several names in the place of one.
fn with_others(schema: &mut Value, others: &[Value]) {
    let Some(schema) = schema.as_object_mut() else { return };
    let Some(name) = schema.remove("const") else { return };
    let names: Vec<Value> = std::iter::once(name).chain(others.iter().cloned()).collect();
    schema.insert("enum".to_owned(), names.into());
}

/// A variant that is an object with its name as the only field, under another name.
fn under(variant: &Value, name: &str) -> Option<Value> {
    let [(_, content)] = &variant["properties"].as_object()?.iter().collect::<Vec<_>>()[..] else {
        return None;
    };
    let mut other = variant.clone();
    other["properties"] = json!({name: content});
    other["required"] = json!([name]);
    Some(other)
}
