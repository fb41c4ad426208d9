//! What is generated, at work: manifests, faults that come back, clients.

use kinoko::{Dependency, Event, EventSet, FaultType, manifest, prelude::*};
use serde_json::json;

use crate::{
    arguments::{FindError, Finder, Search},
    blocking::Sums,
    client::{UserError, UsersClient},
    dependencies::Nested,
    entrypoints::Everything,
    event::{OrderCancelled, OrderEvents, OrderPlaced},
    fault::PlaceError,
    hello::{Greeter, GreeterClient},
};

#[test]
fn a_service_describes_itself() {
    let manifest = manifest::<Greeter>();
    assert_eq!((&*manifest.name, &*manifest.docs), ("greeter", "Knows how to greet."));
    let hello = manifest.method("hello").unwrap();
    assert_eq!((&*hello.docs, &*hello.entrypoint.kind), ("Greets someone.", "rpc"));
    assert_eq!(hello.params[0].schema["type"], "string");
    assert_eq!(hello.returns["type"], "string");
}

#[test]
fn the_crate_may_go_by_another_name() {
    assert_eq!(manifest::<crate::renamed::Orders>().methods[0].faults[0].name, "Full");
}

#[test]
fn parameters_say_whether_they_can_be_left_out() {
    let manifest = manifest::<Search>();
    let params = &manifest.method("find").unwrap().params;
    let found: Vec<_> = params
        .iter()
        .map(|it| (&*it.name, it.required, it.default.clone(), it.sensitive))
        .collect();
    assert_eq!(
        found,
        [
            ("words", true, None, false),
            ("after", false, None, false),
            ("limit", false, Some(json!(20)), false),
            ("tags", false, Some(json!([])), false),
            ("token", true, None, true),
        ]
    );
    assert!(manifest.method("move").is_some(), "a raw identifier goes by its plain name");
    assert!(manifest.method("elsewhere").is_none(), "what is not compiled is not described");
    assert!(manifest.method("own").is_none(), "what has no entrypoint is not described");
}

#[test]
fn entrypoints_have_their_options() {
    let manifest = manifest::<Everything>();
    let check = |index: usize, name: &str, kind: &str, options: serde_json::Value| {
        let method = &manifest.methods[index];
        let found = serde_json::to_value(&method.entrypoint.options).unwrap();
        assert_eq!((&*method.name, &*method.entrypoint.kind, found), (name, kind, options));
    };
    check(0, "placed", "event", json!({"source": "orders", "event": "placed"}));
    check(
        1,
        "count",
        "event",
        json!({
            "source": "orders", "event": "placed", "mode": "singleton", "on_failure": "requeue"
        }),
    );
    check(2, "count", "event", json!({"source": "orders", "event": "cancelled"}));
    let flush = json!({
        "source": "orders", "event": "placed", "mode": "broadcast", "reliable": false
    });
    check(3, "flush", "event", flush);
    let show = &manifest.methods[5];
    assert_eq!(show.entrypoint.options["path"], "/orders/{id}");
    let params: Vec<_> =
        show.params.iter().map(|it| (&*it.name, it.location.as_deref().unwrap())).collect();
    assert_eq!(params, [("id", "path"), ("page", "query")]);
    assert_eq!(show.params[1].schema["properties"]["number"]["type"], "integer");
    assert_eq!(show.returns["type"], "integer");
    check(7, "tick", "timer", json!({"every": "30s", "eager": true}));
    check(8, "work", "sqs", json!({"queue": "jobs", "workers": 3}));
}

#[test]
fn a_group_of_dependencies_has_dotted_names() {
    let mut out = Vec::new();
    Nested::describe("shop", "", &mut out);
    let fields: Vec<_> = out.iter().map(|it| (&*it.field, &*it.kind)).collect();
    assert_eq!(
        fields,
        [
            ("private", "shared"),
            ("cached.values", "shared"),
            ("cached.call", "call_context"),
            ("state", "shared"),
        ]
    );
}

#[test]
fn a_set_of_events_describes_each() {
    let events = OrderEvents::describe();
    let found: Vec<_> = events.iter().map(|it| (&*it.source, &*it.event_type, &*it.docs)).collect();
    let docs = "An order was placed.\n\nAnd paid for.";
    assert_eq!(found, [("orders", "placed", docs), ("orders", "cancelled", "")]);
    assert_eq!(events[0].schema["properties"]["id"]["type"], "integer");
    assert_eq!((OrderPlaced::SOURCE, OrderPlaced::TYPE), ("orders", "placed"));
    assert!(
        matches!(OrderEvents::from(OrderPlaced { id: 1 }), OrderEvents::Placed(it) if it.id == 1)
    );
    assert!(matches!(OrderEvents::from(OrderCancelled), OrderEvents::Cancelled(OrderCancelled)));
}

