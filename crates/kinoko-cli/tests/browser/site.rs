//! The shop's site, opened from a disk: its links, its search, and how it looks, to the pictures in the guide.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::tools::{Tools, examples};

/// What was seen of a page that nobody is to see of one.
#[derive(Debug, Deserialize)]
struct Seen {
    requests: Vec<String>,
    complaints: Vec<String>,
}

impl Seen {
    #[track_caller]
    fn is_nothing(&self) {
        assert!(self.requests.is_empty(), "asked of a network: {:?}", self.requests);
        assert!(self.complaints.is_empty(), "complained of: {:?}", self.complaints);
    }
}

/// Writes the site of an example.
async fn site(tools: &Tools, manifests: &Path, title: &str) -> PathBuf {
    let out = tools.path("site");
    let (manifests, folder) = (manifests.display().to_string(), out.display().to_string());
    tools.kinoko(&["docs", &manifests, "--out", &folder, "--title", title]).await;
    out
}

async fn shop(tools: &Tools) -> PathBuf {
    let examples = examples();
    let (_, manifests) = examples.iter().find(|(name, _)| name == "shop").unwrap();
    site(tools, manifests, "A mushroom shop").await
}

#[derive(Debug, Deserialize)]
struct Crawled {
    pages: BTreeSet<String>,
    links: usize,
    broken: Vec<String>,
    #[serde(flatten)]
    seen: Seen,
}

#[tokio::test]
async fn every_link_of_every_site_leads_somewhere() {
    let Some(tools) = Tools::find("the links of the sites") else { return };
    for (name, manifests) in examples() {
        let site = site(&tools, &manifests, &name).await;
        let crawled: Crawled = tools.script("crawl.mjs", &json!({"site": site})).await;
        assert!(crawled.broken.is_empty(), "{name}: {:#?}", crawled.broken);
        crawled.seen.is_nothing();
        let services = fs::read_dir(site.join("services")).unwrap().map(|it| it.unwrap().path());
        let pages = services.filter(|it| it.extension().is_some_and(|it| it == "html"));
        let mut pages: BTreeSet<String> = pages
            .map(|it| format!("services/{}", it.file_name().unwrap().to_string_lossy()))
            .collect();
        pages.insert("index.html".to_owned());
        assert_eq!(crawled.pages, pages, "{name}: what links lead to, and what there is");
        assert!(crawled.links > 10 * pages.len(), "{name}: only {} links", crawled.links);
    }
}

/// A site as it must not be, so that who looks at sites is known to see.
#[tokio::test]
async fn what_is_wrong_with_a_site_is_seen() {
    let Some(tools) = Tools::find("a site that is wrong") else { return };
    fs::create_dir(tools.path("wrong")).unwrap();
    let page = r##"<!doctype html><title>Wrong</title>
        <p style="width: 900px; font-size: 9px; color: #ccc; background: #fff" id="a">small</p><b id="a"></b>
        <img src="http://example.com/a.png"><a href="none.html">x</a> <a href="#none">y</a>
        <script>console.error("alas"); nobody();</script>"##;
    tools.file("wrong/index.html", page);
    let site = tools.path("wrong");
    let crawled: Crawled = tools.script("crawl.mjs", &json!({"site": site})).await;
    let broken = crawled.broken.join("\n");
    for text in ["none.html", "#none", "the anchor a is there twice"] {
        assert!(broken.contains(text), "{text}: {broken}");
    }
    assert_eq!(crawled.seen.requests, ["http://example.com/a.png"]);
    let complaints = crawled.seen.complaints.join("\n");
    for text in ["alas", "nobody is not defined"] {
        assert!(complaints.contains(text), "{text}: {complaints}");
    }
    let looks = json!([{"page": "index.html", "screen": phone("light")}]);
    let looks = json!({"site": site, "looks": looks});
    let [look]: [Look; 1] = tools.script("look.mjs", &looks).await;
    assert!(look.too_wide > 0.0 && look.smallest.size < 10.0, "{look:?}");
    assert!(look.faintest.contrast < 2.0 && look.light > 0.9, "{look:?}");
}

