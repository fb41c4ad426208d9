//! OpenAPI 3.1: the methods that are served over HTTP.

use std::borrow::Borrow;

use kinoko_manifest::{FaultInfo, MethodInfo, ParamInfo, ServiceManifest};
use serde_json::{Map, Value, json};

use super::{Title, components::Components, describe, object};
use crate::interface::option;

/// The document of what some services serve over HTTP.
pub fn openapi(
    title: &Title,
    manifests: impl IntoIterator<Item: Borrow<ServiceManifest>>,
) -> Value {
    let mut components = Components::default();
    let mut paths: Map<String, Value> = Map::new();
    let mut tags = Vec::new();
    for manifest in manifests {
        let manifest = manifest.borrow();
        let served = manifest.methods.iter().filter(|it| it.entrypoint.kind == "http");
        let mut serves = false;
        for method in served {
            serves = true;
            let path = option(method, "path").unwrap_or("/").replace("{*", "{");
            let verb = option(method, "method").unwrap_or("GET").to_lowercase();
            let operation = operation(manifest, method, &mut components);
            let item = paths.entry(path).or_insert_with(|| json!({}));
            item[verb] = operation;
        }
        if serves {
            tags.push(json!({"name": manifest.name, "description": manifest.docs}));
        }
    }
    let mut schemas = components.take();
    schemas.insert("Problem".to_owned(), problem());
    object([
        ("openapi", "3.1.0".into()),
        ("info", title.to_json()),
        ("tags", Value::Array(tags)),
        ("paths", Value::Object(paths)),
        ("components", object([("schemas", Value::Object(schemas))])),
    ])
}

fn operation(
    manifest: &ServiceManifest,
    method: &MethodInfo,
    components: &mut Components,
) -> Value {
    let mut operation = json!({
        "operationId": format!("{}.{}", manifest.name, method.name),
        "tags": [manifest.name],
        "responses": responses(manifest, method, components),
    });
    if !method.docs.is_empty() {
        describe(&mut operation, &method.docs);
    }
    let mut parameters = Vec::new();
    for param in &method.params {
        match param.location.as_deref() {
            Some("path") => parameters.extend(in_path(manifest, method, param, components)),
            Some("query") => parameters.extend(in_query(manifest, param, components)),
            Some("body") => {
                let schema = components.place(&manifest.name, &param.schema);
                operation["requestBody"] = json!({
                    "required": param.required,
                    "content": {"application/json": {"schema": schema}},
                });
            }
            // An extractor of another kind (headers, the raw request) has no place of its own here.
            _ => {}
        }
    }
    // A variable of the path that no parameter reads is there all the same.
    for name in variables(option(method, "path").unwrap_or("/")) {
        let known = parameters.iter().any(|it: &Value| it["in"] == "path" && it["name"] == name);
        if !known {
            parameters.push(
                json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}),
            );
        }
    }
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    operation
}

/// The names of the variables of a path.
fn variables(path: &str) -> Vec<&str> {
    let parts = path.split('/').filter_map(|it| it.strip_prefix('{')?.strip_suffix('}'));
    parts.map(|it| it.trim_start_matches('*')).collect()
}

/// Variables of the path: one by its own, several as a tuple in their order or as a struct by their names.
fn in_path(
    manifest: &ServiceManifest,
    method: &MethodInfo,
    param: &ParamInfo,
    components: &mut Components,
) -> Vec<Value> {
    let names = variables(option(method, "path").unwrap_or("/"));
    let whole = components.place(&manifest.name, &param.schema);
    let one = |name: &str, schema: Value| json!({"name": name, "in": "path", "required": true, "schema": schema});
    let items = whole.get("prefixItems").and_then(Value::as_array);
    let fields = whole.get("properties").and_then(Value::as_object);
    let schema = |at: usize, name: &str| match (items, fields) {
        (Some(items), _) => items.get(at).cloned().unwrap_or(json!({})),
        (_, Some(fields)) => fields.get(name).cloned().unwrap_or(json!({})),
        _ => whole.clone(),
    };
    names.iter().enumerate().map(|(at, name)| one(name, schema(at, name))).collect()
}

/// The fields of a query: each is a parameter.
fn in_query(
    manifest: &ServiceManifest,
    param: &ParamInfo,
    components: &mut Components,
) -> Vec<Value> {
    let whole = components.place(&manifest.name, &param.schema);
    let Some(fields) = whole.get("properties").and_then(Value::as_object) else {
        // A map, or a list of pairs: any keys.
        return vec![
            json!({"name": param.name, "in": "query", "style": "form", "explode": true, "schema": whole}),
        ];
    };
    let required = |name: &str| {
        whole
            .get("required")
            .and_then(Value::as_array)
            .is_some_and(|it| it.iter().any(|it| it == name))
    };
    let one = |(name, schema): (&String, &Value)| json!({"name": name, "in": "query", "required": required(name), "schema": schema});
    fields.iter().map(one).collect()
}

fn responses(
    manifest: &ServiceManifest,
    method: &MethodInfo,
    components: &mut Components,
) -> Value {
    let mut responses = Map::new();
    let mut success = json!({"description": "it succeeded"});
    let mut status = "200";
    match &method.returns {
        // A response that the method makes itself, and of which no more is known.
        Value::Bool(true) => status = "2XX",
        schema if schema.get("type") == Some(&json!("null")) => {}
        schema => {
            let schema = components.place(&manifest.name, schema);
            success["content"] = json!({"application/json": {"schema": schema}});
        }
    }
    responses.insert(status.to_owned(), success);
    let mut by_status: std::collections::BTreeMap<u16, Vec<&FaultInfo>> =
        std::collections::BTreeMap::new();
    for fault in &method.faults {
        by_status.entry(http_status(fault)).or_default().push(fault);
    }
    for (status, faults) in by_status {
        let lines = faults.iter().map(|it| match it.docs.is_empty() {
            true => it.name.clone(),
            false => format!("{}: {}", it.name, it.docs),
        });
        let problem = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
        responses.insert(
            status.to_string(),
            json!({
                "description": lines.collect::<Vec<_>>().join("\n"),
                "content": {"application/problem+json": problem},
            }),
        );
    }
    Value::Object(responses)
}

/// As the entrypoint's table has it: what is the caller's doing is not to be processed, else the service failed.
pub(crate) fn http_status(fault: &FaultInfo) -> u16 {
    fault.status.unwrap_or(if fault.expected { 422 } else { 500 })
}

/// What a fault looks like over HTTP (RFC 9457).
fn problem() -> Value {
    json!({
        "type": "object",
        "description": "A failure, as RFC 9457 has it.",
        "required": ["type", "title", "status"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string", "description": "The fault's name."},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "data": {"description": "What comes with the fault."},
        },
    })
}
