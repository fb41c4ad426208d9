//! The commands that read manifests: what they print, and what they end with.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{Ran, kinoko};

/// A folder of a test's own.
pub(crate) struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    pub(crate) fn new() -> Scene {
        Scene { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and gives its path.
    fn file(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        self.path(name).display().to_string()
    }

    pub(crate) fn manifest(&self, manifest: &Value) -> String {
        let name = format!(
            "{}-{}.json",
            manifest["name"].as_str().unwrap(),
            manifest["version"].as_str().unwrap()
        );
        self.file(&name, &manifest.to_string())
    }

    fn deployments(&self) -> String {
        self.path("deployments").display().to_string()
    }

    #[track_caller]
    pub(crate) fn check(&self, args: &[&str], code: i32, expected: &[&str]) -> Ran {
        let ran = kinoko("amqp://nowhere.invalid", args);
        assert_eq!(ran.code, Some(code), "{args:?}: {ran:?}");
        for text in expected {
            let found = ran.out.contains(text) || ran.err.contains(text);
            assert!(found, "{args:?}: no {text:?} in\n{}\n{}", ran.out, ran.err);
        }
        ran
    }
}

/// A service with one method that answers fields, all of them integers.
pub(crate) fn provider(version: &str, fields: &[&str]) -> Value {
    json!({"manifest": 2, "name": "stock", "version": version, "methods": [{
        "name": "left",
        "entrypoint": {"kind": "rpc"},
        "params": [{"name": "sku", "schema": {"type": "string"}, "required": true}],
        "returns": answer(fields),
    }]})
}

/// A service that calls it and reads fields.
fn consumer(version: &str, fields: &[&str]) -> Value {
    json!({"manifest": 2, "name": "orders", "version": version, "methods": [], "dependencies": [{
        "field": "stock",
        "kind": "client",
        "client": {"service": "stock", "methods": [{
            "name": "left",
            "params": [{"name": "sku", "schema": {"type": "string"}, "required": true}],
            "returns": answer(fields),
        }]},
    }]})
}

fn answer(fields: &[&str]) -> Value {
    let properties = fields.iter().map(|it| ((*it).to_owned(), json!({"type": "integer"})));
    json!({"type": "object", "properties": properties.collect::<serde_json::Map<_, _>>(), "required": fields})
}

const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/shop/manifests");

#[test]
fn the_map_in_each_form() {
    let scene = Scene::new();
    scene.check(&["map", SHOP], 0, &["5 services", "calls catalogue", "get, list"]);
    scene.check(&["map", SHOP, "--format", "mermaid"], 0, &["flowchart LR"]);
    scene.check(&["map", SHOP, "--format", "dot"], 0, &["digraph"]);
    scene.check(&["map", SHOP, "--format", "svg"], 0, &["<svg "]);
    let ran = scene.check(&["map", SHOP, "--format", "json", "--around", "catalogue"], 0, &[]);
    let map: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(map["services"].as_object().unwrap().len(), 2);
    scene.check(
        &["map", SHOP, "--around", "order"],
        2,
        &["there is no service \"order\"", "orders"],
    );
}

#[test]
fn documents_are_written_and_those_of_others_left_alone() {
    let scene = Scene::new();
    let site = scene.path("site");
    let out = site.display().to_string();
    scene.check(&["docs", SHOP, "--out", &out, "--title", "A shop"], 0, &["index.html"]);
    assert!(fs::read_to_string(site.join("index.html")).unwrap().contains("<h1>A shop</h1>"));
    // The next site takes away the pages that are its own and not there any more, and nothing else.
    fs::write(site.join("mine.txt"), "x").unwrap();
    let stock = scene.manifest(&provider("1.0.0", &["count"]));
    scene.check(&["docs", &stock, "--out", &out], 0, &[]);
    assert!(
        site.join("services/stock.html").exists() && !site.join("services/orders.html").exists()
    );
    assert!(site.join("mine.txt").exists());
    // So does the one after a site that came to no end.
    fs::rename(site.join("services"), scene.path("services")).unwrap();
    fs::write(site.join("services"), "no folder").unwrap();
    scene.check(&["docs", SHOP, "--out", &out], 1, &["services"]);
    assert!(site.join("openapi.json").exists());
    fs::remove_file(site.join("services")).unwrap();
    scene.check(&["docs", &stock, "--out", &out], 0, &[]);
    assert!(!site.join("openapi.json").exists() && site.join("services/stock.html").exists());
    let here = scene.folder.path().display().to_string();
    scene.check(&["docs", &stock, "--out", &here], 2, &["not empty"]);
    scene.check(&["openapi", SHOP], 0, &["\"openapi\": \"3.1.0\"", "All services"]);
    scene.check(&["asyncapi", &stock], 0, &["\"asyncapi\": \"3.1.0\"", "rpc.stock.left"]);
}

#[test]
fn what_is_no_manifest_is_told_with_its_file() {
    let scene = Scene::new();
    scene.check(&["map", "-", "-"], 2, &["standard input can be read once"]);
    let check = |name: &str, text: &str, expected: &str| {
        let path = scene.file(name, text);
        scene.check(&["map", &path], 2, &[&path, expected]);
    };
    check("a.json", "{", "not JSON");
    check("b.json", "{}", "no `manifest` key");
    check("c.json", r#"{"manifest": 99}"#, "update Kinoko");
    check("d.yaml", "manifest: [", "not YAML");
    check(
        "e.yaml",
        "manifest: 2\nname: a\nversion: '1'\nprocedures: [1]\n",
        "procedures is no key of a manifest",
    );
    let wrong = "manifest: 2\nname: a\nversion: '1'\nmethods:\n- {name: f, entrypoint: {kind: rpc}, inputs: [1]}\n";
    check("f.yaml", wrong, "methods[0].inputs is no key of a manifest");
    fs::create_dir(scene.path("empty")).unwrap();
    scene.check(&["map", scene.path("empty").to_str().unwrap()], 2, &["no manifest in it"]);
    scene.check(&["map", "/nowhere/at/all.json"], 2, &["/nowhere/at/all.json"]);
}

#[test]
fn a_service_described_by_hand() {
    let scene = Scene::new();
    let guide = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/guide/src/deploying.md"
    ));
    let guide = guide.unwrap();
    let by_hand = guide.split("```yaml\n").find(|it| it.starts_with("manifest: 2")).unwrap();
    let by_hand = scene.file("users.yaml", by_hand.split("```").next().unwrap());
    scene.check(&["map", &by_hand], 0, &["users  3.1.0", "users emits users.created"]);
}

