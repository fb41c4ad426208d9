//! OpenAPI and AsyncAPI documents of every example pass the validators of those who make these, and render.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::tools::{Tools, examples};

/// A document of an example.
struct Document {
    kind: &'static str,
    path: PathBuf,
    content: Value,
}

/// Of each example those of each service, and those of all its services.
async fn documents(tools: &Tools) -> Vec<Document> {
    let mut documents = Vec::new();
    for (example, manifests) in examples() {
        let mut inputs = vec![manifests.clone()];
        inputs.extend(fs::read_dir(&manifests).unwrap().map(|it| it.unwrap().path()));
        for input in inputs {
            for kind in ["openapi", "asyncapi"] {
                let text = tools.kinoko(&[kind, &input.display().to_string()]).await;
                let of = input.file_stem().unwrap_or_default().to_string_lossy();
                let path = tools.file(&format!("{example}-{of}.{kind}.json"), &text);
                documents.push(Document {
                    kind,
                    path,
                    content: serde_json::from_str(&text).unwrap(),
                });
            }
        }
    }
    documents
}

#[derive(Debug, Deserialize)]
struct Validated {
    path: PathBuf,
    problems: Vec<String>,
}

async fn validate(tools: &Tools, documents: &[Document]) -> Vec<Validated> {
    let asked = documents.iter().map(|it| json!({"kind": it.kind, "path": it.path}));
    tools.script("validate.mjs", &asked.collect()).await
}

#[tokio::test]
async fn documents_are_valid() {
    let Some(tools) = Tools::find("documents before their validators") else { return };
    let documents = documents(&tools).await;
    let validated = validate(&tools, &documents).await;
    assert_eq!(validated.len(), documents.len());
    for Validated { path, problems } in validated {
        assert!(problems.is_empty(), "{}: {problems:#?}", path.display());
    }
}

/// What a validator that accepts everything would let pass.
#[tokio::test]
async fn documents_that_are_wrong_are_refused() {
    let Some(tools) = Tools::find("wrong documents before validators") else { return };
    let documents = documents(&tools).await;
    // What is at each of these places is given another value, or none.
    let wrong = [
        ("openapi", "/info/version", None),
        ("openapi", "/paths/~1orders~1{id}/get/parameters", None),
        ("openapi", "/paths/~1orders/get/operationId", Some(json!("orders.create"))),
        ("openapi", "/paths/~1orders/get/responses/200", Some(json!({}))),
        ("openapi", "/components/schemas/Problem/type", Some(json!("square"))),
        ("openapi", "/components/schemas/Line", None),
        ("asyncapi", "/info/version", None),
        ("asyncapi", "/asyncapi", Some(json!("9.0.0"))),
        ("asyncapi", "/components/schemas/Line", None),
        ("asyncapi", "/operations/orders.serves.get/action", Some(json!("sing"))),
        ("asyncapi", "/channels/rpc.orders.get/bindings/amqp/is", Some(json!("road"))),
    ];
    let broken = wrong.iter().enumerate().map(|(at, (kind, place, value))| {
        let has = |it: &&Document| it.kind == *kind && it.content.pointer(place).is_some();
        let mut content = documents.iter().find(has).expect(place).content.clone();
        let (parent, key) = place.rsplit_once('/').unwrap();
        let parent = content.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        parent.remove(key);
        if let Some(value) = value {
            parent.insert(key.to_owned(), value.clone());
        }
        let path = tools.file(&format!("wrong-{at}.json"), &content.to_string());
        Document { kind, path, content }
    });
    let validated = validate(&tools, &broken.collect::<Vec<_>>()).await;
    for (Validated { problems, .. }, (kind, place, _)) in validated.iter().zip(&wrong) {
        assert!(!problems.is_empty(), "{kind}: {place} is wrong, and nobody says so");
    }
    assert_eq!(validated.len(), wrong.len());
}

#[derive(Debug, Deserialize)]
struct Rendered {
    path: PathBuf,
    missing: Vec<String>,
    requests: Vec<String>,
    complaints: Vec<String>,
}

/// What somebody has to see of a document: its title, its paths, its operations.
fn texts(document: &Document) -> BTreeSet<String> {
    let content = &document.content;
    let part = if document.kind == "openapi" { "paths" } else { "operations" };
    let keys = content[part].as_object().unwrap().keys().cloned();
    keys.chain([content["info"]["title"].as_str().unwrap().to_owned()]).collect()
}

#[tokio::test]
async fn documents_render() {
    let Some(tools) = Tools::find("documents in a browser") else { return };
    let documents = documents(&tools).await;
    let mut asked: Vec<Value> = documents
        .iter()
        .map(|it| json!({"kind": it.kind, "path": it.path, "texts": texts(it), "patience": 60_000}))
        .collect();
    // That a text is missing would be noticed.
    for kind in ["openapi", "asyncapi"] {
        let document = documents.iter().find(|it| it.kind == kind).unwrap();
        let texts = ["no.such.operation"];
        asked.push(json!({"kind": kind, "path": document.path, "texts": texts, "patience": 1000}));
    }
    let mut rendered: Vec<Rendered> = tools.script("render.mjs", &asked.into()).await;
    for it in rendered.split_off(documents.len()) {
        assert_eq!(it.missing, ["no.such.operation"]);
    }
    assert_eq!(rendered.len(), documents.len());
    for Rendered { path, missing, requests, complaints } in rendered {
        let path = path.display();
        assert!(missing.is_empty(), "{path}: not to be seen: {missing:?}: {complaints:?}");
        assert!(
            requests.is_empty() && complaints.is_empty(),
            "{path}: {requests:?} {complaints:?}"
        );
    }
}
