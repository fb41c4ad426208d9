//! The documentation of a system as a static site: pages that need no server and fetch nothing.

mod found;
mod page;
mod prose;
mod types;

use std::collections::BTreeMap;

use kinoko_manifest::ServiceManifest;
use minijinja::{Environment, context};
use serde_json::json;

use crate::{
    documents::{self, Title},
    map::{Drawing, Map, Service},
};

/// Why a site could not be made: a fault of its templates.
pub type SiteError = minijinja::Error;

/// The files of the site, by their paths.
///
/// # Errors
/// When a template fails, which is a bug.
pub fn site(
    title: &Title,
    manifests: &[ServiceManifest],
) -> Result<BTreeMap<String, String>, SiteError> {
    let mut environment = Environment::new();
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.add_filter("prose", prose::prose);
    environment.add_filter("words", prose::words);
    for (name, text) in [
        ("base.html", include_str!("site/templates/base.html")),
        ("index.html", include_str!("site/templates/index.html")),
        ("service.html", include_str!("site/templates/service.html")),
        ("parts.html", include_str!("site/templates/parts.html")),
        ("system.md", include_str!("site/templates/system.md")),
    ] {
        environment.add_template(name, text)?;
    }
    let map = Map::of(manifests);
    let pages: Vec<page::Service> = manifests.iter().map(|it| page::service(it, &map)).collect();
    let mut files = BTreeMap::new();
    let described = |name: &str| map.services.get(name).is_some_and(Service::is_described);
    let link = |root: &str, name: &str| {
        described(name).then(|| format!("{root}{}.html", page::file(name)))
    };
    let drawing = Drawing::of(&map).to_linked_svg(|name| link("services/", name));
    let serves_http = pages.iter().any(page::Service::serves_http);
    let problems: Vec<String> = map.problems.iter().map(ToString::to_string).collect();
    let index = context! {
        title, root => "", services => &pages, map => &drawing, summary => map.summary(), problems, serves_http,
    };
    files.insert("index.html".to_owned(), environment.get_template("index.html")?.render(index)?);
    for (service, manifest) in pages.iter().zip(manifests) {
        let around = map
            .clone()
            .cut(&crate::map::Cut { around: Some(manifest.name.clone()), ..Default::default() })
            .unwrap_or_default();
        // The one that is not a link is the one whose page it is.
        let elsewhere = |name: &str| link("", name).filter(|_| name != manifest.name);
        let around = Drawing::of(&around).to_linked_svg(elsewhere);
        let page = context! { title, root => "../", service, services => &pages, map => around };
        let page = environment.get_template("service.html")?.render(page)?;
        files.insert(format!("services/{}.html", service.file), page);
        let path = |kind: &str| format!("services/{}.{kind}.json", service.file);
        let (one, of) = (std::slice::from_ref(manifest), Title::of(manifest));
        if service.serves_http() {
            files.insert(path("openapi"), format!("{:#}\n", documents::openapi(&of, one)));
        }
        files.insert(path("asyncapi"), format!("{:#}\n", documents::asyncapi(&of, one)));
    }
    let markdown = context! { title, services => &pages, problems, mermaid => map.to_mermaid() };
    files.insert("system.md".to_owned(), environment.get_template("system.md")?.render(markdown)?);
    if serves_http {
        let document = documents::openapi(title, manifests);
        files.insert("openapi.json".to_owned(), format!("{document:#}\n"));
    }
    let document = documents::asyncapi(title, manifests);
    files.insert("asyncapi.json".to_owned(), format!("{document:#}\n"));
    files.insert("style.css".to_owned(), include_str!("site/style.css").to_owned());
    files.insert("search.js".to_owned(), include_str!("site/search.js").to_owned());
    // A script, not JSON: a page that was opened from a disk may not fetch.
    let index = json!(pages.iter().flat_map(found::of).collect::<Vec<_>>());
    files.insert("search-index.js".to_owned(), format!("window.kinokoIndex = {index};\n"));
    Ok(files)
}
