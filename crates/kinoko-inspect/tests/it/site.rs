//! The site: that every link of it leads somewhere, and that nothing in a manifest is taken for markup.

use std::collections::{BTreeMap, BTreeSet};

use kinoko_inspect::{
    documents::{Title, asyncapi},
    site::{SiteError, site},
};
use kinoko_manifest::{DependencyInfo, EntrypointInfo, EventInfo, MethodInfo, ServiceManifest};
use serde_json::{Value, json};

use crate::maps::shop;

fn title() -> Title {
    Title {
        title: "A mushroom shop".to_owned(),
        version: "0.1.0".to_owned(),
        description: String::new(),
    }
}

/// All of a site.
fn files(title: &Title, manifests: Vec<ServiceManifest>) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let done = site(title, manifests, |name, text| -> Result<(), SiteError> {
        assert!(files.insert(name.to_owned(), text.to_owned()).is_none(), "{name} twice");
        Ok(())
    });
    done.unwrap();
    files
}

/// What the attribute of that name holds, wherever it is in a page.
fn attribute<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let begin = format!(" {name}=\"");
    page.split(&*begin).skip(1).filter_map(|it| it.split('"').next()).collect()
}

/// A path as seen from a page.
fn resolved(page: &str, path: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn check_links(files: &BTreeMap<String, String>) {
    for (name, page) in files.iter().filter(|(name, _)| name.ends_with(".html")) {
        let ids = attribute(page, "id");
        let different: BTreeSet<&&str> = ids.iter().collect();
        assert_eq!(ids.len(), different.len(), "{name}: an anchor is there twice: {ids:?}");
        for link in attribute(page, "href").into_iter().chain(attribute(page, "src")) {
            if link.starts_with("data:") {
                continue;
            }
            assert!(!link.contains("://"), "{name}: {link} is elsewhere");
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { name.clone() } else { resolved(name, path) };
            let there = files.get(&target).unwrap_or_else(|| panic!("{name}: {link}: no {target}"));
            let anchors: BTreeSet<&str> = attribute(there, "id").into_iter().collect();
            assert!(anchor.is_empty() || anchors.contains(anchor), "{name}: no anchor {link}");
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    let files = files(&title(), shop());
    check_links(&files);
    let index = files["search-index.js"].strip_prefix("window.kinokoIndex = ").unwrap();
    let index: Value = serde_json::from_str(index.trim_end().trim_end_matches(';')).unwrap();
    assert!(index.as_array().unwrap().len() > 20);
    for hit in index.as_array().unwrap() {
        let (path, anchor) =
            hit[2].as_str().unwrap().split_once('#').unwrap_or((hit[2].as_str().unwrap(), ""));
        let page = &files[path];
        assert!(anchor.is_empty() || attribute(page, "id").contains(&anchor), "{hit}");
    }
    for expected in
        ["services/orders.html", "services/orders.openapi.json", "asyncapi.json", "system.md"]
    {
        assert!(files.contains_key(expected), "no {expected}");
    }
    let orders = &files["services/orders.html"];
    for text in [
        "place",
        "GET /orders/{id}",
        "NoSuchOrder",
        "every 5s",
        "is heard by",
        "Takes orders and sees them through.",
    ] {
        assert!(orders.contains(text), "no {text} on the page of orders");
    }
}

#[test]
fn an_event_and_its_handler_may_have_one_name() {
    let mut manifest = ServiceManifest::new("orders", "1.0.0");
    let event = EntrypointInfo::new("event").option("source", "orders").option("event", "placed");
    manifest.methods.push(MethodInfo::new("placed", event));
    let mut events = DependencyInfo::new("events", "dispatcher");
    events.emits.push(EventInfo {
        source: "orders".to_owned(),
        event_type: "placed".to_owned(),
        docs: String::new(),
        schema: Value::Bool(true),
        schema_as_read: None,
    });
    manifest.dependencies.push(events);
    let files = files(&Title::of(&manifest), vec![manifest]);
    check_links(&files);
    // The handler says where its event is described. What is not there is not offered.
    assert!(files["services/orders.html"].contains("orders.html#emits-orders.placed"));
    assert!(!files.contains_key("openapi.json"));
}

#[test]
fn nothing_in_a_manifest_is_markup() {
    let nasty = "<script>alert(1)</script>\"'&";
    let mut manifest = ServiceManifest::new(nasty, nasty);
    manifest.docs = nasty.to_owned();
    let mut method = MethodInfo::new(nasty, EntrypointInfo::new("rpc"));
    method.docs = nasty.to_owned();
    method.returns = serde_json::json!({"type": "object", "properties": {nasty: {"const": nasty, "description": nasty}}});
    manifest.methods.push(method);
    let files = files(&Title::of(&manifest), vec![manifest]);
    for (name, page) in files.iter().filter(|(name, _)| name.ends_with(".html")) {
        assert!(!page.contains("<script>alert"), "{name}: {page}");
    }
    for name in files.keys() {
        assert!(!name.contains(['<', '"', ' ']), "{name}");
    }
}

/// Services that know types of one name, each by its own idea of it; of what they call and handle, some is described
/// by nobody.
fn of_one_name() -> Vec<ServiceManifest> {
    let order = |of: &str| json!({"$ref": "#/$defs/Order", "$defs": {"Order": {"items": {"$ref": "#/$defs/Item"}}, "Item": {"type": of}}});
    let service = |name: &str, calls: &str, handles: &str, of: &str| {
        let call = |service: &str| {
            json!({"field": "client", "kind": "rpc", "client": {"service": service, "methods": [
            {"name": "place", "params": [{"name": "order", "required": true, "schema": order("boolean")}], "returns": order(of)}]}})
        };
        let handler = |source: &str| {
            json!({"name": format!("on_{source}"), "params": [{"name": "event", "required": true, "schema": order("null")}],
            "entrypoint": {"kind": "event", "options": {"source": source, "event": "placed"}}})
        };
        ServiceManifest::from_value(json!({
            "manifest": 2, "name": name, "version": "1.0.0",
            "methods": [
                {"name": "place", "entrypoint": {"kind": "rpc"}, "params": [{"name": "order", "required": true, "schema": order(of)}], "returns": order("string")},
                handler(handles),
                handler("nobody"),
            ],
            "dependencies": [
                {"field": "events", "kind": "dispatcher", "emits": [{"source": name, "event_type": "placed", "schema": order(of)}]},
                call(calls),
                call("nobody"),
            ],
        }))
        .unwrap()
    };
    // A method `request` of `b.place`, which nobody serves, beside the request to `place` of `b`.
    let mut dotted = service("d", "b", "b", "string");
    let mut call = dotted.dependencies[1].clone();
    let client = call.client.as_mut().unwrap();
    (client.service, client.methods[0].name) = ("b.place".to_owned(), "request".to_owned());
    dotted.dependencies.push(call);
    vec![
        dotted,
        service("a", "b", "c", "integer"),
        service("b", "c", "a", "number"),
        service("c", "a", "b", "integer"),
    ]
}

/// What is put together from documents of services is the same as what is made of all of them.
#[test]
fn the_documents_are_those_of_the_services() {
    for services in [shop(), of_one_name()] {
        let text = |document: Value| format!("{document:#}\n");
        let files = files(&title(), services.clone());
        let all = asyncapi(&title(), &services);
        assert_eq!(files["asyncapi.json"], text(all.clone()));
        for it in &services {
            let own = asyncapi(&Title::of(it), [it]);
            assert_eq!(files[&format!("services/{}.asyncapi.json", it.name)], text(own));
        }
        // Nothing is there for what another describes.
        for name in all["components"]["schemas"].as_object().unwrap().keys() {
            let reference = format!("\"#/components/schemas/{name}\"");
            assert!(files["asyncapi.json"].contains(&reference), "nothing refers to {name}");
        }
    }
}