#[test]
fn the_schema_of_manifests_is_printed() {
    let ran = Scene::new().check(&["schema"], 0, &[]);
    assert_eq!(ran.out, kinoko_manifest::SCHEMA);
    let schema: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(schema["properties"]["manifest"]["const"], kinoko_manifest::FORMAT);
}

#[test]
fn differences_end_with_what_they_are() {
    let scene = Scene::new();
    let old = scene.manifest(&provider("1.0.0", &["count"]));
    let more = scene.manifest(&provider("1.1.0", &["count", "reserved"]));
    let gone = scene.manifest(&provider("2.0.0", &["reserved"]));
    scene.check(&["diff", &old, &old], 0, &["nothing changed"]);
    scene.check(&["diff", &old, &more], 0, &["safe", "left.reply.reserved", "0 breaking"]);
    let breaking = [
        "breaking   stock left.reply.count",
        "[field-missing]",
        "callers refuse: {\"reserved\":1}",
        "1 breaking",
    ];
    scene.check(&["diff", &old, &gone], 1, &breaking);
    scene.check(&["diff", &old, &gone, "--fail-on", "never"], 0, &breaking);
    scene.check(
        &["diff", &old, &gone, "--github"],
        1,
        &["::error file=", "title=a field that is needed is not written"],
    );
    let ran = scene.check(&["diff", &old, &gone, "--json"], 1, &[]);
    let diff: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (&diff["worst"], &diff["changes"][0]["rule"]),
        (&json!("breaking"), &json!("field-missing"))
    );
    assert_eq!(diff["changes"][0]["direction"], "reply");
}

