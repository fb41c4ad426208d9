//! Maps: what they say, and that a picture of one can be read.

use std::{fs, path::Path};

use kinoko_inspect::map::{Cut, Drawing, Map, Only, Problem};
use kinoko_manifest::{
    CallInfo, ClientInfo, DependencyInfo, EntrypointInfo, EventInfo, MethodInfo, ServiceManifest,
};
use serde_json::Value;

pub(crate) fn shop() -> Vec<ServiceManifest> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/shop/manifests");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    let read =
        |it: &std::path::PathBuf| ServiceManifest::from_json(&fs::read_to_string(it).unwrap());
    files.iter().map(|it| read(it).unwrap()).collect()
}

/// A system of services that call each other here and there, the same for the same number.
fn system(count: usize) -> Vec<ServiceManifest> {
    let mut state = 7_u64;
    let mut below = |bound: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % bound
    };
    let mut services = Vec::new();
    for at in 0..count {
        let mut service = ServiceManifest::new(format!("service-{at:03}"), "1.0.0");
        for method in 0..10 {
            service
                .methods
                .push(MethodInfo::new(format!("method_{method}"), EntrypointInfo::new("rpc")));
        }
        let mut events = DependencyInfo::new("events", "dispatcher");
        for event in 0..5 {
            events.emits.push(EventInfo {
                source: service.name.clone(),
                event_type: format!("event_{event}"),
                docs: String::new(),
                schema: Value::Bool(true),
                schema_as_read: None,
            });
        }
        service.dependencies.push(events);
        for field in 0..below(3) {
            let methods = (0..=below(4)).map(|it| CallInfo {
                name: format!("method_{it}"),
                params: Vec::new(),
                returns: Value::Bool(true),
                faults: Vec::new(),
            });
            let client = ClientInfo {
                service: format!("service-{:03}", below(count)),
                methods: methods.collect(),
            };
            let mut dependency = DependencyInfo::new(format!("client_{field}"), "client");
            dependency.client = Some(client);
            service.dependencies.push(dependency);
        }
        for handler in 0..below(3) {
            let entrypoint = EntrypointInfo::new("event")
                .option("source", format!("service-{:03}", below(count)))
                .option("event", format!("event_{}", below(5)));
            service.methods.push(MethodInfo::new(format!("on_{handler}"), entrypoint));
        }
        services.push(service);
    }
    services
}

/// No two texts have a point in common, and all are within the picture.
fn check_legible(drawing: &Drawing) {
    let all: Vec<_> = drawing.boxes.iter().chain(&drawing.labels).collect();
    for (at, one) in all.iter().enumerate() {
        let inside = one.x >= 0.0
            && one.y >= 0.0
            && one.x + one.width <= drawing.width
            && one.y + one.height <= drawing.height;
        assert!(inside, "{one:?} is outside of {} x {}", drawing.width, drawing.height);
        for other in &all[at + 1..] {
            assert!(!one.overlaps(other), "{one:?} overlaps {other:?}");
        }
    }
    for line in &drawing.lines {
        assert!(line.points.len() >= 2, "{line:?}");
        // Where a line is level it runs across no text but its own label.
        for pair in line.points.windows(2).filter(|it| it[0].1 == it[1].1) {
            let ((from, y), (to, _)) = (pair[0], pair[1]);
            let (left, right) = (f64::min(from, to), f64::max(from, to));
            let crossed = all.iter().filter(|it| {
                it.x + 1.0 < right
                    && left < it.x + it.width - 1.0
                    && it.y < y
                    && y < it.y + it.height
            });
            let crossed = crossed.count();
            assert!(crossed <= 1, "a line crosses {crossed} texts: {line:?}");
        }
    }
}

#[test]
fn a_picture_can_be_read_and_is_the_same_each_time() {
    for manifests in [shop(), system(30), system(100), Vec::new()] {
        let map = Map::of(&manifests);
        let drawing = Drawing::of(&map);
        check_legible(&drawing);
        assert_eq!(drawing.boxes.len(), map.services.len());
        assert_eq!(drawing.lines.len(), map.calls.len() + map.events.len());
        let mut turned = manifests.clone();
        turned.reverse();
        assert_eq!(drawing.to_svg(), Drawing::of(&Map::of(&turned)).to_svg());
    }
}

/// The forms of the shop's map, as files; `KINOKO_REFRESH=1` writes them.
#[test]
fn the_map_of_the_shop() {
    let map = Map::of(&shop());
    let check = |name: &str, text: String| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        if std::env::var_os("KINOKO_REFRESH").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_else(|err| panic!("{name}: {err}"));
        assert_eq!(text, committed, "{name}");
    };
    check("tests/maps/shop.txt", map.to_text());
    check("tests/maps/shop.mmd", map.to_mermaid());
    check("tests/maps/shop.dot", map.to_dot());
    check("../../docs/guide/src/images/shop.svg", Drawing::of(&map).to_svg());
    check("tests/maps/shop.json", format!("{}\n", serde_json::to_string_pretty(&map).unwrap()));
}

#[test]
fn what_does_not_add_up_is_told() {
    let mut consumer = ServiceManifest::new("a", "1.0.0");
    let call = |name: &str| CallInfo {
        name: name.to_owned(),
        params: Vec::new(),
        returns: Value::Null,
        faults: Vec::new(),
    };
    let client = |service: &str, method: &str| {
        let mut dependency = DependencyInfo::new(service, "client");
        dependency.client =
            Some(ClientInfo { service: service.to_owned(), methods: vec![call(method)] });
        dependency
    };
    consumer.dependencies = vec![client("b", "gone"), client("old", "x")];
    consumer.methods.push(MethodInfo::new(
        "on_never",
        EntrypointInfo::new("event").option("source", "b").option("event", "never"),
    ));
    let mut provider = ServiceManifest::new("b", "1.0.0");
    provider.methods.push(MethodInfo::new("back", EntrypointInfo::new("rpc")));
    provider.dependencies.push(client("a", "x"));
    let mut events = DependencyInfo::new("events", "dispatcher");
    events.emits.push(EventInfo {
        source: "b".to_owned(),
        event_type: "unheard".to_owned(),
        docs: String::new(),
        schema: Value::Bool(true),
        schema_as_read: None,
    });
    provider.dependencies.push(events);
    let map = Map::of(&[consumer, provider]);
    let texts: Vec<String> = map.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "a calls b.gone, which b does not serve",
            "b calls a.x, which a does not serve",
            "a handles b.never, which nobody emits",
            "b emits b.unheard, which nobody handles",
            "a -> b call each other in a circle",
            "old is used, and there is no manifest of it",
        ]
    );
    assert!(matches!(map.problems[4], Problem::Circle { .. }));
}

#[test]
fn a_part_of_a_map() {
    let map = Map::of(&shop());
    let names = |cut: Cut| -> Vec<String> { map.cut(&cut).unwrap().services.into_keys().collect() };
    let around = Some("catalogue".to_owned());
    assert_eq!(names(Cut { around: around.clone(), ..Cut::default() }), ["catalogue", "orders"]);
    let two = Cut { around: around.clone(), depth: Some(2), only: None };
    assert_eq!(names(two).len(), 5);
    let events = Cut { around, depth: Some(9), only: Some(Only::Events) };
    assert_eq!(names(events), ["catalogue"]);
    let nobody = Cut { around: Some("order".to_owned()), ..Cut::default() };
    let error = map.cut(&nobody).unwrap_err();
    assert!(error.contains("\"order\"") && error.contains("orders"), "{error}");
}
