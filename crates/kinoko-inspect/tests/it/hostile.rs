//! Schemas that are made to take long, to go deep or to grow: each is judged soon, and none of them hides what else
//! changed.

use kinoko_inspect::{diff, rules::Level};
use kinoko_manifest::{EntrypointInfo, MethodInfo, ServiceManifest};
use serde_json::{Map, Value, json};

/// A service that returns something of a schema, and a word or a number beside it.
fn service(schema: &Value, beside: &str, version: &str) -> ServiceManifest {
    let mut service = ServiceManifest::new("s", version);
    for (name, returns) in [("a", schema.clone()), ("b", json!({"type": beside}))] {
        let mut method = MethodInfo::new(name, EntrypointInfo::new("rpc"));
        method.returns = returns;
        service.methods.push(method);
    }
    service
}

/// Whatever `old` and `new` are like, that the method beside them broke is told.
#[track_caller]
fn check(old: &Value, new: &Value) -> Vec<diff::Change> {
    let changes = diff::diff(&service(old, "string", "1.0.0"), &service(new, "integer", "2.0.0"));
    let beside = changes.iter().find(|it| it.path == "b.reply" && it.about.id == "type");
    assert_eq!(beside.map(|it| it.level), Some(Level::Breaking));
    changes
}

fn named(count: usize, schema: impl Fn(usize) -> Value, last: Value) -> Value {
    let mut types: Map<String, Value> =
        (0..count).map(|at| (format!("D{at}"), schema(at + 1))).collect();
    types.insert(format!("D{count}"), last);
    json!({"$ref": "#/$defs/D0", "$defs": types})
}

fn to(at: usize) -> String {
    format!("#/$defs/D{at}")
}

#[test]
fn what_grows_without_end() {
    let inner = json!({"allOf": [{"$ref": "#/$defs/A"}, {"type": "object", "properties": {"next": {"$ref": "#/$defs/A"}}}]});
    let grows = json!({"$ref": "#/$defs/A", "$defs": {"A": {"type": "object", "properties": {"next": inner}}}});
    check(&grows, &grows);
}

#[test]
fn what_goes_deep() {
    for last in [json!({"type": "string"}), json!({"type": "null"})] {
        let all = named(20_000, |next| json!({"allOf": [{"$ref": to(next)}]}), last.clone());
        check(&named(20_000, |next| json!({"allOf": [{"$ref": to(next)}]}), json!(true)), &all);
        let references = named(20_000, |next| json!({"$ref": to(next)}), last.clone());
        check(&references, &references);
        let fields = |last| {
            let one = |next| json!({"type": "object", "required": ["n"], "properties": {"n": {"$ref": to(next)}}});
            named(20_000, one, last)
        };
        check(&fields(json!({"type": "integer"})), &fields(last));
    }
}

#[test]
fn what_doubles_at_each_step() {
    let tree = |last| {
        let one = |next| {
            let both = json!({"$ref": to(next)});
            json!({"type": "object", "required": ["a", "b"], "properties": {"a": both, "b": both}})
        };
        named(40, one, last)
    };
    let changes = check(&tree(json!({"type": "integer"})), &tree(json!({"type": "string"})));
    assert!(changes.iter().any(|it| it.path.starts_with("a.reply") && it.level > Level::Safe));
}

#[test]
fn enums_that_are_told_apart_by_others() {
    let words: Vec<String> = (0..64).map(|it| format!("v{it}")).collect();
    let names: Vec<String> = (0..6).map(|it| format!("e{it}")).collect();
    let object = |one: Option<&String>| {
        let holds = |name: &String| match one {
            Some(it) if it == name => json!({"const": "v0"}),
            _ => json!({"enum": words}),
        };
        let properties: Map<String, Value> =
            names.iter().map(|it| (it.clone(), holds(it))).collect();
        json!({"type": "object", "properties": properties, "required": names})
    };
    let variants: Vec<Value> = names.iter().map(|it| object(Some(it))).collect();
    let changes = check(&json!({"anyOf": variants}), &object(None));
    assert!(changes.iter().any(|it| it.path.starts_with("a.reply") && it.level > Level::Safe));
}