#[test]
fn breaks_that_are_meant() {
    let scene = Scene::new();
    let old = scene.manifest(&provider("1.0.0", &["count"]));
    let new = scene.manifest(&provider("2.0.0", &["reserved"]));
    let meant = |until: &str, rule: &str| {
        scene.file(
            "breaks.yaml",
            &format!(
                "acknowledged: 1\nbreaks:\n- {{service: stock, rule: {rule}, path: left.reply.count, \
                 reason: nobody counts, until: {until}}}\n"
            ),
        )
    };
    let run = |file: String, code, expected: &[&str]| {
        scene.check(&["diff", &old, &new, "--acknowledged", &file], code, expected);
    };
    let told = [
        "meant      stock left.reply.count",
        "acknowledged: nobody counts",
        "0 breaking",
        "1 acknowledged",
    ];
    run(meant("3.0.0", "field-missing"), 0, &told);
    let idle =
        ["note: stock left.reply.count: null-refused is acknowledged, and there is no such change"];
    run(meant("3.0.0", "null-refused"), 1, &idle);
    run(meant("2.0.0", "field-missing"), 2, &["was acknowledged until 2.0.0, and this is 2.0.0"]);
    run(meant("3.0.0", "field-gone-missing"), 2, &["there is no rule \"field-gone-missing\""]);
    run(scene.file("x.yaml", "acknowledged: 2\n"), 2, &["newer than this program reads"]);
    run(scene.file("y.yaml", "acknowledged: 1\nbreak: []\n"), 2, &["y.yaml", "break"]);
}

