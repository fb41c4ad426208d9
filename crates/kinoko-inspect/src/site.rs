//! The documentation of a system as a static site: pages that need no server and fetch nothing.

mod found;
mod page;
mod prose;
mod types;

use kinoko_manifest::ServiceManifest;
use minijinja::{Environment, context};
use serde_json::json;

use crate::{
    documents::{self, Title},
    map::{Cut, Drawing, Map, Service},
};

/// Why a site could not be made: a fault of its templates.
pub type SiteError = minijinja::Error;

/// Writes the files of the site, each by its path, as soon as it is made: those of a large system are too many to
/// keep.
///
/// # Errors
/// The first that `write` ends with; or when a template fails, which is a bug.
pub fn site<E: From<SiteError>>(
    title: &Title,
    manifests: Vec<ServiceManifest>,
    mut write: impl FnMut(&str, &str) -> Result<(), E>,
) -> Result<(), E> {
    let templates = templates()?;
    let render = |name: &str, of: minijinja::Value| templates.get_template(name)?.render(of);
    let map = Map::of(&manifests);
    let described = |name: &str| map.services.get(name).is_some_and(Service::is_described);
    let link = |root: &str, name: &str| {
        described(name).then(|| format!("{root}{}.html", page::file(name)))
    };
    let names =
        manifests.iter().map(|it| context! { name => it.name, file => page::file(&it.name) });
    let names: minijinja::Value = names.collect();
    let problems: Vec<String> = map.problems.iter().map(ToString::to_string).collect();
    let mut markdown =
        render("system.md", context! { title, problems, mermaid => map.to_mermaid() })?;
    let (mut services, mut found) = (Vec::new(), Vec::new());
    for manifest in &manifests {
        let page = page::service(manifest, &map);
        let around = Cut { around: Some(manifest.name.clone()), ..Cut::default() };
        let around = map.cut(&around).unwrap_or_default();
        // The one that is not a link is the one whose page it is.
        let elsewhere = |name: &str| link("", name).filter(|_| name != manifest.name);
        let around = Drawing::of(&around).to_linked_svg(elsewhere);
        let service = minijinja::Value::from_serialize(&page);
        markdown += &render("service.md", context! { service })?;
        let text = context! { title, root => "../", service, services => names, map => around };
        write(&format!("services/{}.html", page.head.file), &render("service.html", text)?)?;
        let path = |kind: &str| format!("services/{}.{kind}.json", page.head.file);
        let (one, of) = ([manifest], Title::of(manifest));
        if page.serves_http() {
            write(&path("openapi"), &format!("{:#}\n", documents::openapi(&of, one)))?;
        }
        write(&path("asyncapi"), &format!("{:#}\n", documents::asyncapi(&of, one)))?;
        found.extend(found::of(&page));
        services.push((page.serves_http(), page.head));
    }
    let serves_http = services.iter().any(|(it, _)| *it);
    let services: Vec<_> = services.into_iter().map(|(_, head)| head).collect();
    let drawing = Drawing::of(&map).to_linked_svg(|name| link("services/", name));
    let index = context! {
        title, root => "", services, map => drawing, summary => map.summary(), problems, serves_http,
    };
    write("index.html", &render("index.html", index)?)?;
    write("system.md", &markdown)?;
    write("style.css", include_str!("site/style.css"))?;
    write("search.js", include_str!("site/search.js"))?;
    // A script, not JSON: a page that was opened from a disk may not fetch.
    write("search-index.js", &format!("window.kinokoIndex = {};\n", json!(found)))?;
    if serves_http {
        write("openapi.json", &format!("{:#}\n", documents::openapi(title, &manifests)))?;
    }
    write("asyncapi.json", &format!("{:#}\n", documents::asyncapi(title, manifests)))
}

fn templates() -> Result<Environment<'static>, SiteError> {
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
        ("service.md", include_str!("site/templates/service.md")),
    ] {
        environment.add_template(name, text)?;
    }
    Ok(environment)
}
