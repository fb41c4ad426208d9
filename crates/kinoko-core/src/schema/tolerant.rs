//! What serde does not insist on when it reads, and `schemars` says it does.

use schemars::Schema;
use serde_json::{Map, Value};

/// Takes from a schema of what is read what serde does not insist on.
pub(super) fn tolerant(schema: &mut Schema) {
    // A set that gets a value twice has it once.
    schema.remove("uniqueItems");
    for several in ["oneOf", "anyOf"] {
        let Some(Value::Array(variants)) = schema.get_mut(several) else { continue };
        variants.iter_mut().filter_map(Value::as_object_mut).for_each(without_content);
    }
}

/// Of a variant that has its content beside its tag and an `Option` for it: the content may be missing.
fn without_content(variant: &mut Map<String, Value>) {
    let Some(Value::Object(fields)) = variant.get("properties") else { return };
    let mut others = fields.iter().filter(|(_, it)| it.get("const").is_none());
    let (Some((content, it)), None) = (others.next(), others.next()) else { return };
    if fields.len() == 2 && is_option(it) {
        let content = content.clone();
        if let Some(Value::Array(required)) = variant.get_mut("required") {
            required.retain(|it| *it != *content);
        }
    }
}

/// Whether that is an `Option`. Of another type that may be `null` there is a reference in its place, or nothing else
/// in it.
fn is_option(schema: &Value) -> bool {
    let is_null = |it: &Value| it["type"] == "null";
    match (&schema["type"], &schema["anyOf"]) {
        (Value::Array(types), _) => types.iter().any(|it| it == "null"),
        (_, Value::Array(parts)) => matches!(&parts[..], [_, last] if is_null(last)),
        _ => false,
    }
}