#[test]
fn from_published_to_deployed() {
    let scene = Scene::new();
    let folder = scene.deployments();
    let at = ["--deployments", &folder];
    let run = |args: &[&str], code, expected: &[&str]| {
        let args: Vec<&str> = args.iter().copied().chain(at).collect();
        scene.check(&args, code, expected)
    };
    let stock = scene.manifest(&provider("1.0.0", &["count"]));
    let orders = scene.manifest(&consumer("1.0.0", &["count"]));
    run(&["deployed", "production"], 2, &["not a folder of deployments"]);
    scene.check(&["publish", &stock, &orders, "--to", &folder], 0, &["stock 1.0.0 published"]);
    scene.check(&["publish", &stock, "--to", &folder], 0, &["stock 1.0.0 was published"]);
    run(&["deployed", "production"], 2, &["there is no environment \"production\" yet"]);
    run(&["can-deploy", &stock, "--env", "production"], 2, &["--new-env"]);
    run(&["can-deploy", &stock, "--env", "production", "--new-env"], 0, &["yes"]);
    run(&["record-deployment", "stock", "--env", "production"], 2, &["stock@1.0.0"]);
    run(
        &["record-deployment", "stock@9.9.9", "--env", "production"],
        2,
        &["is not published here"],
    );
    run(&["record-deployment", "stock@1.0.0", "--env", "production"], 0, &[]);
    run(&["record-deployment", "orders@1.0.0", "--env", "production"], 0, &[]);
    run(&["environments"], 0, &["production"]);
    let ran = run(&["deployed", "production"], 0, &[]);
    assert_eq!(ran.out, "orders  1.0.0\nstock   1.0.0\n");

    // The field that orders reads is gone.
    let less = scene.manifest(&provider("2.0.0", &["reserved"]));
    let no = [
        "breaking   orders 1.0.0 relies on stock.left reply.count of stock 2.0.0",
        "no: 1 break in production",
    ];
    run(&["can-deploy", &less, "--env", "production"], 1, &no);
    // Another may come: orders does not read it.
    let more = scene.manifest(&provider("1.1.0", &["count", "reserved"]));
    run(
        &["can-deploy", &more, "--env", "production"],
        0,
        &["yes: nothing that runs in production breaks"],
    );
    // Of two that change, one first.
    let content = scene.manifest(&consumer("2.0.0", &["reserved"]));
    let both = ["plan", &less, &content, "--env", "production"];
    run(&both, 1, &["can neither of them go first", "expand: write and deploy a version of"]);
    run(&["can-deploy", &less, &content, "--env", "production"], 1, &["no: "]);
    run(&["can-deploy", &less, &content, "--env", "production", "--simulate"], 0, &["yes"]);
    run(
        &["plan", &content, &more, "--env", "production"],
        0,
        &["1. deploy stock 1.1.0", "2. deploy orders 2.0.0", "after stock 1.1.0"],
    );
    run(&["plan", &more, &less, "--env", "production"], 2, &["two versions of stock"]);

    // Rolling: both run.
    scene.check(&["publish", &more, "--to", &folder], 0, &[]);
    run(&["record-deployment", "stock@1.1.0", "--env", "production", "--beside"], 0, &[]);
    assert_eq!(
        run(&["deployed", "production"], 0, &[]).out,
        "orders  1.0.0\nstock   1.0.0\nstock   1.1.0\n"
    );
    run(&["can-deploy", &content, "--env", "production"], 1, &["of stock 1.0.0"]);
    run(&["record-deployment", "stock@1.0.0", "--env", "production", "--gone"], 0, &[]);
    run(
        &["record-deployment", "stock@1.0.0", "--env", "production", "--gone"],
        2,
        &["does not run in production"],
    );
    run(&["can-deploy", &content, "--env", "production"], 0, &["yes"]);
    run(&["record-deployment", "stock@1.1.0", "--env", "production"], 0, &[]);
    let ran = run(&["deployed", "production", "--json"], 0, &[]);
    let running: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(running.as_array().unwrap().len(), 2);

    // A version is one interface.
    let other = scene.manifest(&provider("1.0.0", &["other"]));
    scene.check(
        &["publish", &other, "--to", &folder],
        1,
        &["published already, with another interface"],
    );
}

#[test]
fn what_is_not_known_is_said() {
    let scene = Scene::new();
    let folder = scene.deployments();
    let orders = scene.manifest(&consumer("1.0.0", &["count"]));
    let other = scene.manifest(&json!({"manifest": 2, "name": "other", "version": "1.0.0"}));
    scene.check(&["publish", &other, "--to", &folder], 0, &[]);
    let at = ["--env", "test", "--deployments", &folder];
    let run = |args: &[&str], code, expected: &[&str]| {
        scene.check(&args.iter().copied().chain(at).collect::<Vec<_>>(), code, expected);
    };
    run(&["record-deployment", "other@1.0.0"], 0, &[]);
    let unknown = ["unknown    orders 1.0.0 uses stock.left, and there is no manifest of stock"];
    run(&["can-deploy", &orders], 0, &unknown);
    run(&["can-deploy", &orders, "--strict"], 1, &unknown);
    run(&["plan", &orders], 0, &unknown);
    run(&["plan", &orders, "--strict"], 1, &unknown);

    // Of one that is known nothing is emitted.
    let handler =
        scene.manifest(&json!({"manifest": 2, "name": "mailer", "version": "1.0.0", "methods": [{
            "name": "on_sent",
            "entrypoint": {"kind": "event", "options": {"source": "other", "event": "sent"}},
        }]}));
    let unheard =
        ["unheard    mailer 1.0.0 handles other.sent, which nothing emits that runs in test"];
    run(&["can-deploy", &handler], 0, &unheard);
    run(&["can-deploy", &handler, "--strict"], 1, &unheard);
}