#[test]
fn faults_come_back_as_they_were() {
    let check = |error: PlaceError, name: &str, message: &str, comes_back: bool| {
        let before = format!("{error:?}");
        let fault = error.into_fault();
        assert_eq!((fault.name(), fault.message()), (name, message));
        let after = CallError::<PlaceError>::from(fault);
        let after = after.declared().map(|it| format!("{it:?}"));
        assert_eq!(after.is_some_and(|it| it == before), comes_back, "{before}");
    };
    check(PlaceError::EmptyBasket, "EmptyBasket", "Nothing in the basket", true);
    let out = PlaceError::OutOfStock { sku: "enoki".to_owned(), left: 2 };
    check(out, "OUT", "2 of enoki left", true);
    check(PlaceError::TooMany(3, vec!["enoki".to_owned()]), "TooMany", "too many", true);
    check(PlaceError::Full { percent: 99, f: None }, "Full", "full", true);
    check(std::io::Error::other("disk").into(), "Store", "try again later", false);
    check(PlaceError::Boxed { cause: "x".into() }, "Boxed", "boxed", false);
    check(PlaceError::Traced { id: 1, trace: Vec::new() }, "Traced", "traced", true);
    check(
        CallError::Declared(crate::fault::UserError::NoSuchUser).into(),
        "NoSuchUser",
        "no such user",
        true,
    );
    check(Fault::application("Else", "x").into(), "Else", "x", false);
}

#[test]
fn what_is_for_the_log_stays_here() {
    let fault = Fault::from(PlaceError::Full { percent: 7, f: None });
    assert_eq!(fault.log(), Some("disk at   7%"));
    assert_eq!(fault.path(), Some("shop.errors.Full"));
    let fault = Fault::from(PlaceError::from(std::io::Error::other("password")));
    assert_eq!((fault.log(), fault.data()), (Some("password"), None));
}

#[test]
fn a_failure_of_the_framework_is_not_mistaken_for_a_declared_one() {
    let fault = Fault::new(FaultKind::Timeout, "too late");
    assert!(CallError::<FindError>::from(fault).declared().is_none());
}

#[test]
fn the_data_of_a_fault_has_a_schema() {
    let faults = PlaceError::describe();
    assert!(faults.iter().any(|it| it.name == "NoSuchUser"), "what it passes on, it declares");
    let out = faults.iter().find(|it| it.name == "OUT").unwrap();
    assert_eq!((out.expected, out.status), (true, Some(409)));
    let schema = out.data.as_ref().unwrap();
    assert_eq!(schema["type"], "object");
    assert_eq!(schema["properties"]["sku"]["type"], "string");
    assert_eq!(schema["required"], json!(["sku", "left"]));
}

#[tokio::test]
async fn a_client_sends_arguments_by_name_and_leaves_out_what_is_not_given() {
    let client = Finder::stub(|service, method, body| {
        assert_eq!((service, method), ("search", "find"));
        assert_eq!(body["kwargs"], json!({"words": ["enoki"], "limit": 3, "token": "t"}));
        Ok(json!([7]))
    });
    let words = vec!["enoki".to_owned()];
    let found = client.find(words, None, Some(3), None, "t".to_owned()).await;
    assert_eq!(found.unwrap(), [7]);
}

#[tokio::test]
async fn a_client_tells_a_declared_error_from_others() {
    let client = UsersClient::stub(|_, _, _| Err(UserError::NoSuchUser { id: 7 }.into()));
    let error = client.name(7).await.unwrap_err();
    assert!(matches!(error, CallError::Declared(UserError::NoSuchUser { id: 7 })));
    let client = UsersClient::stub(|service, _, _| Err(Fault::unknown_service(service)));
    let error = client.name(7).await.unwrap_err();
    assert!(matches!(error, CallError::Other(fault) if fault.kind() == FaultKind::UnknownService));
}

#[test]
fn a_client_says_what_it_calls() {
    let mut out = Vec::new();
    UsersClient::describe("orders", "users", &mut out);
    let client = out[0].client.as_ref().unwrap();
    assert_eq!((&*out[0].field, &*client.service), ("users", "users"));
    assert_eq!(client.methods[0].faults[0].name, "NoSuchUser");
    let rename: Vec<_> =
        client.methods[1].params.iter().map(|it| (&*it.name, it.required)).collect();
    assert_eq!(rename, [("id", true), ("name", true), ("reason", false), ("tries", false)]);
}

#[tokio::test]
async fn services_are_called() {
    let running = Runner::new().service::<Greeter>().service::<Sums>().start().await.unwrap();
    let greeter = GreeterClient::from(running.client());
    assert_eq!(greeter.hello("Matt".to_owned()).await.unwrap(), "Hello, Matt!");
    let client = running.client();
    assert_eq!(client.call::<i64>("sums", "add", [3, 4]).await.unwrap(), 7);
    let fault = client.call::<i64>("sums", "divide", [3, 0]).await.unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Internal);
    running.stop(std::time::Duration::from_secs(1)).await;
}
