//! The interface in the languages of others: the shop's, as files. `KINOKO_REFRESH=1` writes them.

use std::{fs, path::Path};

use kinoko_inspect::documents::{Title, asyncapi, openapi};
use serde_json::Value;

use crate::maps::shop;

fn check(name: &str, document: &Value) {
    let text = format!("{document:#}\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents").join(name);
    if std::env::var_os("KINOKO_REFRESH").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&path).unwrap(), "{name}");
    every_reference_leads_somewhere(document, document);
}

fn every_reference_leads_somewhere(document: &Value, part: &Value) {
    match part {
        Value::Object(keys) => {
            if let Some(Value::String(reference)) = keys.get("$ref") {
                let place = reference.strip_prefix('#').unwrap();
                assert!(document.pointer(place).is_some(), "{reference} leads nowhere");
            }
            keys.values().for_each(|it| every_reference_leads_somewhere(document, it));
        }
        Value::Array(items) => {
            items.iter().for_each(|it| every_reference_leads_somewhere(document, it));
        }
        _ => {}
    }
}

#[test]
fn the_shop_in_other_languages() {
    let title = Title {
        title: "A mushroom shop".to_owned(),
        version: "0.1.0".to_owned(),
        description: String::new(),
    };
    check("shop.openapi.json", &openapi(&title, shop()));
    check("shop.asyncapi.json", &asyncapi(&title, shop()));
    for service in shop() {
        let one = std::slice::from_ref(&service);
        every_reference_leads_somewhere(
            &openapi(&Title::of(&service), one),
            &openapi(&Title::of(&service), one),
        );
        every_reference_leads_somewhere(
            &asyncapi(&Title::of(&service), one),
            &asyncapi(&Title::of(&service), one),
        );
    }
}

#[test]
fn what_is_served_over_http() {
    let orders: Vec<_> = shop().into_iter().filter(|it| it.name == "orders").collect();
    let document = openapi(&Title::of(&orders[0]), &orders);
    let show = &document["paths"]["/orders/{id}"]["get"];
    assert_eq!(show["operationId"], "orders.show");
    assert_eq!(show["parameters"][0]["name"], "id");
    assert_eq!(show["parameters"][0]["schema"]["type"], "string");
    let not_found = &show["responses"]["404"];
    assert!(not_found["description"].as_str().unwrap().starts_with("NoSuchOrder"), "{not_found}");
    let create = &document["paths"]["/orders"]["post"];
    // What no status was given for has that of the entrypoint's table; what a method answers with by itself, any.
    let statuses: Vec<&String> = create["responses"].as_object().unwrap().keys().collect();
    assert_eq!(statuses, ["2XX", "404", "422"]);
    let create = &create["requestBody"];
    assert_eq!(create["required"], true);
    assert!(create["content"]["application/json"]["schema"].is_object());
}

#[test]
fn what_goes_over_the_broker() {
    let document = asyncapi(&Title::of(&shop()[0]), shop());
    let channel = &document["channels"]["event.orders.placed"];
    assert_eq!(channel["address"], "placed");
    assert_eq!(channel["bindings"]["amqp"]["exchange"]["name"], "orders.events");
    let operations = document["operations"].as_object().unwrap();
    for name in [
        "orders.emits.orders.placed",
        "stock.handles.on_placed",
        "orders.calls.catalogue.get",
        "catalogue.serves.get",
    ] {
        assert!(operations.contains_key(name), "{name}");
    }
    assert_eq!(operations["catalogue.serves.get"]["action"], "receive");
    assert_eq!(operations["orders.calls.catalogue.get"]["action"], "send");
}
