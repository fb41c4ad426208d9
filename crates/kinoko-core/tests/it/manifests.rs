//! The JSON Schema of the manifest's format says what is read of one that was written by hand: both are asked of
//! everything that is a little other than a manifest with all there is.

use std::{fs, path::Path};

use jsonschema::Validator;
use kinoko_manifest::{FORMAT, SCHEMA, ServiceManifest, unknown_key};
use serde_json::{Value, json};

use crate::mutate::{self, Change, Mutant};

/// What is read although the schema refuses it, or the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// Older versions are read; each has a schema of its own.
    Older,
    /// serde reads a struct from a list of its fields too. Nobody writes one so.
    Listed,
    /// Whatever stands in the place of a schema is taken along, and who compares it says that it is none.
    NoSchema,
    /// A key that nobody knows and that says nothing cannot be told from one that is left out for saying nothing.
    Nothing,
    /// To JSON Schema 2.0 is an integer, and to serde it is none.
    Pointed,
}

impl Why {
    const ALL: &[Why] = &[Why::Older, Why::Listed, Why::NoSchema, Why::Nothing, Why::Pointed];

    fn explains(self, Mutant { change, at, from, to, .. }: &Mutant, read: bool) -> bool {
        let place = at.rsplit('/').next().unwrap_or_default();
        match self {
            Why::Older => read && at == "/manifest" && to.as_u64() < Some(FORMAT.into()),
            Why::Listed => read && from.is_object() && to.is_array(),
            Why::NoSchema => {
                let schemas = [
                    "schema",
                    "schema_as_read",
                    "schema_as_written",
                    "returns",
                    "returns_as_read",
                    "data",
                ];
                read && schemas.contains(&place) && !to.is_object() && !to.is_boolean()
            }
            Why::Nothing => {
                read && *change == Change::Added
                    && matches!(&to["unknown"], Value::Null | Value::Object(_))
            }
            Why::Pointed => !read && *change == Change::Pointed,
        }
    }
}

#[test]
fn the_schema_says_what_is_read() {
    let schema = schema();
    let mut seen = vec![false; Why::ALL.len()];
    let mut wrong = Vec::new();
    let mutants = mutate::mutants(&[everything(), least()]);
    for ways in &mutants {
        let value = &ways[0].value;
        let (read, valid) = (is_read(value), schema.is_valid(value));
        if read == valid {
            continue;
        }
        let mut explained = false;
        for (why, seen) in Why::ALL.iter().zip(&mut seen) {
            if ways.iter().any(|it| why.explains(it, read)) {
                (explained, *seen) = (true, true);
            }
        }
        if !explained {
            let Mutant { change, at, from, to, .. } = &ways[0];
            wrong
                .push(format!("read: {read}, valid: {valid}: {from} -> {to} ({change:?} at {at})"));
        }
    }
    println!("{} values", mutants.len());
    for (why, _) in Why::ALL.iter().zip(&seen).filter(|(_, seen)| !**seen) {
        wrong.push(format!("{why:?} is no exception any more"));
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn every_manifest_there_is_validates() {
    let schema = schema();
    let check = |name: &str, value: &Value| {
        let wrong: Vec<String> =
            schema.iter_errors(value).map(|it| format!("{}: {it}", it.instance_path())).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
    };
    check("everything", &everything());
    // It is all there is: what is left out for saying nothing would be missing.
    let manifest = ServiceManifest::from_value(everything()).unwrap();
    assert_eq!(serde_json::to_value(&manifest).unwrap(), everything());
    check("the least", &least());
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for folder in ["../../examples/shop/manifests", "../kinoko-manifest/tests/formats"] {
        for file in fs::read_dir(here.join(folder)).unwrap() {
            let path = file.unwrap().path();
            let manifest = ServiceManifest::from_json(&fs::read_to_string(&path).unwrap()).unwrap();
            check(&path.display().to_string(), &serde_json::to_value(&manifest).unwrap());
            count += 1;
        }
    }
    assert!(count >= 6, "{count} manifests");
    let guide = fs::read_to_string(here.join("../../docs/guide/src/deploying.md")).unwrap();
    let by_hand = guide.split("```yaml\n").filter_map(|it| it.split("```").next());
    let mut by_hand = by_hand.filter(|it| it.contains("manifest: 2"));
    let by_hand: Value = serde_saphyr::from_str(by_hand.next().unwrap()).unwrap();
    assert!(is_read(&by_hand));
    check("the guide's", &by_hand);
}

fn schema() -> Validator {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

/// As a manifest that was written by hand is read.
fn is_read(value: &Value) -> bool {
    let manifest = ServiceManifest::from_value(value.clone());
    manifest.is_ok_and(|it| unknown_key(value, &it).is_none())
}

fn least() -> Value {
    json!({"manifest": FORMAT, "name": "a", "version": "1"})
}

fn everything() -> Value {
    let schema = json!({"type": "string"});
    let param = json!({
        "name": "id", "schema": schema, "schema_as_written": schema, "required": true, "default": "a",
        "sensitive": true, "location": "path",
    });
    let fault = json!({"name": "NotFound", "docs": "None.", "expected": true, "status": 404, "data": schema});
    json!({
        "manifest": FORMAT, "name": "orders", "version": "1.0.0", "revision": "a1b2", "docs": "Orders.",
        "methods": [{
            "name": "place", "docs": "Places.",
            "entrypoint": {"kind": "http", "options": {"path": "/{id}", "retries": 3}},
            "params": [param], "returns": schema, "returns_as_read": schema, "faults": [fault],
            "location": {"file": "src/lib.rs", "line": 7},
        }],
        "dependencies": [{
            "field": "stock", "kind": "client",
            "client": {
                "service": "stock",
                "methods": [{"name": "take", "params": [param], "returns": schema, "faults": [fault]}],
            },
            "emits": [{
                "source": "orders", "event_type": "placed", "docs": "Placed.", "schema": schema,
                "schema_as_read": schema,
            }],
            "settings": {"section": "stock", "schema": schema},
        }],
    })
}