#[test]
fn a_folder_of_something_else_is_left_alone() {
    let scene = Scene::new();
    let stock = scene.manifest(&provider("1.0.0", &["count"]));
    let here = scene.folder.path().display().to_string();
    scene.check(
        &["publish", &stock, "--to", &here],
        2,
        &["not a folder of deployments, and not empty"],
    );
    let newer = scene.path("newer");
    fs::create_dir(&newer).unwrap();
    fs::write(newer.join("deployments.json"), "{\"deployments\": 2}").unwrap();
    let newer = newer.display().to_string();
    scene.check(&["publish", &stock, "--to", &newer], 2, &["newer than this program reads"]);
}

/// What editors, file managers and git leave in a folder is passed over.
#[test]
fn other_files_in_the_folder_do_no_harm() {
    let scene = Scene::new();
    let folder = scene.deployments();
    let stock = scene.manifest(&provider("1.0.0", &["count"]));
    scene.check(&["publish", &stock, "--to", &folder], 0, &[]);
    let at = ["--env", "test", "--deployments", &folder];
    let run = |args: &[&str], code, expected: &[&str]| {
        scene.check(&args.iter().copied().chain(at).collect::<Vec<_>>(), code, expected);
    };
    run(&["record-deployment", "stock@1.0.0"], 0, &[]);
    for place in
        ["", "environments", "environments/test", "environments/test/stock", "versions/stock"]
    {
        for name in [".DS_Store", "notes.json.orig", ".unfinished-1-2-3"] {
            fs::write(scene.path("deployments").join(place).join(name), "x").unwrap();
        }
    }
    fs::create_dir(scene.path("deployments/environments/begun")).unwrap();
    run(&["can-deploy", &stock], 0, &["yes"]);
    let listed = scene.check(&["environments", "--deployments", &folder], 0, &[]);
    assert_eq!(listed.out, "test\n");
    run(&["record-deployment", "stock", "--gone"], 0, &[]);
    run(&["record-deployment", "stock", "--gone"], 2, &["does not run"]);
}

/// A manifest in the folder that somebody changed is not believed.
#[test]
fn what_was_changed_in_the_folder_is_told() {
    let scene = Scene::new();
    let folder = scene.deployments();
    let stock = scene.manifest(&provider("1.0.0", &["count"]));
    scene.check(&["publish", &stock, "--to", &folder], 0, &[]);
    let at = ["--env", "test", "--deployments", &folder];
    let record: Vec<&str> = ["record-deployment", "stock@1.0.0"].into_iter().chain(at).collect();
    scene.check(&record, 0, &[]);
    let manifest =
        fs::read_dir(scene.path("deployments/manifests")).unwrap().next().unwrap().unwrap().path();
    let text = fs::read_to_string(&manifest).unwrap().replace("count", "other");
    fs::write(&manifest, text).unwrap();
    let ask: Vec<&str> = ["can-deploy", &stock].into_iter().chain(at).collect();
    scene.check(&ask, 2, &["is not what its name says"]);
}

/// The page of the guide is the table's; `KINOKO_REFRESH=1` writes it.
#[test]
fn the_guide_has_every_rule() {
    let scene = Scene::new();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/src/rules.md");
    let page = scene.check(&["rules", "--markdown"], 0, &[]).out;
    if std::env::var_os("KINOKO_REFRESH").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert!(
        page == fs::read_to_string(&path).unwrap(),
        "docs/guide/src/rules.md is not the table's"
    );
    scene.check(&["rules"], 0, &["field-missing        breaking  breaking"]);
    scene.check(&["rules", "field-missing"], 0, &["when the reader is new", "for example"]);
    scene.check(&["rules", "field-gone-missing"], 2, &["there is no rule \"field-gone-missing\""]);
    let rules: Value =
        serde_json::from_str(&scene.check(&["rules", "--json"], 0, &[]).out).unwrap();
    assert!(rules.as_array().unwrap().len() > 30);
}
