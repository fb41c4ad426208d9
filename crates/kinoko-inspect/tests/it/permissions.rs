//! What services of a system have to be allowed: the shop's, as files. `KINOKO_REFRESH=1` writes them.

use std::{fs, path::Path};

use kinoko_inspect::permissions::{Also, Permissions, Place, Right};
use kinoko_manifest::{DependencyInfo, EntrypointInfo, MethodInfo, ServiceManifest};

use crate::maps::shop;

fn check(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/permissions").join(name);
    if std::env::var_os("KINOKO_REFRESH").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&path).unwrap(), "{name}");
}

#[test]
fn the_shop_under_the_least_permissions() {
    let of = |it: &ServiceManifest| {
        Permissions::of(&it.name, std::slice::from_ref(it), &Also::default())
    };
    let all: Vec<Permissions> = shop().iter().map(of).collect();
    let place = Place { vhost: "/".to_owned() };
    let texts: Vec<String> = all.iter().map(Permissions::to_text).collect();
    check("shop.txt", &texts.join("\n"));
    let lines: Vec<String> = all.iter().map(|it| it.to_rabbitmqctl(&place)).collect();
    check("shop.sh", &lines.concat());
    let definitions = Permissions::to_definitions(&all, &place);
    check("shop.definitions.json", &format!("{definitions:#}\n"));
}

#[test]
fn kinds_of_handlers_have_queues_of_their_own() {
    let handler = |name: &str| {
        let entrypoint = EntrypointInfo::new("event").option("source", "a.b").option("event", "x");
        MethodInfo::new(name, entrypoint)
    };
    let mut service = ServiceManifest::new("c", "1.0.0");
    let mut one = handler("one");
    one.entrypoint = one.entrypoint.option("mode", "singleton");
    let mut each = handler("each");
    each.entrypoint = each.entrypoint.option("mode", "broadcast");
    let mut named = handler("named");
    named.entrypoint = named.entrypoint.option("mode", "broadcast").option("identifier", "host|1");
    service.methods = vec![handler("pool"), one, each, named];
    let permissions = Permissions::of("c", &[service], &Also::default());
    let names = "^(evt-a[.]b-x|evt-a[.]b-x--c[.]each-[0-9a-f]{32}|evt-a[.]b-x--c[.]named-host[|]1|evt-a[.]b-x--c[.]pool)$";
    assert_eq!(permissions.pattern(Right::Configure), names);
    assert_eq!(permissions.must_exist, ["a.b.events"]);
    let topics = permissions.topics();
    assert_eq!(topics["a.b.events"], ["^$", "^(x)$"].map(str::to_owned));
}

#[test]
fn what_is_in_no_manifest_is_told_or_given() {
    let mut service = ServiceManifest::new("c", "1.0.0");
    service.dependencies.push(DependencyInfo::new("anything", "client"));
    let permissions = Permissions::of("c", &[service.clone()], &Also::default());
    assert!(permissions.unknown[0].contains("`anything`"), "{:?}", permissions.unknown);
    assert_eq!(permissions.topics()["nameko-rpc"][0], "^$");
    let calls = vec![("pay".to_owned(), None), ("mail".to_owned(), Some("send".to_owned()))];
    let also = Also { calls, direct_replies: true, rpc_exchange: Some("rpc".to_owned()) };
    let permissions = Permissions::of("c", &[service], &also);
    let keys = "^(kinoko-cancel[.]mail|kinoko-cancel[.]pay|mail[.]send|pay[.].*)$";
    assert_eq!((&permissions.unknown[..], &*permissions.topics()["rpc"][0]), (&[][..], keys));
}