#[derive(Debug, Deserialize)]
struct Searched {
    first: String,
    pointer: Arrived,
    keys: Arrived,
    chosen: usize,
    none: String,
    closed: bool,
    #[serde(flatten)]
    seen: Seen,
}

#[derive(Debug, Deserialize)]
struct Arrived {
    anchor: Option<String>,
    title: Option<String>,
    seen: bool,
}

#[tokio::test]
async fn search_finds_a_method() {
    let Some(tools) = Tools::find("the search of the site") else { return };
    let site = shop(&tools).await;
    for screen in [desk("light"), phone("light")] {
        let asked = json!({"site": site, "words": "orders pla", "screen": screen});
        let searched: Searched = tools.script("search.mjs", &asked).await;
        assert!(searched.first.contains("orders.place"), "{searched:?}");
        for arrived in [&searched.pointer, &searched.keys] {
            assert_eq!(arrived.anchor.as_deref(), Some("rpc-place"), "{searched:?}");
            let title = arrived.title.as_deref().unwrap_or_default();
            assert!(title.contains("place") && arrived.seen, "{searched:?}");
        }
        assert_eq!(searched.chosen, 1, "{searched:?}");
        assert!(searched.none.contains("nothing") && searched.closed, "{searched:?}");
        searched.seen.is_nothing();
    }
}

#[derive(Debug, Deserialize)]
struct Look {
    page: String,
    /// By how much the page is wider than its window, in pixels.
    too_wide: f64,
    smallest: Letters,
    faintest: Letters,
    /// How light the ground is, from 0 to 1.
    light: f64,
    #[serde(flatten)]
    seen: Seen,
}

#[derive(Debug, Deserialize)]
struct Letters {
    #[serde(default)]
    size: f64,
    #[serde(default)]
    contrast: f64,
    #[expect(dead_code, reason = "for who reads of a failure")]
    text: String,
}

fn desk(scheme: &str) -> Value {
    json!({"viewport": {"width": 1200, "height": 800}, "colorScheme": scheme})
}

fn phone(scheme: &str) -> Value {
    json!({
        "viewport": {"width": 390, "height": 844}, "colorScheme": scheme,
        "isMobile": true, "hasTouch": true, "deviceScaleFactor": 2,
    })
}

/// With `KINOKO_REFRESH=1` it writes the pictures of the guide.
#[tokio::test]
async fn pages_are_fit_to_be_read() {
    let Some(tools) = Tools::find("the looks of the site") else { return };
    let site = shop(&tools).await;
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/src/images");
    let refresh = std::env::var_os("KINOKO_REFRESH").is_some();
    let mut looks = Vec::new();
    let pages = ["index.html", "services/orders.html#http-create", "services/stock.html"];
    for (size, screen) in [("desk", desk as fn(&str) -> Value), ("phone", phone)] {
        for scheme in ["light", "dark"] {
            for page in pages {
                let name = match (size, scheme, page) {
                    ("desk", "light", "index.html") => Some("site-light.png"),
                    ("desk", "dark", "services/orders.html#http-create") => Some("site-dark.png"),
                    ("phone", "light", "services/stock.html") => Some("site-phone.png"),
                    _ => None,
                };
                let picture = name.filter(|_| refresh).map(|it| guide.join(it));
                looks.push(json!({
                    "page": page, "screen": screen(scheme), "unfold": picture.is_none(), "picture": picture,
                }));
            }
        }
    }
    let asked = json!({"site": site, "looks": looks});
    let seen: Vec<Look> = tools.script("look.mjs", &asked).await;
    assert_eq!(seen.len(), looks.len());
    for (look, asked) in seen.iter().zip(&looks) {
        let case = format!("{}, {}", look.page, asked["screen"]);
        look.seen.is_nothing();
        assert!(look.too_wide <= 0.0, "{case}: wider than the window by {}", look.too_wide);
        assert!(look.smallest.size >= 11.9, "{case}: {:?}", look.smallest);
        assert!(look.faintest.contrast >= 4.5, "{case}: {:?}", look.faintest);
        let dark = asked["screen"]["colorScheme"] == "dark";
        assert_eq!(look.light < 0.1, dark, "{case}: the ground is {}", look.light);
        assert!(dark || look.light > 0.8, "{case}: the ground is {}", look.light);
    }
}
